package main

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"io"
	stdlog "log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/gen/users"
	"github.com/partywall/partywall/schema"
	"github.com/partywall/partywall/schema/migrations"
	"github.com/partywall/partywall/tools/bench/internal/balance"
	"github.com/partywall/partywall/tools/bench/internal/parts"
	"github.com/partywall/partywall/tools/bench/internal/peer"
	"github.com/partywall/partywall/tools/bench/internal/process"
	"github.com/partywall/partywall/tools/bench/internal/replay"
)

// The program runs itself again in these roles, one process each.
const (
	roleReplay  = "replay"  // the database
	roleProduct = "product" // the whole server, its request log off
	roleLogging = "product-logging"
	roleParts   = "parts" // the product's list, under a bare echo
	roleHandAll = "hand-all"
	// roleHandNext decodes with Next and Unmarshal, and changes a document in the
	// three steps that the product takes.
	roleHandNext    = "hand-next"
	roleHandLogging = "hand-logging"
	roleProxy       = "proxy" // goes round instances of the product
	roleCheck       = "check" // compares the indexes of a settlement's tenants
)

const (
	adminDB  = "tenantsDb"
	poolSize = 50
	cacheTTL = time.Hour // longer than a run: what is cached stays so
	keysVar  = "BENCH_AUTH_KEYS"
)

// isRole says whether the program was started by itself.
func isRole(args []string) bool { return len(args) > 1 && args[1] == "serve" }

// allocationsVar is set for servers whose allocations are to be seen more closely than usual.
const allocationsVar = "BENCH_ALLOCATIONS"

// serveRole serves until its parent is done with it.
func serveRole(args []string) error {
	flags := flag.NewFlagSet("bench serve", flag.ContinueOnError)
	role := flags.String("role", "", "what to be")
	uri := flags.String("mongo", "", "the replaying server")
	tenants := flags.Int("tenants", 1, "entries of the catalog")
	latency := flags.Duration("latency", 0, "how long each answer takes")
	pool := flags.Int("pool", poolSize, "the connections of the product's pool")
	instances := flags.String("instances", "", "what a proxy stands before: addresses, separated by commas")
	repeat := flags.Bool("repeat", false, "let a proxy ask another instance again")
	if err := flags.Parse(args[2:]); err != nil {
		return err
	}
	if os.Getenv(allocationsVar) != "" {
		runtime.MemProfileRate = 8 << 10
	}
	// Nothing below info is of interest; what goes wrong is.
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	switch *role {
	case roleReplay:
		return serveReplay(*tenants, *latency, log)
	case roleCheck:
		return serveCheck(*tenants, *uri)
	case roleProxy:
		return serveProxy(strings.Split(*instances, ","), *repeat)
	}
	return serveHTTP(*role, *uri, *pool, log)
}

func serveReplay(tenants int, latency time.Duration, log *slog.Logger) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := replay.New(adminDB, tenants, latency, gen.Collections(), log)
	go s.Serve(listener)
	return process.Answer(os.Stdin, os.Stdout, func() process.Status {
		_, peak, commands := s.Counts()
		return process.Status{Addr: listener.Addr().String(), Peak: peak, Commands: commands, Applications: s.Applications()}
	})
}

// serveCheck compares the indexes of all tenants, and says what that took on the heap.
func serveCheck(tenants int, uri string) error {
	o, err := newOperator(uri, adminDB, fleet.Config{Collections: withCatalog(manyThings())})
	if err != nil {
		return err
	}
	// The first time connects.
	err = o.check(atOnce, tenants)
	var peak int64
	if err == nil {
		peak, err = peakHeap(func() error { return o.check(atOnce, tenants) })
	}
	if err = errors.Join(err, o.close()); err != nil {
		return err
	}
	return process.Answer(os.Stdin, os.Stdout, func() process.Status { return process.Status{PeakHeap: peak} })
}

func serveProxy(instances []string, repeat bool) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	p := balance.New(balance.Config{Instances: instances, CheckInterval: checkInterval, CheckTimeout: checkTimeout, Repeat: repeat})
	go p.Watch(context.Background())
	s := &http.Server{Handler: p, ReadHeaderTimeout: time.Minute, ErrorLog: stdlog.New(io.Discard, "", 0)}
	go func() { _ = s.Serve(listener) }()
	return process.Answer(os.Stdin, os.Stdout, func() process.Status {
		served, left := p.Served()
		return process.Status{Addr: listener.Addr().String(), Served: served, Left: left}
	})
}

