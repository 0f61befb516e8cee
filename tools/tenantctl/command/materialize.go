package command

import (
	"errors"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/tenant"
)

func tenantMaterialize(t *terminal) *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:   "materialize NAME [COLLECTION...]",
		Short: "Make collections of a tenant with their indexes, before anybody writes to them",
		Long: "Make the named collections of an active or suspended tenant with their indexes, before anybody writes to them, or all that are declared. " +
			"What is there already stays as it is, but for missing indexes, which are built in every collection of the tenant.",
		Args: firstArgument,
		RunE: withStack(t, func(cmd *cobra.Command, stack *server.Stack, _ *environment, args []string) error {
			made, err := stack.Fleet.Materialize(cmd.Context(), args[0], args[1:])
			_, drifts := errors.AsType[*indexes.DriftError](err)
			switch {
			case errors.Is(err, tenant.ErrUnknown):
				_, err := find(cmd, t, stack.Catalog, args[0])
				return err
			case drifts || errors.Is(err, tenant.ErrState):
				t.printError(err)
				return errNo
			case err != nil:
				return err
			}
			return t.materialized(form, args[0], made)
		}),
	}
	outputFlag(cmd, &form, asTable, asJSON)
	return cmd
}

func (t *terminal) materialized(form, name string, m *fleet.Materialized) error {
	if form == asJSON {
		return t.json(struct {
			Tenant string `json:"tenant"`
			*fleet.Materialized
		}{name, m})
	}
	var rows []table.Row
	for _, one := range m.Made {
		rows = append(rows, table.Row{one, "made"})
	}
	for _, one := range m.There {
		rows = append(rows, table.Row{one, "was there already"})
	}
	t.table(table.Row{"collection", "result"}, rows)
	return nil
}
