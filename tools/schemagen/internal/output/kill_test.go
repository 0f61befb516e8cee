//go:build unix

package output

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// writerFolder tells a process of this test that it is to write, and where;
// writerSteps how.
const (
	writerFolder = "SCHEMAGEN_TEST_WRITER"
	writerSteps  = "SCHEMAGEN_TEST_WRITER_STEPS"
)

// writers are the ways to put a folder in another's place.
var writers = map[string]func(dir string, want Tree) error{
	"one step":  Write,
	"two steps": writeInTwo,
}

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerFolder); dir != "" {
		fmt.Fprintln(os.Stderr, writeForEver(dir, writers[os.Getenv(writerSteps)]))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeInTwo is Write on systems that exchange no folders.
func writeInTwo(dir string, want Tree) error {
	staged, release, err := room(dir)
	if err != nil {
		return err
	}
	defer release()
	if err := stage(staged, dir, want); err != nil {
		return err
	}
	return swapInTwo(staged, dir, nil)
}

// writeForEver writes the two trees in turn, and a line before each.
func writeForEver(dir string, write func(string, Tree) error) error {
	for n := 0; ; n++ {
		fmt.Println(n)
		if err := write(dir, alternative(n%2)); err != nil {
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
	return Sealed(files)
}

// Whenever a run is killed, the folder is whole: the old one or the new one, and
// what was written by hand is in either. What it leaves beside the folder goes
// with the next run.
func TestKilled(t *testing.T) {
	for steps := range writers {
		t.Run(steps, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 2))
			dir := folder(t, tree("notes.md", "Notes"))
			took := duration(t, dir)
			beforeSwap, afterSwap := 0, 0
			for kills := 0; kills < 25 || (beforeSwap == 0 || afterSwap == 0) && kills < 500; kills++ {
				last := killWriter(t, steps, dir, random.IntN(4), after(random, took))
				left := len(beside(t, dir))
				now := recovered(t, dir, tree("notes.md", "Notes"))
				switch {
				case left > 0 && now == last%2:
					afterSwap++
				case left > 0:
					beforeSwap++
				}
			}
			if beforeSwap == 0 || afterSwap == 0 {
				t.Errorf("%d kills fell into the writing, and %d into the clearing away after it", beforeSwap, afterSwap)
			}
		})
	}
}

// A first run that is killed leaves the folder whole, or none.
func TestKilledAtFirst(t *testing.T) {
	for steps := range writers {
		t.Run(steps, func(t *testing.T) {
			random := rand.New(rand.NewPCG(3, 4))
			took := duration(t, folder(t, nil))
			none, whole := 0, 0
			for kills := 0; kills < 12 || (none == 0 || whole == 0) && kills < 500; kills++ {
				dir := folder(t, nil)
				killWriter(t, steps, dir, 0, after(random, took))
				if err := Recover(dir); err != nil {
					t.Fatal(err)
				}
				if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
					none++
					continue
				}
				whole++
				recovered(t, dir, Tree{})
			}
			if none == 0 || whole == 0 {
				t.Errorf("%d kills fell before the first folder, and %d after", none, whole)
			}
		})
	}
}

// A run that starts while another writes leaves that one's work alone.
func TestRecoverBesideWriter(t *testing.T) {
	for steps := range writers {
		t.Run(steps, func(t *testing.T) {
			dir := folder(t, alternative(0))
			killWriter(t, steps, dir, 1, func() {
				for range 200 {
					if err := Recover(dir); err != nil {
						t.Fatal(err)
					}
				}
			})
			recovered(t, dir, Tree{})
		})
	}
}

// duration is how long a writing takes, here and now.
func duration(t *testing.T, dir string) time.Duration {
	t.Helper()
	const times = 10
	start := time.Now()
	for n := range times {
		if err := Write(dir, alternative((n+1)%2)); err != nil {
			t.Fatal(err)
		}
	}
	return time.Since(start) / times
}

// after waits for some part of a writing and the beginning of the next.
func after(random *rand.Rand, took time.Duration) func() {
	return func() { time.Sleep(time.Duration(random.Float64() * 1.5 * float64(took))) }
}

// killWriter starts a writer, and kills it once it has begun its n-th writing and
// meanwhile has returned. It returns which one it began last.
func killWriter(t *testing.T, steps, dir string, n int, meanwhile func()) (last int) {
	t.Helper()
	writer := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	writer.Env = append(os.Environ(), writerFolder+"="+dir, writerSteps+"="+steps)
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
	meanwhile()
	if err := writer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for last = n; lines.Scan(); last++ {
	}
	var exit *exec.ExitError
	if err := writer.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the writer ended by itself: %v", err)
	}
	return last
}

// recovered does what the next run does first. It expects one of the alternatives
// then, with byHand beside it, and nothing beside the folder; it returns which.
func recovered(t *testing.T, dir string, byHand Tree) int {
	t.Helper()
	if err := Recover(dir); err != nil {
		t.Fatal(err)
	}
	if left := beside(t, dir); left != nil {
		t.Fatalf("the run after leaves %q", left)
	}
	have, err := read(dir)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		want := alternative(n)
		maps.Copy(want, byHand)
		if sameTree(have, want) {
			return n
		}
	}
	t.Fatalf("a mixture of %d files in %s", len(have), filepath.Base(dir))
	return 0
}
