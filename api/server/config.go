package server

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/tenant"
)

// Database is the part of the environment that says where the databases are. The
// server and tenantctl share it.
type Database struct {
	MongoURI    string   `env:"MONGO_URI,required,notEmpty" takes:"a MongoDB connection string" doc:"the deployment with the catalog, and with the databases of tenants that are on no other cluster"`
	AdminDB     string   `env:"ADMIN_DB" envDefault:"tenantsDb" takes:"a database's name" doc:"the database with the catalog of tenants"`
	Clusters    Clusters `env:"CLUSTERS" takes:"NAME=URI pairs separated by spaces; names of a-z, 0-9 and -" doc:"further deployments that hold tenants' databases"`
	MaxPoolSize uint64   `env:"MAX_POOL_SIZE" envDefault:"50" takes:"a whole number above 0" doc:"connections to each server of a deployment at most, whatever the number of tenants"`
}

// Logins is the part of the environment that says how often one may fail to log in,
// and from where.
type Logins struct {
	LoginPerAccount auth.Rate `env:"LOGIN_PER_ACCOUNT" envDefault:"10/30s" takes:"failures/duration such as 10/30s, or off" doc:"how many attempts with a wrong password an account lets pass at once, and how long it takes until one more is let pass"`
	LoginPerAddress auth.Rate `env:"LOGIN_PER_ADDRESS" envDefault:"100/1s" takes:"failures/duration such as 100/1s, or off" doc:"the same for a client's address"`
	TrustedProxies  Networks  `env:"TRUSTED_PROXIES" takes:"networks such as 10.0.0.0/8 or addresses, separated by commas" doc:"whose X-Forwarded-For says where a request comes from"`
}

// Config is the server's environment.
type Config struct {
	Database
	Signing
	Logins
	Addr           string        `env:"ADDR" envDefault:":8080" takes:"HOST:PORT or :PORT" doc:"where the API listens"`
	AdminAddr      string        `env:"ADMIN_ADDR" envDefault:"127.0.0.1:8081" takes:"HOST:PORT or :PORT" doc:"where the operators' API listens, if ADMIN_TOKEN is set"`
	AdminToken     string        `env:"ADMIN_TOKEN" takes:"24 characters or more" doc:"what requests to the operators' API bear; unset: it is not served"`
	TenantFrom     Sources       `env:"TENANT_FROM" envDefault:"token,header,query" takes:"some of token, header and query, separated by commas" doc:"where a request may name its tenant"`
	TenantCacheTTL time.Duration `env:"TENANT_CACHE_TTL" envDefault:"30s" takes:"a duration above 0, such as 30s" doc:"how long another process's changes to tenants and users may go unnoticed here"`
	RequestTimeout time.Duration `env:"REQUEST_TIMEOUT" envDefault:"10s" takes:"a duration above 0, such as 10s" doc:"how long a request may take"`
	RequireCurrent bool          `env:"REQUIRE_CURRENT" envDefault:"false" takes:"true or false" doc:"whether requests for tenants that lack migrations or indexes are refused"`
	CORSOrigins    Origins       `env:"CORS_ORIGINS" takes:"origins such as https://app.example.com, as browsers write them, separated by commas; or * for all" doc:"whose pages may call the API from browsers"`
	TLSCert        string        `env:"TLS_CERT" takes:"a PEM file" doc:"the certificate to serve HTTPS with; needs TLS_KEY"`
	TLSKey         string        `env:"TLS_KEY" takes:"a PEM file" doc:"the certificate's key"`
	LogLevel       slog.Level    `env:"LOG_LEVEL" envDefault:"info" takes:"debug, info, warn or error" doc:"what is logged at least"`
	LogFormat      LogFormat     `env:"LOG_FORMAT" envDefault:"json" takes:"json or text" doc:"how it is logged"`
}

// Clusters are further deployments: connection strings by name.
type Clusters map[string]string

