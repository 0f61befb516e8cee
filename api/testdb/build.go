package testdb

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
)

// build makes the server's binary, unless PARTYWALL_DEV_BINARY names it, and
// returns its path. Processes that need it at the same time take turns: the
// first builds, the others find nothing to do.
var build = sync.OnceValues(func() (string, error) {
	if binary := os.Getenv("PARTYWALL_DEV_BINARY"); binary != "" {
		return binary, nil
	}
	root, err := findRoot()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, ".build")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(dir, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	binary := filepath.Join(dir, "partywall-dev")
	cmd := exec.Command("go", "-C", filepath.Join(root, "tools", "dev"), "build", "-o", binary, ".")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the MongoDB-compatible server: %w\n%s", err, out)
	}
	return binary, nil
})

var rootModule = regexp.MustCompile(`(?m)^module github\.com/partywall/partywall$`)

// findRoot returns the repository's root, which the tests of any package run
// below. tools/dev has the same, as only tests import this package.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if text, err := os.ReadFile(filepath.Join(dir, "go.mod")); err == nil && rootModule.Match(text) {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("not within the repository; set MONGO_URI to a server, or PARTYWALL_DEV_BINARY to the developers' server")
		}
		dir = parent
	}
}
