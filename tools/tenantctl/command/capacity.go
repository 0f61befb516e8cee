package command

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/api/server"
)

// asSVG is a further form of output.
const asSVG = "svg"

// capacityFlags are the flags of capacity.
type capacityFlags struct {
	tier   string
	demand capacity.Demand
	live   bool
}

func capacityCommand(t *terminal) *cobra.Command {
	var q capacityFlags
	var form string
	cmd := &cobra.Command{
		Use:   "capacity",
		Short: "Show how far a deployment goes, what runs out first, and when to add an instance or a cluster; exit 1 if it does not fit",
		Args:  noArgument,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := q.check(cmd, t.app.Namespaces().Collections()); err != nil {
				return err
			}
			var report *capacityReport
			var err error
			if q.live {
				report, err = q.observed(cmd, t)
			} else {
				report, err = q.planned(t.app)
			}
			if err != nil {
				return err
			}
			if err := t.capacity(form, report); err != nil {
				return err
			}
			if !report.Fits() {
				return errNo
			}
			return nil
		},
	}
	flags, d := cmd.Flags(), &q.demand
	flags.StringVar(&q.tier, "tier", "", "the deployment's tier at MongoDB Atlas, such as M20")
	flags.IntVar(&d.Instances, "instances", 1, "the number of servers")
	flags.IntVar(&d.Others, "others", 0, "the number of other processes with a pool: servers that a rolling deployment starts before it stops old ones, workers, runs of tenantctl")
	flags.IntVar(&d.Pool, "pool", 0, "the maximum number of connections of a process to a node (default MAX_POOL_SIZE)")
	flags.IntVar(&d.Cores, "cores", defaultCores, "the number of an instance's processors")
	flags.IntVar(&d.Tenants, "tenants", 0, "the number of tenants")
	flags.IntVar(&d.CollectionsUsed, "collections-used", 0, "how many of the declared collections a tenant uses, those with most indexes: each comes with its first document (default all)")
	flags.IntVar(&d.Ops, "ops", 0, "the number of operations per second, from all instances; needs --latency")
	flags.DurationVar(&d.Latency, "latency", 0, "how long an operation takes, such as 5ms")
	flags.BoolVar(&q.live, "live", false, "ask the deployments of MONGO_URI and CLUSTERS for their limits and current use")
	outputFlag(cmd, &form, asTable, asJSON, asSVG)
	return cmd
}

// defaultCores is the number of processors of the smallest usual machines.
const defaultCores = 2

// maxNumber bounds numbers whose products are computed.
const maxNumber = 1_000_000_000

// check refuses numbers that cannot be computed with; the schema has so many collections per tenant.
func (q *capacityFlags) check(cmd *cobra.Command, collections int) error {
	d := &q.demand
	for _, flag := range []struct {
		name               string
		value, least, most int
	}{
		{"instances", d.Instances, 1, maxNumber}, {"others", d.Others, 0, maxNumber}, {"pool", d.Pool, 1, capacity.MaxPool},
		{"cores", d.Cores, 1, maxNumber}, {"tenants", d.Tenants, 0, maxNumber}, {"ops", d.Ops, 1, maxNumber},
		{"collections-used", d.CollectionsUsed, 1, collections},
	} {
		if cmd.Flags().Changed(flag.name) && (flag.value < flag.least || flag.value > flag.most) {
			return fmt.Errorf("--%s takes a whole number from %d to %d, not %d", flag.name, flag.least, flag.most, flag.value)
		}
	}
	switch ops, latency := cmd.Flags().Changed("ops"), cmd.Flags().Changed("latency"); {
	case ops && !latency:
		return errors.New("--ops needs --latency; write how long an operation takes, such as --latency 5ms")
	case latency && !ops:
		return errors.New("--latency needs --ops; write the number of operations per second, such as --ops 2000")
	case latency && d.Latency <= 0:
		return fmt.Errorf("--latency takes a duration above 0, such as 5ms, not %s", d.Latency)
	case latency && d.Latency > time.Hour:
		return fmt.Errorf("--latency takes a duration of an hour at most, such as 5ms, not %s", d.Latency)
	}
	if cmd.Flags().Changed("pool") {
		return nil
	}
	var env poolSize
	if err := server.LoadEnvironment(&env); err != nil {
		return err
	}
	if env.MaxPoolSize < 1 || env.MaxPoolSize > capacity.MaxPool {
		return fmt.Errorf("MAX_POOL_SIZE: takes a whole number from 1 to %d; it is %d", capacity.MaxPool, env.MaxPoolSize)
	}
	d.Pool = int(env.MaxPoolSize)
	return nil
}

// poolSize is the only variable that matters if no database is asked.
type poolSize struct {
	MaxPoolSize uint64 `env:"MAX_POOL_SIZE" envDefault:"50" takes:"a whole number from 1 to 10000"`
}

// tierNamed returns the tier, nil if none was named.
func (q *capacityFlags) tierNamed() (*capacity.Tier, error) {
	if q.tier == "" {
		return nil, nil
	}
	tier, err := capacity.TierNamed(q.tier)
	if err != nil {
		return nil, fmt.Errorf("--tier: %w", err)
	}
	return &tier, nil
}

// planned reports from the flags alone, without asking any deployment.
func (q *capacityFlags) planned(app server.App) (*capacityReport, error) {
	tier, err := q.tierNamed()
	if err != nil {
		return nil, err
	}
	if tier == nil {
		return nil, errors.New("--tier is missing; write the deployment's, such as --tier M20, or ask the deployment itself with --live")
	}
	if err := checkPool(q.demand.Pool, tier.Connections, tier.Name); err != nil {
		return nil, err
	}
	r := q.report(app, tier)
	r.Clusters = []clusterPlan{{Plan: capacity.NewPlan(*tier, q.demand, r.Schema)}}
	return r, nil
}

// report returns a report without clusters.
func (q *capacityFlags) report(app server.App, tier *capacity.Tier) *capacityReport {
	return &capacityReport{Tier: tier, Source: capacity.TierSource, Schema: app.Namespaces(), Measured: capacity.Request()}
}

// checkPool refuses a pool larger than a node allows.
func checkPool(pool, connections int, of string) error {
	if largest := capacity.LargestPool(connections); pool > largest {
		return fmt.Errorf("a pool of %d is above the %d connections that a process can have to a node of %s, which takes %d; write a smaller --pool or MAX_POOL_SIZE",
			pool, largest, of, connections)
	}
	return nil
}
