package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// output is what serve prints, to be read while it runs.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// serving runs serve until the returned function is called, which says how it
// ended. lines are the curl lines that it printed.
func serving(t *testing.T) (lines []string, end func() error) {
	t.Helper()
	lines, _, end = greeted(t)
	return lines, end
}

// greeted is serving, with all that was printed.
func greeted(t *testing.T) (lines []string, greeting string, end func() error) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	out := &output{}
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, out) }()
	for !strings.Contains(out.String(), "Its token opens no other tenant") {
		select {
		case err := <-ended:
			t.Fatalf("it ended with %v\n%s", err, out)
		default:
		}
	}
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "curl ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines, out.String(), func() error { stop(); return <-ended }
}

// paste is the status and the body that a curl line gets.
func paste(t *testing.T, line string) (status, body string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "sh", "-c", line+` -w '\n%{http_code}'`).Output()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	at := bytes.LastIndexByte(out, '\n')
	return string(out[at+1:]), string(out[:at])
}

func TestPrintedLinesWork(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("needs curl")
	}
	dir := filepath.Join(t.TempDir(), "data")
	t.Setenv("DATA_DIR", dir)
	t.Setenv("ADDR", "127.0.0.1:0")
	t.Setenv("DEV_MONGO_ADDR", "127.0.0.1:0")
	lines, end := serving(t)
	want := []string{"200", "200", "200", "200", "201", "200", "403"}
	if len(lines) != len(want) {
		t.Fatalf("%d lines", len(lines))
	}
	for i, line := range lines {
		if status, body := paste(t, line); status != want[i] {
			t.Errorf("%s\nwant %s, is %s %s", line, want[i], status, body)
		}
	}
	_, body := paste(t, lines[0])
	if n := strings.Count(body, `"_id"`); n != demoUsers+1 {
		t.Errorf("%d users", n)
	}
	if err := end(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	for name, mode := range map[string]os.FileMode{"": 0o700 | os.ModeDir, "auth.key": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode() != mode {
			t.Errorf("%q: %v, %v", name, info.Mode(), err)
		}
	}
	again, end := serving(t)
	_, after := paste(t, again[0])
	if !strings.Contains(after, "new@tenant-a.example") || strings.Count(after, `"_id"`) != demoUsers+1 {
		t.Errorf("the second run finds %s", after)
	}
	if err := end(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// TestNewTenantsHaveNoDatabase pastes the lines about a new tenant: its database comes with its first user.
func TestNewTenantsHaveNoDatabase(t *testing.T) {
	t.Setenv("DATA_DIR", filepath.Join(t.TempDir(), "data"))
	t.Setenv("ADDR", "127.0.0.1:0")
	t.Setenv("DEV_MONGO_ADDR", "127.0.0.1:0")
	_, greeting, end := greeted(t)
	_, about, found := strings.Cut(greeting, "# A new tenant is ")
	about, _, _ = strings.Cut(about, "\n\n")
	lines := strings.Split(strings.TrimSpace(about), "\n")
	if !found || len(lines) != 6 {
		t.Fatalf("the lines are %q", lines)
	}
	uri := strings.Trim(strings.TrimPrefix(lines[1], "export MONGO_URI="), "'")
	var said string
	for i, line := range lines[2:] {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", lines[1]+"\n"+line)
		cmd.Dir = filepath.Join("..", "..")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		said = string(out)
		if has, want := hasDatabase(t, uri, nextTenant), i >= 2; has != want {
			t.Errorf("after %s it has a database: %t", line, has)
		}
	}
	if !strings.Contains(said, "users") {
		t.Errorf("in the end it is shown as %s", said)
	}
	if err := end(); err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// hasDatabase reports whether the tenant's database is there.
func hasDatabase(t *testing.T, uri, name string) bool {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Disconnect(context.WithoutCancel(t.Context())) }()
	var entry struct{ Database string }
	if err := client.Database("tenantsDb").Collection("tenants").FindOne(t.Context(), bson.D{{Key: "name", Value: name}}).Decode(&entry); err != nil {
		t.Fatal(err)
	}
	names, err := client.ListDatabaseNames(t.Context(), bson.D{{Key: "name", Value: entry.Database}})
	if err != nil {
		t.Fatal(err)
	}
	return len(names) > 0
}

func TestServeSaysWhyNot(t *testing.T) {
	t.Setenv("DATA_DIR", filepath.Join(t.TempDir(), "data"))
	t.Setenv("DEV_MONGO_ADDR", "127.0.0.1:0")
	t.Setenv("MONGO_URI", "mongodb://ignored/")
	for name, test := range map[string]struct{ variable, value, says string }{
		"keys":          {"AUTH_KEYS", "hunter2", "AUTH_KEYS: key 1"},
		"an address":    {"ADDR", "nowhere", "ADDR: takes HOST:PORT"},
		"a short token": {"ADMIN_TOKEN", "hunter2", "ADMIN_TOKEN: takes 24 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("ADDR", "127.0.0.1:0")
			t.Setenv(test.variable, test.value)
			out := &output{}
			err := serve(t.Context(), out)
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(fmt.Sprint(err), "hunter2") {
				t.Errorf("%v", err)
			}
			if !strings.Contains(out.String(), "MONGO_URI is ignored") {
				t.Errorf("it does not say that it ignores MONGO_URI: %s", out)
			}
		})
	}
}
