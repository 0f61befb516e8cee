//go:build unix

package output

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
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

// alternative is one of two trees that differ in every file, and in which files
// there are.
func alternative(n int) Tree {
	files := Tree{}
	for i := range 12 {
		files[fmt.Sprintf("shared%d/doc.go", i)] = fmt.Appendf(nil, "%s// tree %d\n", header, n)
		files[fmt.Sprintf("only%d_%d/doc.go", n, i)] = []byte(header)
	}
	return files
}

// Whenever a run is killed, the folder is whole: the old one or the new one, and
// what was written by hand is in either. What it leaves beside the folder goes
// with the next run.
func TestKilled(t *testing.T) {
	const kills = 30
	random := rand.New(rand.NewPCG(1, 2))
	dir := folder(t, tree("notes.md", "Notes"))
	if err := Write(dir, alternative(0)); err != nil {
		t.Fatal(err)
	}
	leftovers := 0
	for range kills {
		killWriter(t, dir, random.IntN(6), random.IntN(200_000), func() {})
		expectWhole(t, dir)
		leftovers += len(beside(t, dir))
		if err := Recover(dir); err != nil {
			t.Fatal(err)
		}
		if left := beside(t, dir); left != nil {
			t.Fatalf("the run after leaves %q", left)
		}
		expectWhole(t, dir)
	}
	if leftovers == 0 {
		t.Error("no kill fell into the writing, so that nothing was tried")
	}
}

// A first run that is killed leaves the folder whole, or none.
func TestKilledAtFirst(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for run := range 40 {
		dir := folder(t, nil)
		begun := run % 4 / 3 // one in four has written once when it is killed
		killWriter(t, dir, begun, random.IntN(1_000_000), func() {})
		if err := Recover(dir); err != nil {
			t.Fatal(err)
		}
		if left := beside(t, dir); left != nil {
			t.Fatalf("the run after leaves %q", left)
		}
		if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) && begun == 0 {
			continue
		}
		expectFiles(t, dir, Tree{})
	}
}

// A run that starts while another writes leaves that one's work alone.
func TestRecoverBesideWriter(t *testing.T) {
	dir := folder(t, alternative(0))
	killWriter(t, dir, 20, 0, func() {
		for range 20 {
			if err := Recover(dir); err != nil {
				t.Fatal(err)
			}
		}
	})
	expectFiles(t, dir, Tree{})
}

// killWriter starts a writer, does meanwhile with each of its writings, and kills
// it once it has said that it begins its n-th, and this process has counted to
// spin: somewhere within.
func killWriter(t *testing.T, dir string, n, spin int, meanwhile func()) {
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
		meanwhile()
	}
	for range spin {
		_ = filepath.Base(dir)
	}
	if err := writer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out)
	var exit *exec.ExitError
	if err := writer.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the writer ended by itself: %v", err)
	}
}

func expectWhole(t *testing.T, dir string) {
	t.Helper()
	expectFiles(t, dir, tree("notes.md", "Notes"))
}

// expectFiles expects one of the alternatives, and byHand beside it.
func expectFiles(t *testing.T, dir string, byHand Tree) {
	t.Helper()
	have, err := read(dir)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		want := alternative(n)
		maps.Copy(want, byHand)
		if sameTree(have, want) {
			return
		}
	}
	t.Errorf("a mixture of %d files", len(have))
}
