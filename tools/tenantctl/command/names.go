package command

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
)

// namesFlag adds a flag that takes names separated by commas, and may be repeated.
// Without it all tenants are meant, so an empty value, such as from an unset
// variable in a script, is refused.
func namesFlag(cmd *cobra.Command, names *[]string, flag, usage string) {
	cmd.Flags().Func(flag, usage, func(list string) error {
		for name := range strings.SplitSeq(list, ",") {
			name = strings.TrimSpace(name)
			if name == "" {
				return errors.New("a name is missing; write NAME or NAME,NAME")
			}
			*names = append(*names, name)
		}
		return nil
	})
}

func tenantFlag(cmd *cobra.Command, names *[]string) {
	namesFlag(cmd, names, "tenant", "only these tenants, `NAME,…`")
}
