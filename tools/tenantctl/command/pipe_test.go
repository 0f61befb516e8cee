package command

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// asItself says, in its environment, that a test's process is tenantctl.
const asItself = "TENANTCTL_AS_ITSELF"

// TestNobodyReads what tenantctl writes: it ends with an exit code, and is not killed on
// the way, as a run would be that tells how far it is.
func TestNobodyReads(t *testing.T) {
	if os.Getenv(asItself) != "" {
		os.Args = append(os.Args[:1], strings.Fields(os.Getenv(asItself))...)
		os.Exit(Main(app))
	}
	for line, stdout := range map[string]bool{"--version": true, "nix": false} {
		var read bytes.Buffer
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		_ = reader.Close()
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestNobodyReads$")
		cmd.Env = append(os.Environ(), asItself+"="+line)
		cmd.Stdout, cmd.Stderr = writer, &read
		if !stdout {
			cmd.Stdout, cmd.Stderr = &read, writer
		}
		err = cmd.Run()
		_ = writer.Close()
		if ended, ok := errors.AsType[*exec.ExitError](err); !ok || ended.ExitCode() != exitCannot {
			t.Errorf("%s: %v; %s", line, err, &read)
		}
		if stdout && !strings.Contains(read.String(), "the results cannot be written") {
			t.Errorf("%s: %s", line, &read)
		}
	}
}
