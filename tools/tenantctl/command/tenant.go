package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/tenant"
)

func tenantCommand(t *terminal) *cobra.Command {
	return group("tenant", "Create and inspect tenants", tenantCreate(t), tenantList(t), tenantShow(t), tenantMaterialize(t), tenantShare(t), tenantDelete(t))
}

func (t *terminal) tenants(form string, list []tenant.View) error {
	if form == asJSON {
		return t.json(list)
	}
	rows := make([]table.Row, len(list))
	for i, v := range list {
		rows[i] = table.Row{v.Name, v.State, v.Cluster, v.Database, v.ID}
	}
	t.table(table.Row{"name", "state", "cluster", "database", "_id"}, rows)
	return nil
}

// tenant prints one tenant, and which collections it has.
func (t *terminal) tenant(form string, v tenant.View) error {
	if form == asJSON {
		return t.json([]tenant.View{v})
	}
	collections := strings.Join(v.Collections, ", ")
	switch {
	case v.Collections == nil:
		collections = "not known"
	case collections == "":
		collections = "none yet"
	}
	t.table(table.Row{"name", "state", "cluster", "database", "_id", "collections"}, []table.Row{{v.Name, v.State, v.Cluster, v.Database, v.ID, collections}})
	return nil
}

func tenantCreate(t *terminal) *cobra.Command {
	var cluster, form string
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Create a tenant with a database of its own, or finish one whose creation was interrupted",
		Long: `Create a tenant with a database of its own, or finish one whose creation was interrupted. Its collections come with their
first documents, so that its cluster is not asked for anything now: that it is away shows with the first write.
EAGER_COLLECTIONS has all of them made at once.`,
		Args: oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error {
			stack, _, err := open(cmd.Context(), t)
			if err != nil {
				return err
			}
			defer stack.Close()
			made, err := stack.Fleet.Provision(cmd.Context(), args[0], cluster)
			if errors.Is(err, tenant.ErrExists) {
				t.printError(err)
				return errNo
			}
			if err != nil {
				return err
			}
			return t.tenants(form, []tenant.View{made.View()})
		},
	}
	cmd.Flags().StringVar(&cluster, "cluster", tenant.DefaultCluster, "the deployment for the tenant's database")
	outputFlag(cmd, &form, asTable, asJSON)
	return cmd
}

func tenantList(t *terminal) *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tenants that are provisioning, active or suspended",
		Args:  noArgument,
		RunE: func(cmd *cobra.Command, _ []string) error {
			stack, _, err := open(cmd.Context(), t)
			if err != nil {
				return err
			}
			defer stack.Close()
			list := []tenant.View{}
			refused := false
			for one, err := range stack.Catalog.List(cmd.Context()) {
				switch {
				case err == nil:
					list = append(list, one.View())
				case tenant.IsEntryError(err):
					t.printError(err)
					refused = true
				default:
					return err
				}
			}
			if err := t.tenants(form, list); err != nil {
				return err
			}
			if refused {
				return errNo
			}
			return nil
		},
	}
	outputFlag(cmd, &form, asTable, asJSON)
	return cmd
}

func tenantShow(t *terminal) *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:   "show NAME",
		Short: "Show one tenant, and which collections it has",
		Args:  oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error {
			stack, _, err := open(cmd.Context(), t)
			if err != nil {
				return err
			}
			defer stack.Close()
			one, err := find(cmd, t, stack.Catalog, args[0])
			if err != nil {
				return err
			}
			return t.tenant(form, one.View())
		},
	}
	outputFlag(cmd, &form, asTable, asJSON)
	return cmd
}

func tenantDelete(t *terminal) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete NAME",
		Short: "Remove a tenant whose provisioning was not completed, and which has no documents",
		Long: "Remove a tenant whose provisioning was not completed: its entry and its database, which must have no documents. " +
			"If its entry names an unknown cluster or another tenant's database, only the entry is removed.",
		Args: oneArgument,
		RunE: withStack(t, func(cmd *cobra.Command, stack *server.Stack, _ *environment, args []string) error {
			err := stack.Fleet.CheckDiscard(cmd.Context(), args[0])
			if err == nil {
				if err := t.confirm(yes, fmt.Sprintf("this removes tenant %.70q, with its empty database", args[0])); err != nil {
					return err
				}
				err = stack.Fleet.Discard(cmd.Context(), args[0])
			}
			_, retained := errors.AsType[*fleet.RetainedError](err)
			switch {
			case errors.Is(err, tenant.ErrUnknown):
				return t.noTenant(args[0])
			case retained:
				t.printError(err)
				return errNo
			case err != nil:
				return err
			}
			_, err = fmt.Fprintf(t.out, "%s: removed\n", args[0])
			return err
		}),
	}
	yesFlag(cmd, &yes)
	return cmd
}

// noTenant prints that there is no tenant of that name, and returns errNo.
func (t *terminal) noTenant(name string) error {
	t.printError(fmt.Errorf("there is no tenant %.70q", name))
	return errNo
}

// find returns the tenant of that name in any state, errNo if there is none.
func find(cmd *cobra.Command, t *terminal, catalog *tenant.Catalog, name string) (*tenant.Entry, error) {
	one, err := catalog.Find(cmd.Context(), name)
	if !errors.Is(err, tenant.ErrUnknown) {
		return one, err
	}
	if err := catalog.Diagnose(cmd.Context(), name); err != nil {
		if tenant.IsEntryError(err) {
			t.printError(err)
			return nil, errNo
		}
		return nil, err
	}
	return nil, t.noTenant(name)
}
