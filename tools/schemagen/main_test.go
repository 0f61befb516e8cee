package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asCommand tells a process of this test that it is to be the command.
const asCommand = "SCHEMAGEN_TEST_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestCommand(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "schema"), os.DirFS("../../schema")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.mod"), "module example.com/copy\n")
	for _, step := range []struct {
		name           string
		dir            string
		args           []string
		code           int
		stdout, stderr string
	}{
		{"help", dir, []string{"-h"}, 0, "", "schemagen writes typed repositories"},
		{"its version", t.TempDir(), []string{"--version"}, 0, "schemagen of github.com/partywall/partywall ", ""},
		{"an unknown flag", dir, []string{"-chekc"}, 2, "", "flag provided but not defined: -chekc"},
		{"a word too many", dir, []string{"gen"}, 2, "", "schemagen writes typed repositories"},
		{"outside a module", t.TempDir(), nil, 1, "", "run the generator within a Go module"},
		{"a check of nothing", dir, []string{"-check"}, 1, "+ gen/users/\n", "generated code is not current; go generate ./... updates it\n"},
		{"a first run", dir, nil, 0, "+ gen/users/\n", ""},
		{"a check", dir, []string{"-check"}, 0, "", ""},
		{"a strict check", dir, []string{"-check", "-strict"}, 0, "", ""},
		{"a strict run", dir, []string{"-strict"}, 1, "", "use -strict together with -check"},
		{"a migration", dir, []string{"migration", "add_phone"}, 0, "+ schema/migrations/0005_add_phone.up.json\n", ""},
		{"a migration of a bad name", dir, []string{"migration", "Add"}, 1, "", "write one such as add_phone"},
		{"a migration without a name", dir, []string{"migration"}, 2, "", "schemagen migration NAME"},
		{"a check after the migration", dir, []string{"-check"}, 1, "~ schema/baseline.jsonl\n", "generated code is not current"},
		{"a run after the migration", dir, nil, 0, "~ schema/baseline.jsonl\n", ""},
		{"another folder", dir, []string{"-out", "lib/generated"}, 0, "+ lib/generated/users/\n", ""},
		{"another folder's check", dir, []string{"-check", "-out=lib/generated"}, 0, "", ""},
	} {
		t.Run(step.name, func(t *testing.T) {
			code, stdout, stderr := command(t, step.dir, step.args...)
			if code != step.code || !holds(stdout, step.stdout) || !holds(stderr, step.stderr) {
				t.Errorf("exit code %d\n%s\n%s", code, stdout, stderr)
			}
		})
	}
}

// A collection that is declared no longer is removed by go generate ./..., although
// that has its package on its list, and other packages import it.
func TestRemovedCollection(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "schema"), os.DirFS("../../schema")); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "go.mod"), "module example.com/copy\n")
	write(t, filepath.Join(dir, "generate.go"), fmt.Sprintf("package copy\n\n//go:generate %q\n", self))
	write(t, filepath.Join(dir, "app", "app.go"), "package app\n\nimport _ \"example.com/copy/gen/zebras\"\n")
	if code, stdout, stderr := command(t, dir); code != 0 {
		t.Fatalf("exit code %d\n%s\n%s", code, stdout, stderr)
	}
	zebras := filepath.Join(dir, "gen", "zebras")
	if err := os.CopyFS(zebras, os.DirFS(filepath.Join(dir, "gen", "users"))); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "generate", "./...")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asCommand+"=1", "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil || string(out) != "- gen/zebras/\n" {
		t.Errorf("%v\n%s%s", err, out, errs.String())
	}
	if _, err := os.Stat(zebras); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the package is still there: %v", err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// holds reports whether text has part, and is empty where part is.
func holds(text, part string) bool {
	return strings.Contains(text, part) && (part != "" || text == "")
}

func command(t *testing.T, dir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	cmd.Env = append(os.Environ(), asCommand+"=1")
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}
