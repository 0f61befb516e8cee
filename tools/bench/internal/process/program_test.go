package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain is also the program that the tests run: one that serves where PORT says, or ends with what REFUSAL says.
func TestMain(m *testing.M) {
	port, refusal := os.Getenv("PORT"), os.Getenv("REFUSAL")
	switch {
	case refusal != "":
		fmt.Fprintln(os.Stderr, refusal)
		os.Exit(2)
	case port != "":
		fmt.Fprintf(os.Stderr, `{"level":"INFO","msg":"listening","addr":"127.0.0.1:%s"}`+"\n", port)
		time.Sleep(10 * time.Minute) // far beyond what a test takes: it is killed
	default:
		os.Exit(m.Run())
	}
}

// self returns the path of the test's own program.
func self(t *testing.T) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

func TestPrograms(t *testing.T) {
	t.Parallel()
	dir, program := t.TempDir(), self(t)
	for name, end := range map[string]func(*Program) error{"killed": (*Program).Kill, "stopped": (*Program).Stop} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Run(dir, []string{"PORT=4711"}, program)
			if err != nil {
				t.Fatal(err)
			}
			if p.Addr != "127.0.0.1:4711" {
				t.Errorf("it listens at %q", p.Addr)
			}
			if u, err := p.Usage(); err == nil && u.RSS == 0 {
				t.Errorf("it takes %+v", u)
			}
			if err := end(p); err != nil {
				t.Error(err)
			}
			var exit *exec.ExitError
			if err := p.Wait(); !errors.As(err, &exit) {
				t.Errorf("it ends with %v", err)
			}
			if err := p.Close(); err != nil {
				t.Errorf("closing one that has ended: %v", err)
			}
		})
	}
}

func TestProgramsThatRun(t *testing.T) {
	t.Parallel()
	p, err := Run(t.TempDir(), []string{"PORT=1"}, self(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := p.Wait(); err == nil {
		t.Error("it was not killed")
	}
}

func TestProgramsThatDoNotStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := Run(dir, []string{"REFUSAL=MONGO_URI: nobody answers"}, self(t)); err == nil || !strings.Contains(err.Error(), "exit status 2") || !strings.Contains(err.Error(), "MONGO_URI: nobody answers") {
		t.Errorf("got %v", err)
	}
	if _, err := Run(dir, nil, filepath.Join(dir, "none")); err == nil {
		t.Error("a program that there is not was started")
	}
}
