package command

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// oneArgument takes the one that the command's usage names.
func oneArgument(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return fmt.Errorf("%s is missing; write %s", strings.Fields(cmd.Use)[1], cmd.UseLine())
	case len(args) > 1:
		return fmt.Errorf("%.70q is one argument too many; write %s", args[1], cmd.UseLine())
	}
	return nil
}

func noArgument(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%.70q is one argument too many; write %s", args[0], cmd.UseLine())
	}
	return nil
}

// knownCommand refuses what is none of a command's own.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	if names == nil {
		return noArgument(cmd, args)
	}
	return fmt.Errorf("%.70q is no command of %s; there are %s", args[0], cmd.CommandPath(), strings.Join(names, ", "))
}
