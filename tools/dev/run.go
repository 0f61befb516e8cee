package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/schema"
	"github.com/partywall/partywall/schema/migrations"
	"github.com/partywall/partywall/tools/dev/embedded"
)

// environment is what the developers' server reads. Its database is its own.
type environment struct {
	Addr         string `env:"ADDR" envDefault:"127.0.0.1:8080" takes:"HOST:PORT" doc:"where the API listens"`
	AdminAddr    string `env:"ADMIN_ADDR" envDefault:"127.0.0.1:8081" takes:"HOST:PORT" doc:"where the operators' API listens, if ADMIN_TOKEN is set"`
	AdminToken   string `env:"ADMIN_TOKEN" takes:"24 characters or more" doc:"what requests to the operators' API bear"`
	DevMongoAddr string `env:"DEV_MONGO_ADDR" envDefault:"127.0.0.1:37017" takes:"HOST:PORT" doc:"where the embedded MongoDB-compatible server listens, for tenantctl, mongosh and tests"`
	DataDir      string `env:"DATA_DIR" takes:"a folder" doc:"where data and invented keys are kept (default: .data in the repository's root)"`
	AuthKeys     string `env:"AUTH_KEYS" takes:"Ed25519 seeds, 32 bytes each in base64, separated by commas, the newest first" doc:"the keys that sign tokens; invented, and kept in DATA_DIR, if unset"`
}

// ignored are variables of the server that the developers' server has no use for.
var ignored = []string{"MONGO_URI", "CLUSTERS"}

// run serves the API and its database in this process, and returns the exit code.
func run(args []string) int {
	if len(args) > 0 {
		fmt.Fprint(os.Stderr, "dev run takes no arguments, only environment variables:\n\n")
		server.DescribeEnvironment(os.Stderr, environment{})
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "dev run:", err)
		return 2
	}
	return 0
}

func serve(ctx context.Context, out io.Writer) error {
	var env environment
	if err := server.LoadEnvironment(&env); err != nil {
		return err
	}
	for _, name := range ignored {
		if os.Getenv(name) != "" {
			_, _ = fmt.Fprintf(out, "%s is ignored: this is the embedded server; go run ./api serves from a MongoDB of your own\n", name)
		}
	}
	dir, err := dataDir(env.DataDir)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	// The database outlives the API: requests that are under way need it to finish.
	mongo, err := embedded.Start(context.WithoutCancel(ctx), embedded.Config{
		Listen: env.DevMongoAddr, Dir: filepath.Join(dir, "mongo"), Logger: log,
	})
	if err != nil {
		return fmt.Errorf("DEV_MONGO_ADDR, DATA_DIR: %w", err)
	}
	defer func() { _ = mongo.Close() }()
	cfg, err := config(env, dir, mongo.URI())
	if err != nil {
		return err
	}
	app := server.App{Collections: gen.Collections(), OpenAPI: gen.OpenAPI, Policy: schema.Policy, Migrations: migrations.Files}
	api, err := server.New(ctx, cfg, app, log)
	if err != nil {
		return err
	}
	if err := migrateAll(ctx, out, api.Stack().Fleet); err != nil {
		api.Close()
		return err
	}
	if err := demonstrate(ctx, out, api, cfg, mongo.URI()); err != nil {
		api.Close()
		return err
	}
	return api.Serve(ctx)
}

// migrateAll brings tenants of earlier runs to the schema as it is now. What fails is
// told: the server serves the others.
func migrateAll(ctx context.Context, out io.Writer, all *fleet.Fleet) error {
	outcome, err := all.Migrate(ctx, migrate.Options{Target: all.Latest()})
	if err != nil {
		return err
	}
	for _, f := range outcome.Failures {
		_, _ = fmt.Fprintf(out, "tenant %s is behind: %s\n", f.Tenant, f.Problem)
	}
	return nil
}

// config is the server's configuration, as its environment would give it.
func config(env environment, dir, uri string) (server.Config, error) {
	keys := env.AuthKeys
	if keys == "" {
		var err error
		if keys, err = inventedKey(filepath.Join(dir, "auth.key")); err != nil {
			return server.Config{}, err
		}
	}
	if _, err := auth.ParseKeys(keys); err != nil {
		return server.Config{}, fmt.Errorf("AUTH_KEYS: %w", err)
	}
	cfg := server.Defaults()
	cfg.DrainDelay = 0 // nobody balances load between this server and others
	cfg.MongoURI, cfg.Addr, cfg.AuthKeys = uri, env.Addr, keys
	cfg.AdminAddr, cfg.AdminToken = env.AdminAddr, env.AdminToken
	return cfg, nil
}

// inventedKey is the key in the file at path, which is made if it is not there.
func inventedKey(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(text)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	seed := make([]byte, 32)
	if _, err := rand.Read(seed); err != nil {
		return "", err
	}
	key := base64.StdEncoding.EncodeToString(seed)
	return key, os.WriteFile(path, []byte(key+"\n"), 0o600)
}

// dataDir makes the data folder, for its owner alone.
func dataDir(dir string) (string, error) {
	if dir == "" {
		root, err := findRoot()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(root, ".data")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("DATA_DIR: %w", err)
	}
	return filepath.Abs(dir)
}

var rootModule = regexp.MustCompile(`(?m)^module github\.com/partywall/partywall$`)

// findRoot returns the repository's root: the folder whose go.mod declares the
// product's module, here or above. api/testdb, which no server imports, has the same.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if text, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && rootModule.Match(text) {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("DATA_DIR: not set, and this is not within the repository; set it to a folder")
		}
		dir = parent
	}
}
