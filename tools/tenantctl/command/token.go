package command

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/gen/tenants"
)

func tokenCommand(t *terminal) *cobra.Command {
	var who auth.Identity
	var ttl time.Duration
	cmd := &cobra.Command{
		Use:   "token TENANT",
		Short: "Print a token for a tenant, for scripts and for trying out the API",
		Args:  oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error {
			if ttl < time.Second || ttl > auth.MaxTTL { // tokens count in seconds
				return fmt.Errorf("--ttl takes a duration from 1s to %s, not %s", auth.MaxTTL, ttl)
			}
			if err := t.checkVocabulary(who); err != nil {
				return err
			}
			stack, env, err := open(cmd.Context(), t)
			if err != nil {
				return err
			}
			defer stack.Close()
			keys, err := env.Keys()
			if err != nil {
				return err
			}
			one, err := find(cmd, t, stack.Catalog, args[0])
			if err != nil {
				return err
			}
			if one.State != tenants.StateActive {
				t.printError(fmt.Errorf("tenant %q is %s and not served", one.Name, one.State))
				return errNo
			}
			who.Tenant, who.Expires = one.ID, time.Now().Add(ttl)
			token, err := auth.NewTokens(keys).Issue(who)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(t.out, token)
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&who.Permissions, "permissions", []string{"read"}, "what its bearer may do, separated by commas")
	flags.StringVar(&who.Role, "role", "", "its bearer's role")
	flags.DurationVar(&ttl, "ttl", time.Hour, "how long it is valid, at most 24h")
	return cmd
}

// checkVocabulary refuses roles and permissions that the schema does not know: a
// mistyped one would make a token that may do nothing.
func (t *terminal) checkVocabulary(who auth.Identity) error {
	accounts, err := t.users()
	if err != nil {
		return err
	}
	if who.Role != "" {
		if err := accounts.CheckRole(who.Role); err != nil {
			return fmt.Errorf("--role %q: %w", who.Role, err)
		}
	}
	for _, permission := range who.Permissions {
		if err := accounts.CheckPermission(permission); err != nil {
			return fmt.Errorf("--permissions %q: %w", permission, err)
		}
	}
	return nil
}
