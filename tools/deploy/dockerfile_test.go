package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// stages are those of the Dockerfile, read by BuildKit's parser, by name.
func stages(t *testing.T) map[string]instructions.Stage {
	t.Helper()
	parsed, err := parser.Parse(strings.NewReader(read(t, "Dockerfile")))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range parsed.Warnings {
		t.Errorf("line %d: %s", w.Location.Start.Line, w.Short)
	}
	lint := linter.New(&linter.Config{Warn: func(rule, _, _, message string, _ []parser.Range) { t.Errorf("%s: %s", rule, message) }})
	list, _, err := instructions.Parse(parsed.AST, lint)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]instructions.Stage{}
	for _, s := range list {
		byName[s.Name] = s
	}
	return byName
}

func commands[T any](s instructions.Stage) []T {
	var list []T
	for _, c := range s.Commands {
		if c, ok := c.(T); ok {
			list = append(list, c)
		}
	}
	return list
}

// TestImages holds what the images are: nothing but a binary and certificates, run by a
// user without rights, whom Kubernetes can tell from root.
func TestImages(t *testing.T) {
	t.Parallel()
	s := stages(t)
	base := s["base"]
	if base.BaseName != "scratch" {
		t.Errorf("images stand on %s", base.BaseName)
	}
	users := commands[*instructions.UserCommand](base)
	if len(users) != 1 || !regexp.MustCompile(`^[1-9][0-9]*:[1-9][0-9]*$`).MatchString(users[0].User) {
		t.Errorf("the user is %v, and has to be a number other than 0", users)
	}
	if copies := commands[*instructions.CopyCommand](base); len(copies) != 1 || copies[0].DestPath != "/etc/ssl/certs/ca-certificates.crt" {
		t.Errorf("certificates: %v", copies)
	}
	for target, command := range map[string]string{"api": "/partywall-api", "tenantctl": "/tenantctl"} {
		image := s[target]
		entry := commands[*instructions.EntrypointCommand](image)
		copies := commands[*instructions.CopyCommand](image)
		if image.BaseName != "base" || len(entry) != 1 || entry[0].PrependShell || !slices.Equal(entry[0].CmdLine, []string{command}) ||
			len(copies) != 1 || copies[0].DestPath != command || copies[0].From != "build-"+target || len(commands[*instructions.RunCommand](image)) > 0 {
			t.Errorf("%s: %+v", target, image)
		}
		if runs := commands[*instructions.RunCommand](s["build-"+target]); len(runs) != 1 || !strings.Contains(runs[0].String(), "tools/deploy/build "+target+" ") {
			t.Errorf("%s is not built as a release is: %v", target, runs)
		}
	}
	var ports []string
	for _, e := range commands[*instructions.ExposeCommand](s["api"]) {
		ports = append(ports, e.Ports...)
	}
	if want := []string{port(t, nil, "ADDR"), adminPort(t)}; !slices.Equal(ports, want) {
		t.Errorf("ports %v, want %v", ports, want)
	}
}

// adminPort is where the operators' API listens by default, to this machine alone.
func adminPort(t *testing.T) string {
	t.Helper()
	_, port, _ := strings.Cut(setting(t, nil, "ADMIN_ADDR"), ":")
	return port
}

// TestImagesAreBuiltByTheReleasesGo compares the image's toolchain with what go.mod asks for.
func TestImagesAreBuiltByTheReleasesGo(t *testing.T) {
	t.Parallel()
	image := stages(t)["source"].BaseName
	holdImage(t, image)
	least := regexp.MustCompile(`(?m)^go ([0-9]+\.[0-9]+)`).FindStringSubmatch(read(t, filepath.Join(root, "go.mod")))
	if least == nil || !strings.HasPrefix(image, "golang:"+least[1]+".") {
		t.Errorf("images are built in %s; go.mod asks for %v", image, least)
	}
}

// TestImagesHaveTheirSources builds from what a builder is given: what the file beside the
// Dockerfile lets pass.
func TestImagesHaveTheirSources(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for line := range strings.Lines(read(t, "Dockerfile.dockerignore")) {
		if kept, ok := strings.CutPrefix(strings.TrimSpace(line), "!"); ok {
			copyTree(t, filepath.Join(root, kept), filepath.Join(dir, kept))
		}
	}
	for _, name := range []string{"api", "tenantctl"} {
		cmd := exec.Command(filepath.Join(dir, "tools", "deploy", "build"), name, "linux", "amd64", filepath.Join(dir, "out", name)) // #nosec G204
		cmd.Env = append(os.Environ(), "VERSION=test")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
			continue
		}
		info, err := os.Stat(filepath.Join(dir, "out", name))
		if err != nil {
			t.Fatal(err)
		}
		const certificates, most = 1 << 20, 40 << 20
		if info.Size()+certificates > most {
			t.Errorf("the image of %s has %d bytes", name, info.Size()+certificates)
		}
	}
}

// copyTree copies a file, or a folder without its tests.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		rest, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		copyFile(t, path, filepath.Join(to, rest))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
