// Package testdb gives tests a MongoDB-compatible server: the one that MONGO_URI
// names, or else a process of their own, which ends with them.
package testdb

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// shared is what the tests of one process have in common.
var shared struct {
	mu     sync.Mutex
	own    *process
	client *mongo.Client
	names  []string
}

// prefix starts the name of every database that this process makes, so that
// processes may share a server.
var prefix = "pt_" + strings.ToLower(rand.Text()[:8]) + "_"

// Run runs a package's tests, from its TestMain, and returns the exit code. It
// drops the databases that Database named, and ends the server if it is its own.
func Run(m *testing.M) int {
	flag.Parse()
	if err := waitInParallel(); err != nil {
		fmt.Fprintln(os.Stderr, "testdb:", err)
		return 1
	}
	code := m.Run()
	if err := clean(); err != nil {
		fmt.Fprintln(os.Stderr, "testdb:", err)
		return max(code, 1)
	}
	return code
}

// waiting is how many tests run at once if -parallel does not say: more than there are cores, because they
// wait for servers most of the time.
const waiting = 8

func waitInParallel() error {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if given {
		return nil
	}
	return flag.Set("test.parallel", strconv.Itoa(max(waiting, runtime.GOMAXPROCS(0))))
}

// dropTimeout bounds how long dropping one database may take: on a sharded cluster that is
// seconds. droppedAtOnce of them are dropped side by side.
const (
	dropTimeout   = time.Minute
	droppedAtOnce = 16
)

func clean() error {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	var errs []error
	if shared.client != nil && shared.own == nil {
		errs = append(errs, dropAll(shared.client, shared.names))
	}
	if shared.client != nil {
		ctx, cancel := context.WithTimeout(context.Background(), dropTimeout)
		defer cancel()
		errs = append(errs, shared.client.Disconnect(ctx))
	}
	if shared.own != nil {
		errs = append(errs, shared.own.end())
	}
	return errors.Join(errs...)
}

func dropAll(client *mongo.Client, names []string) error {
	errs := make([]error, len(names))
	slots := make(chan struct{}, droppedAtOnce)
	var all sync.WaitGroup
	for i, name := range names {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			ctx, cancel := context.WithTimeout(context.Background(), dropTimeout)
			defer cancel()
			if err := client.Database(name).Drop(ctx); err != nil {
				errs[i] = fmt.Errorf("drop %s: %w", name, err)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// Empty is the connection string of a server that holds nothing but what the test
// stores: one of its own, or the one that MONGO_URI names if that is empty, but for
// databases that Database named. Those that come into being there are dropped after the
// test, during which no other has it. If it is not empty, the test is skipped.
func Empty(tb testing.TB) string {
	tb.Helper()
	uri := os.Getenv("MONGO_URI")
	if uri == "" {
		return Own(tb).URI()
	}
	unlock, err := lock(filepath.Join(os.TempDir(), "partywall-empty-server.lock"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(unlock)
	client := Client(tb)
	if names := foreign(tb, client); len(names) > 0 {
		tb.Skipf("needs an empty server; the one that MONGO_URI names has %v", names)
	}
	tb.Cleanup(func() {
		if err := dropAll(client, foreign(tb, client)); err != nil {
			tb.Error(err)
		}
	})
	return uri
}

// foreign are the databases that are neither the server's own nor any that Database named.
func foreign(tb testing.TB, client *mongo.Client) []string {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), dropTimeout)
	defer cancel()
	names, err := client.ListDatabaseNames(ctx, bson.D{})
	if err != nil {
		tb.Fatal(err)
	}
	return slices.DeleteFunc(names, func(name string) bool {
		return slices.Contains([]string{"admin", "local", "config"}, name) || strings.HasPrefix(name, "pt_") || strings.HasPrefix(name, "t_")
	})
}

// URI is the connection string of the server.
func URI(tb testing.TB) string {
	tb.Helper()
	if uri := os.Getenv("MONGO_URI"); uri != "" {
		return uri
	}
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.own == nil {
		p, err := start("127.0.0.1:0", "")
		if err != nil {
			tb.Fatal(err)
		}
		shared.own = p
	}
	return shared.own.uri
}

// Client is connected to the server. The tests of a process share it.
func Client(tb testing.TB) *mongo.Client {
	tb.Helper()
	uri := URI(tb)
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.client == nil {
		client, err := mongo.Connect(options.Client().ApplyURI(uri))
		if err != nil {
			tb.Fatal(err)
		}
		shared.client = client
	}
	return shared.client
}

// Connect returns a client of another server, which the test has to itself.
func Connect(tb testing.TB, uri string) *mongo.Client {
	tb.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return client
}

// longest is how long a database's name may be, in bytes.
const longest = 63

// Database is the name of a database that no other test uses, ending in suffix.
// It exists once something is stored in it, and Run drops it.
func Database(tb testing.TB, suffix string) string {
	tb.Helper()
	name := prefix + strings.ToLower(rand.Text()[:6]) + suffix
	if len(name) > longest {
		tb.Fatalf("%s has more than %d bytes; choose a shorter suffix", name, longest)
	}
	DropAtEnd(name)
	return name
}

// DropAtEnd makes Run drop databases that a test's subject named.
func DropAtEnd(names ...string) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	for _, name := range names {
		if !slices.Contains(shared.names, name) {
			shared.names = append(shared.names, name)
		}
	}
}
