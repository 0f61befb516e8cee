//go:build unix

package output

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// writerFolder tells a process of this test that it is to write, and where.
const writerFolder = "SCHEMAGEN_TEST_WRITER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerFolder); dir != "" {
		fmt.Fprintln(os.Stderr, writeForEver(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForEver writes the two trees in turn, and a line before each.
func writeForEver(dir string) error {
	for n := 0; ; n++ {
		fmt.Println(n)
		if err := Write(dir, alternative(n%2)); err != nil {
			return err
		}
	}
}

// alternative returns one of two trees that differ in every file, and in which
// files there are.
func alternative(n int) Tree {
	files := Tree{"openapi.json": fmt.Appendf(nil, "{%d}", n)}
	for i := range 12 {
		files[fmt.Sprintf("shared%d/doc.go", i)] = fmt.Appendf(nil, "%s// tree %d\n", header, n)
		files[fmt.Sprintf("only%d_%d/doc.go", n, i)] = []byte(header)
	}
	return WithSums(files)
}

// Whenever a run is killed, each file is whole and of one of the two trees; what
// was written by hand is there, nothing is taken for an edit, and the next run
// makes the folder what it is to be.
func TestKilled(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	dir := folder(t, tree("notes.md", "Notes"))
	mixed := 0
	for kills := 0; kills < 25 || mixed == 0 && kills < 500; kills++ {
		killWriter(t, dir, random.IntN(4), time.Duration(random.IntN(3000))*time.Microsecond)
		have, err := read(dir)
		if err != nil {
			t.Fatal(err)
		}
		checkWhole(t, have)
		want := alternative(kills % 2)
		if changes := diff(have, want); len(changes) > 0 && len(diff(have, alternative(1-kills%2))) > 0 {
			mixed++
		}
		if err := Write(dir, want); err != nil {
			t.Fatal(err)
		}
		maps.Copy(want, tree("notes.md", "Notes"))
		expect(t, dir, want)
	}
	if mixed == 0 {
		t.Error("no kill fell into the writing")
	}
}

// checkWhole demands that each file is one of the two trees', or was not in its
// place yet, and that none is taken for one that somebody edited.
func checkWhole(t *testing.T, have Tree) {
	t.Helper()
	first, second := alternative(0), alternative(1)
	for p, content := range have {
		isWhole := bytes.Equal(content, first[p]) || bytes.Equal(content, second[p])
		if p != sumsFile && p != "notes.md" && !isWhole && !strings.Contains(path.Base(p), ".schemagen-") {
			t.Errorf("%s is of neither tree: %q", p, content)
		}
	}
	for _, want := range []Tree{first, second} {
		for _, c := range diff(have, want) {
			if c.Edited {
				t.Errorf("%s is taken for a file that was edited", c.Path)
			}
		}
	}
}

// killWriter starts a writer, and kills it some time after it began its n-th
// writing.
func killWriter(t *testing.T, dir string, n int, later time.Duration) {
	t.Helper()
	writer := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	writer.Env = append(os.Environ(), writerFolder+"="+dir)
	writer.Stderr = os.Stderr
	out, err := writer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != strconv.Itoa(n) {
	}
	time.Sleep(later)
	if err := writer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	var exit *exec.ExitError
	if err := writer.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the writer ended by itself: %v", err)
	}
}
