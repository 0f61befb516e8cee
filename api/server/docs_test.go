package server_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// TestDocsQuoteCode finds every block of code in docs/own-operations.md among what
// is compiled and run here.
func TestDocsQuoteCode(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/own-operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	add := func(path string) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
	}
	add("example_test.go")
	err = filepath.WalkDir("testdata/shop", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".go") {
			add(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	blocks := goBlock.FindAllSubmatch(doc, -1)
	if len(blocks) == 0 {
		t.Fatal("there is no code in it")
	}
	for _, block := range blocks {
		if !strings.Contains(source.String(), string(block[1])) {
			t.Errorf("this is nowhere in the code:\n%s", block[1])
		}
	}
}
