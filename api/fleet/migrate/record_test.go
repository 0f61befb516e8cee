package migrate

import (
	"context"
	"errors"
	"testing"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/runs"
)

// TestRecordsLastWriteStands: one that was begun before the run ended, and that reaches the
// database afterwards, changes nothing.
func TestRecordsLastWriteStands(t *testing.T) {
	t.Parallel()
	f, _, _ := modelMigrator(t, nil)
	done := 297
	r, err := f.newRecord(t.Context(), &Options{}, 300, func() Outcome { return Outcome{Done: done} })
	if err != nil {
		t.Fatal(err)
	}
	before, err := f.runs().Get(t.Context(), r.id)
	if err != nil {
		t.Fatal(err)
	}
	before, err = r.renew(t.Context(), before)
	if err != nil || before.Done != 297 {
		t.Fatalf("%+v, %v", before, err)
	}
	done = 300
	if err := r.end(t.Context(), runs.StateDone); err != nil {
		t.Fatal(err)
	}
	done = 298
	if late, err := r.renew(t.Context(), before); !errors.Is(err, store.ErrStale) {
		t.Errorf("%+v, %v", late, err)
	}
	if last, err := f.LastRun(t.Context()); err != nil || last.State != runs.StateDone || last.Done != 300 {
		t.Errorf("%+v, %v", last, err)
	}
	// A record whose state is not known is read first.
	if now, err := r.renew(t.Context(), nil); err != nil || now.Done != 298 {
		t.Errorf("%+v, %v", now, err)
	}
}

// TestPanicEndsARunsLease: the next run need not wait for it to expire.
func TestPanicEndsARunsLease(t *testing.T) {
	t.Parallel()
	f, _, _ := modelMigrator(t, nil)
	func() {
		defer func() {
			if said := recover(); said != "no" {
				t.Errorf("it ends with %v", said)
			}
		}()
		_, _ = f.withRunLease(t.Context(), "nothing", func(context.Context) (*Outcome, error) { panic("no") })
	}()
	if goesOn, err := f.isMigrating(t.Context()); goesOn || err != nil {
		t.Errorf("it goes on: %v, %v", goesOn, err)
	}
}