var clusterName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// UnmarshalText reads NAME=URI pairs separated by white space. A connection
// string may hold further equals signs.
func (c *Clusters) UnmarshalText(text []byte) error {
	*c = Clusters{}
	for i, pair := range strings.Fields(string(text)) {
		name, uri, ok := strings.Cut(pair, "=")
		switch {
		case !ok || uri == "":
			return fmt.Errorf("pair %d has no connection string", i+1)
		case !clusterName.MatchString(name):
			return fmt.Errorf("pair %d has no usable name", i+1)
		case name == tenant.DefaultCluster:
			return fmt.Errorf("%q is what MONGO_URI is called", name)
		case (*c)[name] != "":
			return fmt.Errorf("%q is there twice", name)
		}
		(*c)[name] = uri
	}
	return nil
}

// Sources are the places where a request may name its tenant.
type Sources []rest.Source

// UnmarshalText reads names separated by commas.
func (s *Sources) UnmarshalText(text []byte) error {
	known := []rest.Source{rest.FromToken, rest.FromHeader, rest.FromQuery}
	*s = nil
	for name := range strings.SplitSeq(string(text), ",") {
		source := rest.Source(strings.TrimSpace(name))
		if !slices.Contains(known, source) {
			return fmt.Errorf("%.20q is none of them", source)
		}
		*s = append(*s, source)
	}
	return nil
}

// Networks are ranges of addresses.
type Networks []netip.Prefix

// UnmarshalText reads networks and addresses separated by commas.
func (n *Networks) UnmarshalText(text []byte) error {
	*n = nil
	for i, part := range strings.Split(string(text), ",") {
		part = strings.TrimSpace(part)
		network, err := netip.ParsePrefix(part)
		if err != nil {
			addr, err := netip.ParseAddr(part)
			if err != nil || addr.Zone() != "" {
				return fmt.Errorf("number %d is neither", i+1)
			}
			network = netip.PrefixFrom(addr, addr.BitLen())
		}
		if network.Addr().Is4In6() {
			return fmt.Errorf("number %d is of IPv4, written as IPv6; write it as IPv4", i+1)
		}
		*n = append(*n, network.Masked())
	}
	return nil
}

// LogFormat is json or text.
type LogFormat string

// UnmarshalText refuses anything else.
func (f *LogFormat) UnmarshalText(text []byte) error {
	*f = LogFormat(text)
	if *f != "json" && *f != "text" {
		return errors.New("neither of them")
	}
	return nil
}

// Logger writes to w as the configuration says.
func (c *Config) Logger(w io.Writer) *slog.Logger {
	opts := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "text" {
		return slog.New(slog.NewTextHandler(w, opts))
	}
	return slog.New(slog.NewJSONHandler(w, opts))
}

// minAdminToken is how short ADMIN_TOKEN may be, in bytes.
const minAdminToken = 24

// validate checks what concerns more than one variable, or more than its form.
func (c *Config) validate() error {
	var errs []error
	for field, addr := range map[string]string{"Addr": c.Addr, "AdminAddr": c.AdminAddr} {
		if _, _, err := net.SplitHostPort(addr); err != nil {
			errs = append(errs, malformed(c, field, "it is none"))
		}
	}
	for field, d := range map[string]time.Duration{"TenantCacheTTL": c.TenantCacheTTL, "RequestTimeout": c.RequestTimeout} {
		if d <= 0 {
			errs = append(errs, malformed(c, field, "it is not above 0"))
		}
	}
	if c.MaxPoolSize == 0 {
		errs = append(errs, malformed(c, "MaxPoolSize", "it is 0"))
	}
	if c.AdminToken != "" && len(c.AdminToken) < minAdminToken {
		errs = append(errs, malformed(c, "AdminToken", "it has fewer"))
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		errs = append(errs, errors.New("TLS_CERT and TLS_KEY go together: set both or neither"))
	}
	return errors.Join(errs...)
}

