package main_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/docs/examples/helpdesk/desk"
	"github.com/partywall/partywall/tools/tenantctl/command"
)

// asTenantctl is set where this binary is to be tenantctl.
const asTenantctl = "HELPDESK_TENANTCTL"

func TestMain(m *testing.M) {
	if os.Getenv(asTenantctl) != "" {
		os.Exit(command.Main(desk.App()))
	}
	os.Exit(testdb.Run(m))
}

// The tenant of the tests. Passwords are those that Mongoose hashed.
const (
	organization = "helpdesk"
	password     = "correct horse"
)

// helpDesk is a tenant whose data a Mongoose process left.
type helpDesk struct {
	servertest.Client
	db     *mongo.Database
	env    []string
	server *server.Server
}

// leave stores the seed and its indexes as Mongoose would, and enters the tenant in the
// catalog. Nothing has looked at it yet.
func leave(t *testing.T) *helpDesk {
	t.Helper()
	admin, name := testdb.Database(t, "admin"), testdb.Database(t, "desk")
	d := &helpDesk{db: testdb.Client(t).Database(name), env: []string{"MONGO_URI=" + testdb.URI(t), "ADMIN_DB=" + admin}}
	for _, collection := range []string{"accounts", "counters", "groups", "notices", "priorities", "tags", "tickets", "tickettypes"} {
		if _, err := d.db.Collection(collection).InsertMany(t.Context(), lines(t, collection)); err != nil {
			t.Fatal(err)
		}
	}
	for _, create := range lines(t, "indexes") {
		if err := d.db.RunCommand(t.Context(), create).Err(); err != nil {
			t.Fatal(err)
		}
	}
	entry := bson.D{{Key: "name", Value: organization}, {Key: "database", Value: name}}
	if _, err := testdb.Client(t).Database(admin).Collection("tenants").InsertOne(t.Context(), entry); err != nil {
		t.Fatal(err)
	}
	return d
}

// lines are the documents of a file of the seed.
func lines(t *testing.T, file string) []any {
	t.Helper()
	text, err := os.ReadFile("seed/" + file + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var documents []any
	for line := range strings.Lines(string(text)) {
		var document bson.D
		if err := bson.UnmarshalExtJSON([]byte(line), false, &document); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		documents = append(documents, document)
	}
	return documents
}

// open takes over what Mongoose left, and serves it.
func open(t *testing.T) *helpDesk {
	t.Helper()
	d := leave(t)
	d.mustAnswer(t, 0, "indexes", "ensure", "--prune", "--tenant", organization)
	d.mustAnswer(t, 0, "migrate", "up")
	cfg := server.Defaults()
	cfg.MongoURI, cfg.Addr = testdb.URI(t), "127.0.0.1:0"
	cfg.AdminDB = strings.TrimPrefix(d.env[1], "ADMIN_DB=")
	cfg.DrainDelay = 0
	cfg.AuthKeys = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	s, err := server.New(t.Context(), cfg, desk.App(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	d.server = s
	d.Client = servertest.Client{Base: "http://" + s.Addr().String()}
	d.Agree(t, []byte(d.Call(t, "GET /openapi.json", "").Text))
	return d
}

// tenantctl returns what the command prints, and its exit code.
func (d *helpDesk) tenantctl(t *testing.T, args ...string) (string, int) {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, args...)
	cmd.Env = append(os.Environ(), append(d.env, asTenantctl+"=1")...)
	out, err := cmd.CombinedOutput()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// mustAnswer runs tenantctl and returns what it prints.
func (d *helpDesk) mustAnswer(t *testing.T, code int, args ...string) string {
	t.Helper()
	out, got := d.tenantctl(t, args...)
	if got != code {
		t.Fatalf("tenantctl %s: exit %d, want %d\n%s", strings.Join(args, " "), got, code, out)
	}
	return out
}

// login returns the token of one of the seed's accounts.
func (d *helpDesk) login(t *testing.T, name string) string {
	t.Helper()
	return d.Login(t, organization, name+"@desk.example", password)
}
