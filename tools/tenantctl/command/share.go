package command

import (
	"errors"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/tenants"
)

// shareView is a tenant's share as it is shown.
type shareView struct {
	Tenant string `json:"tenant"`
	Weight int64  `json:"weight"`
	// PerSecond and Burst are null without a limit.
	PerSecond store.Optional[float64] `json:"perSecond"`
	Burst     store.Optional[int64]   `json:"burst"`
}

// tenantShare shows and changes what a tenant may take of what all tenants share.
func tenantShare(t *terminal) *cobra.Command {
	var weight, burst int64
	var rate float64
	var form string
	cmd := &cobra.Command{
		Use:   "share NAME",
		Short: "Show or change what a tenant may take of what all tenants share",
		Long: `Show what a tenant may take of what all tenants share, or change it with flags. Where operations of several tenants wait
for a cluster's connections, tenants take turns; one of weight 2 has two of them where others have one. --rate limits its
requests to each server, whether or not anybody waits; --rate 0 takes the limit away, --burst 0 has it follow the rate.`,
		Args: oneArgument,
		RunE: withStack(t, func(cmd *cobra.Command, stack *server.Stack, _ *environment, args []string) error {
			one, err := find(cmd, t, stack.Catalog, args[0])
			if err != nil {
				return err
			}
			patch, changed := tenants.SharePatch{}, false
			for name, change := range map[string]func(){
				"weight": func() { patch.Weight = store.Set(weight) },
				"rate":   func() { patch.PerSecond = setOrUnset(rate) },
				"burst":  func() { patch.Burst = setOrUnset(burst) },
			} {
				if cmd.Flags().Changed(name) {
					change()
					changed = true
				}
			}
			if changed {
				err := stack.Catalog.SetShare(cmd.Context(), one, patch)
				if invalid, ok := errors.AsType[*store.InvalidError](err); ok {
					return fmt.Errorf("--weight, --rate, --burst: %w", invalid)
				}
				if err != nil {
					return err
				}
			}
			return t.share(form, shareView{one.Name, one.Share.Weight, one.Share.PerSecond, one.Share.Burst})
		}),
	}
	cmd.Flags().Int64Var(&weight, "weight", 1, "how many turns it has where others have one, 1 to 100")
	cmd.Flags().Float64Var(&rate, "rate", 0, "how many requests it may send to each server per second; 0: as many as it likes")
	cmd.Flags().Int64Var(&burst, "burst", 0, "how many requests it may send at once; 0: as many as in a second")
	outputFlag(cmd, &form, asTable, asJSON)
	return cmd
}

// setOrUnset sets a number, and removes it for 0.
func setOrUnset[N int64 | float64](n N) store.Change[N] {
	if n == 0 {
		return store.Unset[N]()
	}
	return store.Set(n)
}

func (t *terminal) share(form string, v shareView) error {
	if form == asJSON {
		return t.json([]shareView{v})
	}
	rate, burst := "no limit", ""
	if perSecond, limited := v.PerSecond.Get(); limited {
		rate, burst = fmt.Sprintf("%g/s", perSecond), "as many as in a second"
	}
	if n, given := v.Burst.Get(); given {
		burst = fmt.Sprint(n)
	}
	t.table(table.Row{"name", "weight", "rate", "burst"}, []table.Row{{v.Tenant, v.Weight, rate, burst}})
	return nil
}