// Defaults is what an empty environment gives, for programs that set the rest
// themselves.
func Defaults() Config {
	var cfg Config
	const required = "MONGO_URI"
	if err := env.ParseWithOptions(&cfg, env.Options{Environment: map[string]string{required: required}}); err != nil {
		panic(fmt.Sprintf("server: a default does not fit its type: %v", err))
	}
	cfg.MongoURI = ""
	return cfg
}

// LoadEnvironment fills cfg, a pointer to a struct with env tags, from the
// environment and, for what is not there, from the file .env in the working
// folder. The error names each variable that is missing or malformed and says
// what it takes, but never its value, which may be a secret.
func LoadEnvironment(cfg any) error {
	environment := env.ToMap(os.Environ())
	file, err := godotenv.Read(".env")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errEnvFile
	}
	for name, value := range file {
		if !variableName.MatchString(name) {
			return errEnvFile
		}
		if _, set := environment[name]; !set {
			environment[name] = value
		}
	}
	return explain(cfg, env.ParseWithOptions(cfg, env.Options{Environment: environment}))
}

// The parser's own errors quote the file, which may hold secrets.
var errEnvFile = errors.New("the file .env cannot be read; it takes lines of the form NAME=VALUE")

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// explain turns the errors of the env package into ours.
func explain(cfg any, err error) error {
	var aggregate env.AggregateError
	if !errors.As(err, &aggregate) {
		return err
	}
	var errs []error
	for _, err := range aggregate.Errors {
		var parse env.ParseError
		var missing env.VarIsNotSetError
		var empty env.EmptyVarError
		switch {
		case errors.As(err, &parse):
			errs = append(errs, malformed(cfg, parse.Name, problemOf(parse.Err)))
		case errors.As(err, &missing):
			errs = append(errs, unset(cfg, missing.Key))
		case errors.As(err, &empty):
			errs = append(errs, unset(cfg, empty.Key))
		default:
			errs = append(errs, errors.New("the environment cannot be read"))
		}
	}
	return errors.Join(errs...)
}

// problemOf is an error of one of this package's own types; others quote the
// value, and are left out.
func problemOf(err error) string {
	text := err.Error()
	if strings.Contains(text, "parsing") || strings.Contains(text, "invalid") || strings.Contains(text, "unknown") {
		return "it is not"
	}
	return text
}

func malformed(cfg any, field, problem string) error {
	v := variable{}
	for _, candidate := range variables(reflect.TypeOf(cfg)) {
		if candidate.field == field {
			v = candidate
		}
	}
	return fmt.Errorf("%s: takes %s; %s", v.name, v.takes, problem)
}

func unset(cfg any, name string) error {
	for _, v := range variables(reflect.TypeOf(cfg)) {
		if v.name == name {
			return fmt.Errorf("%s: not set; it takes %s", name, v.takes)
		}
	}
	return fmt.Errorf("%s: not set", name)
}

// variable describes one variable of an environment struct.
type variable struct{ field, name, fallback, takes, doc string }

// variables lists those of a struct, or of what a pointer points to, in order.
func variables(t reflect.Type) []variable {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var list []variable
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			list = append(list, variables(f.Type)...)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
		list = append(list, variable{f.Name, name, f.Tag.Get("envDefault"), f.Tag.Get("takes"), f.Tag.Get("doc")})
	}
	return list
}

// DescribeEnvironment writes what each variable of cfg is for. It never writes a
// value but a default.
func DescribeEnvironment(w io.Writer, cfg any) {
	for _, v := range variables(reflect.TypeOf(cfg)) {
		fallback := ""
		if v.fallback != "" {
			fallback = " (default " + v.fallback + ")"
		}
		_, _ = fmt.Fprintf(w, "  %s%s\n      %s\n      takes %s\n", v.name, fallback, v.doc, v.takes)
	}
}
