package command

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
)

// namesFlag adds a flag that takes names separated by commas, and may be given again.
// Without it all tenants are meant, so that one without a name, such as a variable of
// a script that is empty, is refused.
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
