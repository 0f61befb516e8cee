package command

import (
	"bufio"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// yesFlag adds --yes, without which a command that removes something asks first.
func yesFlag(cmd *cobra.Command, yes *bool) {
	cmd.Flags().BoolVarP(yes, "yes", "y", false, "do not ask before removing anything")
}

// confirm asks whether to proceed, unless --yes was given. Without a terminal to
// ask at, the answer is no.
func (t *terminal) confirm(yes bool, what string) error {
	if yes {
		return nil
	}
	if !t.interactive {
		return fmt.Errorf("%s: confirm with --yes", what)
	}
	_, _ = fmt.Fprintf(t.err, "%s. Continue? [y/N] ", what)
	line, _ := bufio.NewReader(t.in).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was done")
}
