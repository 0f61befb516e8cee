package process

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// script is a program that a shell runs.
func script(t *testing.T, lines string) (dir, program string) {
	t.Helper()
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("there is no shell")
	}
	dir = t.TempDir()
	program = filepath.Join(dir, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"+lines), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir, program
}

const serving = `echo '{"level":"INFO","msg":"listening","addr":"127.0.0.1:'$PORT'"}' >&2
exec sleep 600
`

func TestPrograms(t *testing.T) {
	t.Parallel()
	dir, program := script(t, serving)
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
	dir, program := script(t, serving)
	p, err := Run(dir, []string{"PORT=1"}, program)
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
	dir, program := script(t, "echo MONGO_URI: nobody answers >&2\nexit 2\n")
	if _, err := Run(dir, nil, program); err == nil || !strings.Contains(err.Error(), "exit status 2") || !strings.Contains(err.Error(), "MONGO_URI: nobody answers") {
		t.Errorf("got %v", err)
	}
	if _, err := Run(dir, nil, filepath.Join(dir, "none")); err == nil {
		t.Error("a program that there is not was started")
	}
}
