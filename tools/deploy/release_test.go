package deploy_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// root is the repository's.
const root = "../.."

// clone is a repository of its own, which holds the files of this one as they are,
// committed, without tags.
func clone(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	list, err := exec.Command("git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard").Output()
	if err != nil {
		t.Skipf("git lists no files of this repository: %v", err)
	}
	for name := range strings.SplitSeq(strings.Trim(string(list), "\x00"), "\x00") {
		copyFile(t, filepath.Join(root, name), filepath.Join(dir, name))
	}
	git(t, dir, "init", "--quiet")
	git(t, dir, "add", ".")
	commit(t, dir)
	return dir
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Lstat(from)
	if os.IsNotExist(err) {
		return // removed, and still in git's index
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, info.Mode()); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, dir string) {
	t.Helper()
	git(t, dir, "-c", "user.name=somebody", "-c", "user.email=somebody@example.com", "commit", "--quiet", "--message", "As it is")
}

func git(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

const platform = runtime.GOOS + "_" + runtime.GOARCH

// release runs make release for this machine's platform alone. It returns what it
// wrote, by name, and what it said.
func release(t *testing.T, dir string, variables ...string) (files map[string]string, said string, err error) {
	t.Helper()
	folder := t.TempDir()
	cmd := exec.Command("make", append([]string{
		"--no-print-directory", "-C", dir, "release", "DIST=" + folder, "PLATFORMS=" + runtime.GOOS + "/" + runtime.GOARCH,
	}, variables...)...)
	// Not what the make that runs the tests was told.
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"VERSION", "COMMIT", "MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL"}, name)
	})
	out, err := cmd.CombinedOutput()
	entries, readErr := os.ReadDir(folder)
	if readErr != nil {
		t.Fatal(readErr)
	}
	files = map[string]string{}
	for _, e := range entries {
		files[e.Name()] = filepath.Join(folder, e.Name())
	}
	return files, string(out), err
}

// TestRelease builds releases of two clones in two places, without a tag, with one,
// and with a change that is not committed.
func TestRelease(t *testing.T) {
	t.Parallel()
	here, there := clone(t), clone(t)
	head := git(t, here, "rev-parse", "HEAD")
	short := git(t, here, "rev-parse", "--short", "HEAD")
	untagged, said, err := release(t, here)
	if err != nil {
		t.Fatalf("without a tag: %v\n%s", err, said)
	}
	holdRelease(t, untagged, short, head)

	git(t, here, "tag", "v1.2.3")
	tagged, said, err := release(t, here)
	if err != nil {
		t.Fatalf("with a tag: %v\n%s", err, said)
	}
	holdRelease(t, tagged, "v1.2.3", head)

	// The same commit, for what is in its hash is when and by whom it was made.
	git(t, there, "fetch", "--quiet", here, "v1.2.3")
	git(t, there, "checkout", "--quiet", "FETCH_HEAD")
	again, said, err := release(t, there, "VERSION=v1.2.3")
	if err != nil {
		t.Fatalf("elsewhere: %v\n%s", err, said)
	}
	for name := range tagged {
		if read(t, tagged[name]) != read(t, again[name]) {
			t.Errorf("%s is not the same when it is built elsewhere", name)
		}
	}

	if err := os.WriteFile(filepath.Join(here, "api", "left.go"), []byte("package main\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dirty, said, err := release(t, here)
	if err != nil {
		t.Fatalf("with a change: %v\n%s", err, said)
	}
	if !strings.Contains(said, "?? api/left.go") {
		t.Errorf("it is not said what is not committed:\n%s", said)
	}
	holdRelease(t, dirty, "v1.2.3-dirty", head)
}

// holdRelease looks at everything that a release consists of.
func holdRelease(t *testing.T, files map[string]string, version, commit string) {
	t.Helper()
	sums := map[string]string{}
	for line := range strings.Lines(read(t, files["SHA256SUMS"])) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		sums[name] = sum
	}
	want := map[string]string{
		"partywall-api_" + version + "_" + platform: "api",
		"tenantctl_" + version + "_" + platform:     "tenantctl",
	}
	if len(files) != 2*len(want)+1 || len(sums) != 2*len(want) {
		t.Errorf("the release has %v, and sums of %v", files, sums)
	}
	for name, command := range want {
		out, err := exec.Command(files[name], "--version").Output() // #nosec G204
		line := command + " of github.com/partywall/partywall " + version + " (commit " + commit[:12] + "), " + runtime.Version() + "\n"
		if err != nil || string(out) != line {
			t.Errorf("%s --version: %q, %v; want %q", name, out, err, line)
		}
		for _, file := range []string{name, name + ".cdx.json"} {
			if got := sha256.Sum256([]byte(read(t, files[file]))); hex.EncodeToString(got[:]) != sums[file] {
				t.Errorf("%s: the sum is %q", file, sums[file])
			}
		}
		holdMaterials(t, read(t, files[name+".cdx.json"]), version)
	}
}

// holdMaterials looks whether a list of what is in a binary has what must be.
func holdMaterials(t *testing.T, text, version string) {
	t.Helper()
	var bom struct {
		BOMFormat    string
		SerialNumber string
		Metadata     struct {
			Timestamp string
			Component struct{ Name, Version string }
		}
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal([]byte(text), &bom); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, c := range bom.Components {
		names[c.Name] = c.Version
	}
	if bom.BOMFormat != "CycloneDX" || bom.SerialNumber != "" || bom.Metadata.Timestamp != "" ||
		bom.Metadata.Component.Name != "github.com/partywall/partywall" || bom.Metadata.Component.Version != version ||
		names["std"] != runtime.Version() || names["go.mongodb.org/mongo-driver/v2"] == "" {
		t.Errorf("the list of what is in it: %+v", bom)
	}
}

// TestRefusedReleases shows that nothing is written in a name that is none, nor without
// one, and that what was there stays.
func TestRefusedReleases(t *testing.T) {
	t.Parallel()
	dir := clone(t)
	_, said, err := release(t, dir, "VERSION=../v1")
	if err == nil || !strings.Contains(said, "VERSION: takes letters, digits and . _ + -") {
		t.Errorf("a path for a version: %v\n%s", err, said)
	}
	if err := os.RemoveAll(filepath.Join(dir, ".git")); err != nil {
		t.Fatal(err)
	}
	files, said, err := release(t, dir)
	if err == nil || !strings.Contains(said, "write make release VERSION=v1.2.3") || len(files) != 0 {
		t.Errorf("no version and no history: %v, %v\n%s", err, files, said)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
