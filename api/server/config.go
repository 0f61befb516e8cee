package server

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/tenant"
)

// Database is the part of the environment about databases. The server and tenantctl
// share it.
type Database struct {
	MongoURI    string   `env:"MONGO_URI,required,notEmpty" takes:"a MongoDB connection string" doc:"the deployment of the catalog, and of tenants that are on no other cluster"`
	AdminDB     string   `env:"ADMIN_DB" envDefault:"tenantsDb" takes:"a database's name" doc:"the database with the catalog of tenants"`
	Clusters    Clusters `env:"CLUSTERS" takes:"NAME=URI pairs separated by spaces; names of a-z, 0-9 and -" doc:"additional deployments for tenants' databases"`
	MaxPoolSize uint64   `env:"MAX_POOL_SIZE" envDefault:"50" takes:"a whole number from 1 to 10000" doc:"maximum number of connections to each server of a deployment, whatever the number of tenants; a connection string's maxPoolSize can lower it"`
	Eager       bool     `env:"EAGER_COLLECTIONS" envDefault:"false" takes:"true or false" doc:"whether a new tenant's collections and indexes are made with the tenant, instead of each with its first document"`
}

// Logins is the part of the environment about limits of failed logins.
type Logins struct {
	LoginPerAccount auth.Rate `env:"LOGIN_PER_ACCOUNT" envDefault:"10/30s" takes:"failures/duration such as 10/30s, or off" doc:"how many failed logins an account allows at once, and after how long it allows one more"`
	LoginPerAddress auth.Rate `env:"LOGIN_PER_ADDRESS" envDefault:"100/1s" takes:"failures/duration such as 100/1s, or off" doc:"the same for a client's address"`
	TrustedProxies  Networks  `env:"TRUSTED_PROXIES" takes:"networks such as 10.0.0.0/8 or addresses, separated by commas" doc:"proxies whose X-Forwarded-For is trusted"`
}

// Config is the server's environment.
type Config struct {
	Database
	Signing
	Logins
	Addr           string        `env:"ADDR" envDefault:":8080" takes:"HOST:PORT or :PORT" doc:"where the API listens"`
	AdminAddr      string        `env:"ADMIN_ADDR" envDefault:"127.0.0.1:8081" takes:"HOST:PORT or :PORT" doc:"where the operators' API listens, if ADMIN_TOKEN is set"`
	AdminToken     string        `env:"ADMIN_TOKEN" takes:"24 characters or more" doc:"the bearer token of the operators' API; unset: it is not served"`
	MetricsToken   string        `env:"METRICS_TOKEN" takes:"24 characters or more, different from ADMIN_TOKEN" doc:"a bearer token that may read /metrics, and nothing else"`
	TenantFrom     Sources       `env:"TENANT_FROM" envDefault:"token,header,query" takes:"some of token, header, query, subdomain and path, separated by commas" doc:"where a request may name its tenant"`
	BaseDomains    Domains       `env:"BASE_DOMAIN" takes:"domains such as app.example.com, separated by commas" doc:"what follows a tenant's name in a host, as in acme.app.example.com; needs subdomain in TENANT_FROM"`
	TenantCacheTTL time.Duration `env:"TENANT_CACHE_TTL" envDefault:"30s" takes:"a duration above 0, such as 30s" doc:"how long changes of users by other processes may go unnoticed; changes of tenants, twice as long"`
	RequestTimeout time.Duration `env:"REQUEST_TIMEOUT" envDefault:"10s" takes:"a duration above 0, such as 10s" doc:"how long a request may take"`
	MaxInFlight    int           `env:"MAX_IN_FLIGHT" envDefault:"1000" takes:"a whole number above 0" doc:"maximum number of requests in flight; further ones are refused with 503"`
	ReadyGrace     time.Duration `env:"READY_GRACE" envDefault:"30s" takes:"a duration such as 30s, or 0s" doc:"how long the catalog's deployment may be away before /readyz reports it"`
	DrainDelay     time.Duration `env:"DRAIN_DELAY" envDefault:"5s" takes:"a duration such as 5s, or 0s" doc:"how long a server that shuts down keeps accepting requests, while /readyz tells load balancers to send none"`
	DrainTimeout   time.Duration `env:"DRAIN_TIMEOUT" envDefault:"15s" takes:"a duration above 0, such as 15s" doc:"how long requests in flight may then take to finish"`
	RequireCurrent bool          `env:"REQUIRE_CURRENT" envDefault:"false" takes:"true or false" doc:"whether requests for tenants that lack migrations or indexes are refused"`
	CORSOrigins    Origins       `env:"CORS_ORIGINS" takes:"origins such as https://app.example.com, as browsers write them, separated by commas; or * for all" doc:"origins whose pages may call the API from browsers"`
	TLSCert        string        `env:"TLS_CERT" takes:"a PEM file" doc:"the certificate to serve the API with; needs TLS_KEY"`
	TLSKey         string        `env:"TLS_KEY" takes:"a PEM file" doc:"the certificate's key"`
	AdminTLSCert   string        `env:"ADMIN_TLS_CERT" takes:"a PEM file" doc:"the certificate to serve the operators' API with; needs ADMIN_TLS_KEY"`
	AdminTLSKey    string        `env:"ADMIN_TLS_KEY" takes:"a PEM file" doc:"the certificate's key"`
	LogLevel       slog.Level    `env:"LOG_LEVEL" envDefault:"info" takes:"debug, info, warn or error" doc:"the minimum level of log records"`
	LogFormat      LogFormat     `env:"LOG_FORMAT" envDefault:"json" takes:"json or text" doc:"the format of log records"`
}

