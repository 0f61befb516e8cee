package embedded_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"

	"github.com/partywall/partywall/tools/dev/embedded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start runs a server on dir until the test ends.
func start(t *testing.T, dir string) *embedded.Server {
	t.Helper()
	server, err := embedded.Start(context.Background(), config(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func config(t *testing.T, dir string) embedded.Config {
	return embedded.Config{Listen: "127.0.0.1:0", Dir: dir, Logger: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

// connect returns a client of the server, disconnected when the test ends.
func connect(t *testing.T, server *embedded.Server, opts ...*options.ClientOptions) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(append(opts, options.Client().ApplyURI(server.URI()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Disconnect(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return client
}

// collection returns an empty collection on a server of its own, holding the documents.
func collection(t *testing.T, documents ...any) *mongo.Collection {
	t.Helper()
	c := connect(t, start(t, t.TempDir())).Database("shop").Collection("orders")
	if len(documents) == 0 {
		return c
	}
	if _, err := c.InsertMany(t.Context(), documents); err != nil {
		t.Fatal(err)
	}
	return c
}

func count(t *testing.T, c *mongo.Collection, filter any) int64 {
	t.Helper()
	n, err := c.CountDocuments(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDataIsFoundAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made by Start")
	first := start(t, dir)
	if _, err := connect(t, first).Database("shop").Collection("orders").InsertOne(t.Context(), bson.D{{Key: "_id", Value: 1}}); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if n := count(t, connect(t, start(t, dir)).Database("shop").Collection("orders"), bson.D{}); n != 1 {
		t.Errorf("%d documents after a restart, want 1", n)
	}
}

func TestFolderIsPrivateAndLeftClean(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	server := start(t, dir)
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o700 {
		t.Errorf("the data folder has mode %o, want 700", mode)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "run-*")); len(left) > 0 {
		t.Errorf("Close left %v", left)
	}
}

func TestFolderInUse(t *testing.T) {
	dir := t.TempDir()
	start(t, dir)
	_, err := embedded.Start(t.Context(), config(t, dir))
	if err == nil || !strings.Contains(err.Error(), "the data folder "+dir+" is in use by another server") {
		t.Errorf("a second server on one folder: %v", err)
	}
}

func TestPortInUse(t *testing.T) {
	cfg := config(t, t.TempDir())
	cfg.Listen = start(t, t.TempDir()).Addr()
	_, err := embedded.Start(t.Context(), cfg)
	if err == nil || !strings.Contains(err.Error(), "cannot listen on "+cfg.Listen) {
		t.Errorf("a second server on one port: %v", err)
	}
}

func TestPortIsFreeAfterAFailedStart(t *testing.T) {
	dir := t.TempDir()
	first := start(t, dir)
	cfg := config(t, dir)
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Listen = probe.Addr().String()
	_ = probe.Close()
	if _, err := embedded.Start(t.Context(), cfg); err == nil {
		t.Fatal("a second server on one folder started")
	}
	_ = first.Close()
	server, err := embedded.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	_ = server.Close()
}

func TestFolderThatSQLiteCannotName(t *testing.T) {
	_, err := embedded.Start(t.Context(), config(t, filepath.Join(t.TempDir(), "100%")))
	if err == nil || !strings.Contains(err.Error(), "choose another folder") {
		t.Errorf("a folder with %% in its name: %v", err)
	}
}

func TestFolderWithALongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 40))
	if err := connect(t, start(t, dir)).Ping(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestCloseIsIdempotent(t *testing.T) {
	server := start(t, t.TempDir())
	select {
	case <-server.Done():
		t.Fatal("Done is closed while the server runs")
	default:
	}
	for range 2 {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}
	<-server.Done()
	if err := server.Err(); err != nil {
		t.Errorf("Err after Close: %v", err)
	}
}

func TestEndOfContextCloses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server, err := embedded.Start(ctx, config(t, t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-server.Done()
	if err := server.Err(); err != nil {
		t.Error(err)
	}
}

func TestCloseWithClientsConnected(t *testing.T) {
	server := start(t, t.TempDir())
	client := connect(t, server)
	if err := client.Ping(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
}

// TestTypesThatTheEngineDoesNotStore has queries for types that no document can have.
func TestTypesThatTheEngineDoesNotStore(t *testing.T) {
	c := collection(t, bson.D{{Key: "n", Value: 1}}, bson.D{{Key: "n", Value: "x"}}, bson.D{})
	unstored := bson.A{"minKey", "undefined", "decimal", "symbol", "dbPointer", "javascript", "javascriptWithScope", "maxKey"}
	isOf := func(types any) bson.D { return bson.D{{Key: "n", Value: bson.D{{Key: "$type", Value: types}}}} }
	for name, test := range map[string]struct {
		filter bson.D
		want   int64
	}{
		"all of them":        {isOf(unstored), 0},
		"among those stored": {isOf(append(bson.A{"string"}, unstored...)), 1},
		"one":                {isOf("maxKey"), 0},
		"one that is not it": {bson.D{{Key: "n", Value: bson.D{{Key: "$not", Value: bson.D{{Key: "$type", Value: "maxKey"}}}}}}, 3},
		"in alternatives":    {bson.D{{Key: "$or", Value: bson.A{isOf("symbol"), isOf("number")}}}, 1},
		"beside a value":     {bson.D{{Key: "n", Value: bson.D{{Key: "$gt", Value: 0}, {Key: "$type", Value: bson.A{"decimal", "int"}}}}}, 1},
	} {
		if got := count(t, c, test.filter); got != test.want {
			t.Errorf("%s: %d counted, want %d", name, got, test.want)
		}
		cursor, err := c.Find(t.Context(), test.filter)
		if err != nil {
			t.Fatal(err)
		}
		if got := cursor.RemainingBatchLength(); int64(got) != test.want {
			t.Errorf("%s: %d found, want %d", name, got, test.want)
		}
	}
	if _, err := c.Find(t.Context(), isOf(bson.A{"string", "text"})); err == nil {
		t.Error("a type that does not exist is looked for")
	}
}
