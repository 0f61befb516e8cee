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
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
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

func TestMongodKilledWhileCreatingDatabases(t *testing.T) {
	dir := t.TempDir()
	acknowledged := map[string]bool{}
	for round := range 8 {
		c := mongodChild(t, "-dir", dir)
		client := connect(t, c.uri)
		for name := range acknowledged {
			if n, err := client.Database(name).Collection("c").CountDocuments(t.Context(), bson.D{}); err != nil || n != 1 {
				t.Fatalf("round %d: %s has %d documents, want 1; %v", round, name, n, err)
			}
		}
		killed := make(chan struct{})
		go func() {
			defer close(killed)
			awaitFile(t.Context(), filepath.Join(dir, fmt.Sprintf("r%d-%d.sqlite", round, round)))
			_ = c.Process.Kill()
		}()
		for i := 0; ; i++ {
			name := fmt.Sprintf("r%d-%d", round, i)
			if _, err := client.Database(name).Collection("c").InsertOne(t.Context(), bson.D{}); err != nil {
				break
			}
			acknowledged[name] = true
		}
		<-killed
		_ = c.Wait()
	}
}

// awaitFile returns at the moment a file appears. It looks without a pause, to return while the file is being made.
func awaitFile(ctx context.Context, path string) {
	for ctx.Err() == nil {
		if _, err := os.Stat(path); err == nil {
			return
		}
	}
}

func TestWrongUse(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"no command":      {nil, "usage: dev COMMAND"},
		"unknown command": {[]string{"mongo"}, "usage: dev COMMAND"},
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
