package command

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// reference is what docs/tenantctl.md says of a command and those below it.
func reference(w io.Writer, cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "completion" && sub.Name() != "help" {
			reference(w, sub)
		}
	}
	if !cmd.Runnable() || cmd.HasAvailableSubCommands() {
		return
	}
	text := cmd.Long
	if text == "" {
		text = cmd.Short
	}
	_, _ = fmt.Fprintf(w, "\n### %s\n\n%s.\n", strings.TrimSuffix(cmd.UseLine(), " [flags]"), strings.TrimSuffix(text, "."))
	cmd.InitDefaultHelpFlag()
	var flags []string
	for line := range strings.Lines(cmd.NonInheritedFlags().FlagUsages()) {
		if !strings.Contains(line, "--help") {
			flags = append(flags, line)
		}
	}
	if len(flags) > 0 {
		_, _ = fmt.Fprintf(w, "\n```\n%s```\n", strings.Join(flags, ""))
	}
}

// TestReference holds docs/tenantctl.md against the commands that there are; -update
// writes what is behind its first heading anew.
func TestReference(t *testing.T) {
	const path, heading = "../../../docs/tenantctl.md", "\n## Commands\n"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, have, found := strings.Cut(string(text), heading)
	if !found {
		t.Fatalf("%s has no %q", path, strings.TrimSpace(heading))
	}
	var want strings.Builder
	reference(&want, newRoot(&terminal{out: io.Discard, err: io.Discard}))
	if have == want.String() {
		return
	}
	if !*update {
		t.Fatalf("%s is not what the commands say; go test ./tools/tenantctl/command -run TestReference -update", path)
	}
	if err := os.WriteFile(path, []byte(before+heading+want.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