// Clusters are additional deployments: connection strings by name.
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
			return fmt.Errorf("%q is the name of MONGO_URI", name)
		case (*c)[name] != "":
			return fmt.Errorf("%q is listed twice", name)
		}
		(*c)[name] = uri
	}
	return nil
}

// Sources are the places where a request may name its tenant.
type Sources []rest.Source

// UnmarshalText reads names separated by commas.
func (s *Sources) UnmarshalText(text []byte) error {
	known := []rest.Source{rest.FromToken, rest.FromHeader, rest.FromQuery, rest.FromSubdomain, rest.FromPath}
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
			return fmt.Errorf("number %d is an IPv4 network written as IPv6; write it as IPv4", i+1)
		}
		if network != network.Masked() {
			return fmt.Errorf("number %d is an address within a network; write %s, or the address alone", i+1, network.Masked())
		}
		*n = append(*n, network)
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

const (
	// minToken is the minimum length of ADMIN_TOKEN and METRICS_TOKEN in bytes.
	minToken = 24
)

// Check returns everything that is wrong with the configuration, including files,
// keys and combinations of variables. The error quotes no value.
func (c *Config) Check() error {
	_, err := c.Keys()
	return errors.Join(c.validate(), err)
}

// validate checks all but the keys.
func (c *Config) validate() error {
	var errs []error
	wrong := func(field, problem string) { errs = append(errs, malformed(c, field, problem)) }
	for _, a := range []struct{ field, addr string }{{"Addr", c.Addr}, {"AdminAddr", c.AdminAddr}} {
		if _, _, err := net.SplitHostPort(a.addr); err != nil {
			wrong(a.field, "it is none")
		}
	}
	for _, d := range []struct {
		field string
		value time.Duration
		least time.Duration
	}{
		{"TenantCacheTTL", c.TenantCacheTTL, 1}, {"RequestTimeout", c.RequestTimeout, 1}, {"DrainTimeout", c.DrainTimeout, 1},
		{"ReadyGrace", c.ReadyGrace, 0}, {"DrainDelay", c.DrainDelay, 0},
	} {
		if d.value < d.least {
			wrong(d.field, "it is "+d.value.String())
		}
	}
	if problem := c.domainProblem(); problem != "" {
		wrong("BaseDomains", problem)
	}
	if c.MaxPoolSize == 0 || c.MaxPoolSize > capacity.MaxPool {
		wrong("MaxPoolSize", fmt.Sprintf("it is %d", c.MaxPoolSize))
	}
	if c.MaxInFlight < 1 {
		wrong("MaxInFlight", fmt.Sprintf("it is %d", c.MaxInFlight))
	}
	if c.AdminToken != "" && len(c.AdminToken) < minToken {
		wrong("AdminToken", "it has fewer")
	}
	if c.MetricsToken != "" {
		switch {
		case len(c.MetricsToken) < minToken:
			wrong("MetricsToken", "it has fewer")
		case c.AdminToken == "":
			wrong("MetricsToken", "it reads nothing without ADMIN_TOKEN, which opens ADMIN_ADDR")
		case c.MetricsToken == c.AdminToken:
			wrong("MetricsToken", "it is ADMIN_TOKEN")
		}
	}
	if c.AdminToken == "" && (c.AdminTLSCert != "" || c.AdminTLSKey != "") {
		wrong("AdminToken", "it is not set, and nothing is served at ADMIN_ADDR with ADMIN_TLS_CERT")
	}
	for _, pair := range c.certificates() {
		errs = append(errs, pair.check())
	}
	return errors.Join(errs...)
}

// domainProblem returns what is wrong with the base domains and the places where tenants are named, taken together.
func (c *Config) domainProblem() string {
	switch subdomain := slices.Contains(c.TenantFrom, rest.FromSubdomain); {
	case subdomain && len(c.BaseDomains) == 0:
		return "it is not set, and TENANT_FROM has subdomain"
	case !subdomain && len(c.BaseDomains) > 0:
		return "it is set, and TENANT_FROM has no subdomain"
	}
	return ""
}

// certificates returns the certificates of the two APIs.
func (c *Config) certificates() []*certificate {
	return []*certificate{
		{certVariable: "TLS_CERT", keyVariable: "TLS_KEY", certFile: c.TLSCert, keyFile: c.TLSKey},
		{certVariable: "ADMIN_TLS_CERT", keyVariable: "ADMIN_TLS_KEY", certFile: c.AdminTLSCert, keyFile: c.AdminTLSKey},
	}
}

// Defaults returns the configuration of an empty environment, for programs that set
// the rest themselves.
func Defaults() Config {
	var cfg Config
	const required = "MONGO_URI"
	if err := env.ParseWithOptions(&cfg, env.Options{Environment: map[string]string{required: required}}); err != nil {
		panic(fmt.Sprintf("server: a default does not fit its type: %v", err))
	}
	cfg.MongoURI = ""
	return cfg
}