func serveHTTP(role, uri string, pool int, log *slog.Logger) error {
	addr, err := startHTTP(role, uri, pool, log)
	if err != nil {
		return err
	}
	return process.Answer(os.Stdin, os.Stdout, func() process.Status { return process.Status{Addr: addr} })
}

// startHTTP serves in the background, until the process ends.
func startHTTP(role, uri string, pool int, log *slog.Logger) (addr string, err error) {
	switch role {
	case roleProduct:
		return startProduct(uri, pool, log)
	case roleLogging:
		log, err := loggingNowhere()
		if err != nil {
			return "", err
		}
		return startProduct(uri, pool, log)
	case roleParts:
		return startParts(uri, log)
	case roleHandAll, roleHandNext, roleHandLogging:
		return startPeer(role, uri)
	}
	return "", fmt.Errorf("there is no role %q", role)
}

// loggingNowhere logs requests as a server in production does, to a file that
// keeps nothing.
func loggingNowhere() (*slog.Logger, error) {
	file, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	return slog.New(slog.NewJSONHandler(file, nil)), err
}

func startProduct(uri string, pool int, log *slog.Logger) (string, error) {
	cfg := server.Defaults()
	cfg.MongoURI, cfg.AdminDB, cfg.MaxPoolSize = uri, adminDB, uint64(pool)
	cfg.Addr, cfg.AuthKeys, cfg.TenantCacheTTL, cfg.DrainDelay = "127.0.0.1:0", os.Getenv(keysVar), cacheTTL, 0
	app := server.App{Collections: gen.Collections(), OpenAPI: gen.OpenAPI, Policy: schema.Policy, Migrations: migrations.Files}
	s, err := server.New(context.Background(), cfg, app, log)
	if err != nil {
		return "", err
	}
	go func() { log.Error("the product ended", "error", s.Serve(context.Background())) }()
	return s.Addr().String(), nil
}

func startParts(uri string, log *slog.Logger) (string, error) {
	p, err := openParts(uri, log)
	if err != nil {
		return "", err
	}
	return startEcho(parts.New(p))
}

// openParts are the product's parts, put together as the product does.
func openParts(uri string, log *slog.Logger) (parts.Config, error) {
	keys, err := auth.ParseKeys(os.Getenv(keysVar))
	if err != nil {
		return parts.Config{}, err
	}
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: uri}, poolSize)
	if err != nil {
		return parts.Config{}, err
	}
	catalog, err := tenant.NewCatalog(clusters, adminDB, cacheTTL, log)
	if err != nil {
		return parts.Config{}, err
	}
	tokens, policy := auth.NewTokens(keys), auth.NewPolicy(schema.Policy.Full, schema.Policy.Barred)
	people := users.Collection()
	return parts.Config{
		Catalog: catalog, Tokens: tokens, Policy: policy,
		Accounts: auth.NewAccounts(auth.AccountsConfig{
			Admin: catalog.Admin(), Users: auth.NewUsers(&people), Policy: policy, Passwords: auth.NewPasswords(), Tokens: tokens,
			Clock: catalog.Now, TTL: cacheTTL, Log: log,
		}),
	}, nil
}

func startPeer(role, uri string) (string, error) {
	seed, err := base64.StdEncoding.DecodeString(os.Getenv(keysVar))
	if err != nil || len(seed) != ed25519.SeedSize {
		return "", errors.New(keysVar + " holds no key")
	}
	client, err := mongo.Connect(options.Client().ApplyURI(uri).SetMaxPoolSize(poolSize))
	if err != nil {
		return "", err
	}
	cfg := peer.Config{Client: client, Key: ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey), Decode: peer.All}
	if role == roleHandNext {
		cfg.Decode, cfg.ThreeSteps = peer.Next, true
	}
	e := peer.New(cfg)
	if role == roleHandLogging {
		if err := logRequests(e); err != nil {
			return "", err
		}
	}
	return startEcho(e)
}

// logRequests logs what the product's request log holds, with echo's middleware.
func logRequests(e *echo.Echo) error {
	log, err := loggingNowhere()
	e.Use(middleware.RequestID(), middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{
		LogMethod: true, LogURIPath: true, LogStatus: true, LogLatency: true, LogRequestID: true,
		LogValuesFunc: func(c echo.Context, v middleware.RequestLoggerValues) error {
			log.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
				slog.String("requestId", v.RequestID), slog.String("method", v.Method), slog.String("path", v.URIPath),
				slog.Int("status", v.Status), slog.Duration("took", v.Latency))
			return nil
		},
	}))
	return err
}

func startEcho(e *echo.Echo) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	e.Logger.SetOutput(io.Discard)
	s := &http.Server{Handler: e, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.Serve(listener) }()
	return listener.Addr().String(), nil
}
