package command

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/api/server"
)

// asSVG is a form of output, too.
const asSVG = "svg"

// question is what capacity is asked.
type question struct {
	tier   string
	demand capacity.Demand
	live   bool
}

func capacityCommand(t *terminal) *cobra.Command {
	var q question
	var form string
	cmd := &cobra.Command{
		Use:   "capacity",
		Short: "Say how far a deployment goes, what runs out first, and when to add an instance or a cluster; exit 1 if it does not fit",
		Args:  noArgument,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := q.check(cmd); err != nil {
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
	flags.IntVar(&d.Instances, "instances", 1, "how many servers run")
	flags.IntVar(&d.Others, "others", 0, "how many other processes have a pool meanwhile: servers that a deployment starts before it ends old ones, workers, runs of tenantctl")
	flags.IntVar(&d.Pool, "pool", 0, "the most connections of a process to a node (default MAX_POOL_SIZE)")
	flags.IntVar(&d.Cores, "cores", defaultCores, "an instance's processors")
	flags.IntVar(&d.Tenants, "tenants", 0, "how many tenants there are")
	flags.IntVar(&d.Ops, "ops", 0, "how many operations there are in a second, from all instances; needs --latency")
	flags.DurationVar(&d.Latency, "latency", 0, "how long the database takes for one, such as 5ms")
	flags.BoolVar(&q.live, "live", false, "ask the deployments of MONGO_URI and CLUSTERS what there is already, and what they take")
	outputFlag(cmd, &form, asTable, asJSON, asSVG)
	return cmd
}

// defaultCores are those of the smallest machines that servers run on as a rule.
const defaultCores = 2

// most bounds numbers whose products are computed with.
const most = 1_000_000_000

// check refuses what cannot be computed with.
func (q *question) check(cmd *cobra.Command) error {
	d := &q.demand
	for _, flag := range []struct {
		name               string
		value, least, most int
	}{
		{"instances", d.Instances, 1, most}, {"others", d.Others, 0, most}, {"pool", d.Pool, 1, capacity.MaxPool},
		{"cores", d.Cores, 1, most}, {"tenants", d.Tenants, 0, most}, {"ops", d.Ops, 1, most},
	} {
		if cmd.Flags().Changed(flag.name) && (flag.value < flag.least || flag.value > flag.most) {
			return fmt.Errorf("--%s takes a whole number from %d to %d, not %d", flag.name, flag.least, flag.most, flag.value)
		}
	}
	switch ops, latency := cmd.Flags().Changed("ops"), cmd.Flags().Changed("latency"); {
	case ops && !latency:
		return errors.New("--ops says nothing without --latency; write how long the database takes for an operation, such as --latency 5ms")
	case latency && !ops:
		return errors.New("--latency says nothing without --ops; write how many operations there are in a second, such as --ops 2000")
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

// poolSize is the one variable that matters where no database is asked.
type poolSize struct {
	MaxPoolSize uint64 `env:"MAX_POOL_SIZE" envDefault:"50" takes:"a whole number from 1 to 10000"`
}

// tierNamed is the tier, nil if none was named.
func (q *question) tierNamed() (*capacity.Tier, error) {
	if q.tier == "" {
		return nil, nil
	}
	tier, err := capacity.TierNamed(q.tier)
	if err != nil {
		return nil, fmt.Errorf("--tier: %w", err)
	}
	return &tier, nil
}

// planned answers without a look at any deployment.
func (q *question) planned(app server.App) (*capacityReport, error) {
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

// report is one without clusters.
func (q *question) report(app server.App, tier *capacity.Tier) *capacityReport {
	return &capacityReport{Tier: tier, Source: capacity.TierSource, Schema: app.Namespaces(), Measured: capacity.Request()}
}

// checkPool refuses a pool that a node can never fill.
func checkPool(pool, connections int, of string) error {
	if largest := capacity.LargestPool(connections); pool > largest {
		return fmt.Errorf("a pool of %d is above the %d connections that a process can have to a node of %s, which takes %d; write a smaller --pool or MAX_POOL_SIZE",
			pool, largest, of, connections)
	}
	return nil
}
