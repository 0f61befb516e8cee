package command

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// oneArgument accepts exactly the argument in the command's usage.
func oneArgument(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return fmt.Errorf("%s is missing; write %s", strings.Fields(cmd.Use)[1], cmd.UseLine())
	case len(args) > 1:
		return fmt.Errorf("%.70q is one argument too many; write %s", args[1], cmd.UseLine())
	}
	return nil
}

// firstArgument accepts the argument that is first in the command's usage, and any more.
func firstArgument(cmd *cobra.Command, args []string) error {
	return oneArgument(cmd, args[:min(len(args), 1)])
}

func noArgument(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%.70q is one argument too many; write %s", args[0], cmd.UseLine())
	}
	return nil
}

// knownCommand refuses a name that is none of the command's subcommands.
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
	return fmt.Errorf("%.70q is not a command of %s; there are %s", args[0], cmd.CommandPath(), strings.Join(names, ", "))
}

// flagError says what a flag takes, instead of how the package that parses it
// failed.
func flagError(_ *cobra.Command, err error) error {
	var wrong interface {
		GetValue() string
		Unwrap() error
	}
	if !errors.As(err, &wrong) {
		return err
	}
	reason := wrong.Unwrap()
	takes := kindOf(reason)
	if takes == "" {
		return err
	}
	return fmt.Errorf("%s: it takes %s", strings.TrimSuffix(err.Error(), ": "+reason.Error()), takes)
}

// kindOf returns what would have been accepted, empty if the reason already says
// so.
func kindOf(reason error) string {
	number, ok := errors.AsType[*strconv.NumError](reason)
	switch {
	case errors.Is(reason, strconv.ErrRange):
		return "a smaller number"
	case ok && number.Func == "ParseBool":
		return "true or false"
	case ok:
		return "a whole number"
	case strings.HasPrefix(reason.Error(), "time: "):
		return "a duration, such as 5ms or 1h"
	}
	return ""
}
