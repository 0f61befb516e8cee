// Package testdb gives tests a MongoDB-compatible server: the one that MONGO_URI
// names, or else a process of their own, which ends with them.
package testdb

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

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
	code := m.Run()
	if err := clean(); err != nil {
		fmt.Fprintln(os.Stderr, "testdb:", err)
		return max(code, 1)
	}
	return code
}

// cleaning bounds how long dropping databases may take.
const cleaning = time.Minute

func clean() error {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), cleaning)
	defer cancel()
	var errs []error
	if shared.client != nil && shared.own == nil {
		for _, name := range shared.names {
			if err := shared.client.Database(name).Drop(ctx); err != nil {
				errs = append(errs, fmt.Errorf("drop %s: %w", name, err))
			}
		}
	}
	if shared.client != nil {
		errs = append(errs, shared.client.Disconnect(ctx))
	}
	if shared.own != nil {
		errs = append(errs, shared.own.end())
	}
	return errors.Join(errs...)
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
	Forget(name)
	return name
}

// Forget makes Run drop databases that a test's subject named.
func Forget(names ...string) {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	for _, name := range names {
		if !slices.Contains(shared.names, name) {
			shared.names = append(shared.names, name)
		}
	}
}
