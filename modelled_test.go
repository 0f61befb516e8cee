package partywall_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	// shownBy is the last cell of a line in docs/testing.md: files, and tests in them.
	shownBy   = regexp.MustCompile("`([a-z_/]+_test\\.go)`: ((?:`Test[A-Za-z]+`(?:, )?)+)")
	namedTest = regexp.MustCompile("Test[A-Za-z]+")
)

// TestWhatIsModelledIsListed keeps docs/testing.md true: it names each file of tests
// that needs the scripted server, and no test that is not there.
func TestWhatIsModelledIsListed(t *testing.T) {
	doc, err := os.ReadFile("docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, shown := range shownBy.FindAllStringSubmatch(string(doc), -1) {
		listed[shown[1]] = true
		source, err := os.ReadFile(shown[1])
		if err != nil {
			t.Error(err)
		}
		for _, name := range namedTest.FindAllString(shown[2], -1) {
			if !strings.Contains(string(source), "func "+name+"(") {
				t.Errorf("docs/testing.md: %s has no %s", shown[1], name)
			}
		}
	}
	for _, file := range modelled(t) {
		if !listed[file] {
			t.Errorf("%s uses the scripted server: add what it shows to the table in docs/testing.md", file)
		}
	}
}

// modelled are the files whose tests import the scripted server, its own aside.
func modelled(t *testing.T) (files []string) {
	t.Helper()
	for _, root := range []string{"api", "tools"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "api/testdb/scripted/") {
				return err
			}
			source, err := os.ReadFile(path)
			if strings.Contains(string(source), `"`+module+`/api/testdb/scripted"`) && strings.Contains(string(source), "\nfunc Test") {
				files = append(files, filepath.ToSlash(path))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return files
}
