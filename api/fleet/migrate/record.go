package migrate

import (
	"context"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen/runs"
)

// LastRun returns the record of the newest run, nil before the first. A run that died left
// its record as it was; it counts as interrupted once no process holds the runs' lease.
func (m *Migrator) LastRun(ctx context.Context) (*runs.Run, error) {
	last, err := m.newestRun(ctx)
	if err != nil || last == nil || last.State != runs.StateRunning {
		return last, err
	}
	goesOn, err := m.isMigrating(ctx)
	if err != nil || goesOn {
		return last, err
	}
	// A run that ended normally wrote its record before it released the lease.
	again, err := m.newestRun(ctx)
	if err == nil && again != nil && again.ID == last.ID && again.State == runs.StateRunning {
		again.State = runs.StateInterrupted
	}
	return again, err
}

func (m *Migrator) newestRun(ctx context.Context) (*runs.Run, error) {
	page, err := m.runs().Find(ctx, runs.Query{Sort: runs.CreatedAt.Desc(), Limit: 1})
	if err != nil || len(page.Documents) == 0 {
		return nil, err
	}
	return page.Documents[0], nil
}

func (m *Migrator) runs() runs.Repository { return runs.In(m.catalog.Admin()) }

// record is the record of a run, which is kept up to date during the run.
type record struct {
	id bson.ObjectID

	m        *Migrator
	standing func() Outcome
	// before is how many tenants were done when this process resumed the run.
	before  int64
	stop    context.CancelFunc
	stopped sync.WaitGroup
}

// recordInterval is how often the record of a run is brought up to date.
const recordInterval = 2 * time.Second

func (m *Migrator) newRecord(ctx context.Context, opts *Options, all int, standing func() Outcome) (*record, error) {
	made, err := m.runs().Create(ctx, runs.New{
		Owner: m.owner, Target: store.Some(opts.Target), Only: opts.Tenants, Tenants: store.Some(int64(all)),
	})
	if err != nil {
		return nil, err
	}
	return m.keep(ctx, made, 0, standing), nil
}

// continueRecord resumes the record of a run. The tenants that are no longer stale count
// as done.
func (m *Migrator) continueRecord(ctx context.Context, id bson.ObjectID, all int, standing func() Outcome) (*record, error) {
	run, err := m.runs().Update(ctx, id, runs.Patch{State: store.Set(runs.StateRunning), EndedAt: store.Unset[time.Time]()})
	if err != nil {
		return nil, err
	}
	return m.keep(ctx, run, max(run.Tenants-int64(all), 0), standing), nil
}

// keep keeps the record up to date until its end.
func (m *Migrator) keep(ctx context.Context, run *runs.Run, before int64, standing func() Outcome) *record {
	r := &record{id: run.ID, m: m, before: before, standing: standing}
	ctx, r.stop = context.WithCancel(ctx)
	r.stopped.Go(func() {
		written := run
		ticker := time.NewTicker(recordInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			var err error
			if written, err = r.renew(ctx, written); err != nil && ctx.Err() == nil {
				m.log.WarnContext(ctx, "the record of the run is behind", "run", run.ID.Hex(), "error", err)
			}
		}
	})
	return r
}

// renew brings the record up to date if it is still as it was last written: a write that
// was given up when the run ended may reach the database after the last one. It returns
// the record as it is now, nil if that is unknown.
func (r *record) renew(ctx context.Context, written *runs.Run) (*runs.Run, error) {
	if written == nil {
		var err error
		if written, err = r.m.runs().Get(ctx, r.id); err != nil {
			return nil, err
		}
	}
	return r.write(ctx, runs.Patch{}, store.IfRev(written.Rev()))
}

// recordedFailures bounds how many failures a record names.
const recordedFailures = 1000

func (r *record) write(ctx context.Context, patch runs.Patch, opts ...store.WriteOption) (*runs.Run, error) {
	now := r.standing()
	patch.Done, patch.Failed = store.Set(r.before+int64(now.Done)), store.Set(int64(len(now.Failures)))
	var failures []runs.Failure
	for _, f := range now.Failures[:min(len(now.Failures), recordedFailures)] {
		failure := runs.Failure{Name: recorded(f.Tenant), Problem: recorded(f.Problem)}
		if !f.ID.IsZero() {
			failure.Tenant = store.Some(f.ID)
		}
		failures = append(failures, failure)
	}
	patch.Failures = store.Set(failures)
	return r.m.runs().Update(ctx, r.id, patch, opts...)
}

// recordTimeout bounds how long the last write of a record may take.
const recordTimeout = 10 * time.Second

// end records how the run ended, even if its context has.
func (r *record) end(ctx context.Context, state runs.StateValue) error {
	r.stop()
	r.stopped.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	_, err := r.write(ctx, runs.Patch{State: store.Set(state), EndedAt: store.Set(wire.Now())})
	return err
}
