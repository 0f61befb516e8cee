//go:build unix

package pipeline_test

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/partywall/partywall/tools/schemagen/pipeline"
)

var killRounds = flag.Int("kill-rounds", 5, "how often to kill a generator")

// asGenerator tells a process of this test that it is to generate until it is
// killed, in the working folder's module.
const asGenerator = "SCHEMAGEN_TEST_GENERATOR"

func TestMain(m *testing.M) {
	if os.Getenv(asGenerator) != "" {
		fmt.Fprintln(os.Stderr, generateForEver())
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// generateForEver generates from the two schemas in turn, and prints a line before
// each run.
func generateForEver() error {
	for n := 0; ; n++ {
		fmt.Println(n)
		if err := pipeline.Run(alternativeSchema(n)); err != nil {
			return err
		}
	}
}

// alternativeSchema returns one of two that share no package.
func alternativeSchema(n int) pipeline.Config {
	collections := synthetic(6, 11)
	half := n % 2 * 3
	return pipeline.Config{Collections: collections[half : half+3]}
}

// Whenever a run is killed, the next one leaves what an undisturbed one leaves; the
// same run under -check says that it is to come, and of nothing that somebody edited it.
func TestKilledRun(t *testing.T) {
	enterSynthetic(t)
	random := rand.New(rand.NewPCG(5, 6))
	wholes := map[int]map[string]string{}
	for n := range 2 {
		if err := pipeline.Run(alternativeSchema(n)); err != nil {
			t.Fatal(err)
		}
		wholes[n] = files(t)
	}
	most := len(secondFiles(t))
	for kills := range *killRounds {
		killGenerator(t, random.IntN(most))
		next := alternativeSchema(kills)
		check := next
		check.Check = true
		err := pipeline.Run(check)
		isCurrent := maps.Equal(files(t), wholes[kills%2])
		if isCurrent != (err == nil) || !isCurrent && (!errors.Is(err, pipeline.ErrStale) || strings.Contains(err.Error(), "by hand")) {
			t.Fatalf("-check says %v, and that the folder is current is %v", err, isCurrent)
		}
		if err := pipeline.Run(next); err != nil {
			t.Fatal(err)
		}
		if have := files(t); !maps.Equal(have, wholes[kills%2]) {
			t.Fatalf("the run after leaves %d files, not %d", len(have), len(wholes[kills%2]))
		}
	}
}

// secondFiles returns the source that is there of the second schema.
func secondFiles(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("gen/things[345]/*.go")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// killGenerator starts a generator, and kills it once it has begun its second run and there
// are so many files of the second schema.
func killGenerator(t *testing.T, written int) {
	t.Helper()
	self, err := filepath.Abs(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	generator := exec.CommandContext(t.Context(), self)
	generator.Env = append(os.Environ(), asGenerator+"=1")
	generator.Stderr = os.Stderr
	out, err := generator.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := generator.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "1" {
	}
	for len(secondFiles(t)) < written {
	}
	if err := generator.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	var exit *exec.ExitError
	if err := generator.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the generator ended by itself: %v", err)
	}
}
