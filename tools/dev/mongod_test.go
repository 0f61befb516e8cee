package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// asCommand tells a copy of the test binary to be the command instead.
const asCommand = "DEV_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// child is a running "dev mongod".
type child struct {
	*exec.Cmd
	stdin  io.Closer
	stdout *bufio.Reader
	stderr *bytes.Buffer
	uri    string
}

func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), asCommand+"=1", "TMPDIR="+t.TempDir())
	return cmd
}

// mongodChild starts "dev mongod" and waits until it serves.
func mongodChild(t *testing.T, args ...string) *child {
	t.Helper()
	c := &child{Cmd: command(t, append([]string{"mongod"}, args...)...), stderr: new(bytes.Buffer)}
	c.Stderr = c.stderr
	stdin, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	c.stdin, c.stdout = stdin, bufio.NewReader(stdout)
	line, err := c.stdout.ReadString('\n')
	if err != nil {
		_ = c.Wait()
		t.Fatalf("dev mongod did not start: %s", c.stderr)
	}
	c.uri = strings.TrimSuffix(line, "\n")
	return c
}

func connect(t *testing.T, uri string) *mongo.Client {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ended, cancel := context.WithCancel(context.Background())
		cancel() // the server may be gone: do not wait for one to end the sessions on
		_ = client.Disconnect(ended)
	})
	return client
}

// end waits for the child's clean end and returns what it printed after its first line.
func (c *child) end(t *testing.T) string {
	t.Helper()
	rest, err := io.ReadAll(c.stdout)
	if err != nil {
		t.Error(err)
	}
	if err := c.Wait(); err != nil {
		t.Errorf("dev mongod: %v: %s", err, c.stderr)
	}
	return string(rest)
}

func TestMongodServesUntilItIsTold(t *testing.T) {
	ends := map[string]func(*child) error{
		"SIGINT":                func(c *child) error { return c.Process.Signal(os.Interrupt) },
		"SIGTERM":               func(c *child) error { return c.Process.Signal(syscall.SIGTERM) },
		"end of standard input": func(c *child) error { return c.stdin.Close() },
	}
	for name, tell := range ends {
		t.Run(name, func(t *testing.T) {
			c := mongodChild(t)
			if err := connect(t, c.uri).Ping(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if err := tell(c); err != nil {
				t.Fatal(err)
			}
			if rest := c.end(t); rest != "" {
				t.Errorf("printed %q after the address", rest)
			}
			if c.stderr.Len() > 0 {
				t.Errorf("printed on standard error: %s", c.stderr)
			}
		})
	}
}

func TestMongodRemovesItsTemporaryFolder(t *testing.T) {
	c := mongodChild(t)
	_, temporary, _ := strings.Cut(c.Env[len(c.Env)-1], "=")
	if err := c.stdin.Close(); err != nil {
		t.Fatal(err)
	}
	c.end(t)
	if left, _ := os.ReadDir(temporary); len(left) > 0 {
		t.Errorf("left %v behind", left)
	}
}

// TestMongodKilledWhileCreatingDatabases kills the server at moments that a database's files tell: from the first
// one to appear, over the log with the catalog, to those with the collection and its indexes.
func TestMongodKilledWhileCreatingDatabases(t *testing.T) {
	dir := t.TempDir()
	moments := []struct {
		suffix string
		size   int64
	}{{"", 0}, {"-journal", 0}, {"-wal", 0}, {"-wal", 1}, {"-wal", 20_000}, {"-wal", 30_000}, {"-wal", 40_000}, {"-wal", 50_000}}
	var names []string // of all databases, made or only begun
	for round, moment := range moments {
		c := mongodChild(t, "-dir", dir)
		client := connect(t, c.uri)
		for _, name := range names {
			if err := provision(t.Context(), client.Database(name)); err != nil {
				t.Fatalf("round %d: %s: %v", round, name, err)
			}
		}
		first, second := fmt.Sprintf("r%d-0", round), fmt.Sprintf("r%d-1", round)
		killed := make(chan struct{})
		go func() {
			defer close(killed)
			path := filepath.Join(dir, first+".sqlite"+moment.suffix)
			next := filepath.Join(dir, second+".sqlite")
			for t.Context().Err() == nil && !reaches(path, moment.size) && !reaches(next, 0) {
				// look again at once, to kill while the file is being written
			}
			_ = c.Process.Kill()
		}()
		for _, name := range []string{first, second} {
			names = append(names, name)
			if err := provision(t.Context(), client.Database(name)); err != nil {
				break
			}
		}
		<-killed
		_ = c.Wait()
	}
}

// provision makes what a database needs, or finds it made, and fails if it is not so afterwards.
func provision(ctx context.Context, db *mongo.Database) error {
	users := db.Collection("users")
	index := mongo.IndexModel{Keys: bson.D{{Key: "email", Value: 1}}, Options: options.Index().SetUnique(true)}
	if _, err := users.Indexes().CreateOne(ctx, index); err != nil {
		return err
	}
	one := bson.D{{Key: "_id", Value: 1}}
	email := bson.D{{Key: "$set", Value: bson.D{{Key: "email", Value: "a@x"}}}}
	if _, err := users.UpdateOne(ctx, one, email, options.UpdateOne().SetUpsert(true)); err != nil {
		return err
	}
	for _, taken := range []bson.D{one, {{Key: "email", Value: "a@x"}}} {
		_, err := users.InsertOne(ctx, taken)
		if err == nil {
			return fmt.Errorf("%v was inserted twice", taken)
		}
		if !mongo.IsDuplicateKeyError(err) {
			return err
		}
	}
	return nil
}

// reaches reports whether a file is there and has the size, in bytes.
func reaches(path string, size int64) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() >= size
}

func TestWrongUse(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"unknown command": {[]string{"mongo"}, "usage: dev [COMMAND]"},
		"unknown flag":    {[]string{"mongod", "-port", "1"}, "flag provided but not defined: -port"},
		"argument":        {[]string{"mongod", "data"}, `unexpected argument "data"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cmd := command(t, test.args...)
			var stderr strings.Builder
			cmd.Stderr = &stderr
			_ = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != 2 || !strings.Contains(stderr.String(), test.want) {
				t.Errorf("exit code %d, want 2; printed %q, want %q in it", code, stderr.String(), test.want)
			}
		})
	}
}
