package server_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
)

func TestMain(m *testing.M) {
	code := testdb.Run(m)
	_ = os.RemoveAll(shopModule.dir)
	_ = os.RemoveAll(command.dir)
	os.Exit(code)
}

// bearer returns the header that a token goes in.
var bearer = servertest.Bearer

// command is the server's own program, compiled once for all tests.
var command struct {
	once sync.Once
	dir  string
	err  error
}

// builtCommand returns the path of the program. TestMain removes it.
func builtCommand(t *testing.T) string {
	t.Helper()
	command.once.Do(func() {
		if command.dir, command.err = os.MkdirTemp("", "api"); command.err != nil {
			return
		}
		cmd := exec.Command("go", "build", withoutSymbols, "-o", command.dir, "..")
		if out, err := cmd.CombinedOutput(); err != nil {
			command.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if command.err != nil {
		t.Fatal(command.err)
	}
	return filepath.Join(command.dir, "api")
}

// withoutSymbols has the linker leave out what only debuggers read: that is half of its
// work.
const withoutSymbols = "-ldflags=-s -w"
