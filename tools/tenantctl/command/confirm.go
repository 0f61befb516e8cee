package command

import (
	"bufio"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// yesFlag adds --yes, without which a command that takes something away asks first.
func yesFlag(cmd *cobra.Command, yes *bool) {
	cmd.Flags().BoolVarP(yes, "yes", "y", false, "do not ask before anything is taken away")
}

// confirm asks whether to do what is about to be done, unless that was said with
// --yes. Where there is nobody to ask, it is not done.
func (t *terminal) confirm(yes bool, what string) error {
	if yes {
		return nil
	}
	if !t.asks {
		return fmt.Errorf("%s: say so with --yes", what)
	}
	_, _ = fmt.Fprintf(t.err, "%s. Go on? [y/N] ", what)
	line, _ := bufio.NewReader(t.in).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "y", "yes":
		return nil
	}
	return errors.New("nothing was done")
}
