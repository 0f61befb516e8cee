package tenant_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// leased returns a tenant to hold the lock of.
func leased(t *testing.T) (*fixture, *tenant.Entry) {
	t.Helper()
	f := newFixture(t, time.Minute)
	f.enter(t, bson.D{{Key: "name", Value: f.prefix}, {Key: "__v", Value: int32(0)}})
	return f, find(t, f, f.prefix)
}

func find(t *testing.T, f *fixture, name string) *tenant.Entry {
	t.Helper()
	one, err := f.Find(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return one
}

func fingerprint(text string) tenants.Patch {
	return tenants.Patch{Fingerprint: store.Set(text)}
}

func TestLockHasOneOwner(t *testing.T) {
	f, one := leased(t)
	var all sync.WaitGroup
	var owners atomic.Int32
	for range 16 {
		all.Go(func() {
			lease, err := hold(t.Context(), f.Catalog, one.ID, "somebody", time.Minute)
			_, locked := errors.AsType[*tenant.LockedError](err)
			switch {
			case locked:
			case err != nil:
				t.Error(err)
			default:
				owners.Add(1)
				t.Cleanup(func() { _ = lease.Release(tenants.Patch{}) })
			}
		})
	}
	all.Wait()
	if owners.Load() != 1 {
		t.Errorf("%d own it", owners.Load())
	}
	_, err := hold(t.Context(), f.Catalog, one.ID, "another", time.Minute)
	if locked, ok := errors.AsType[*tenant.LockedError](err); !ok || locked.Owner != "somebody" || locked.Tenant != f.prefix || locked.Until.Before(time.Now()) {
		t.Errorf("%+v", err)
	}
}

func TestLockIsGivenBack(t *testing.T) {
	f, one := leased(t)
	for want := range int64(3) {
		ctx, cancel := context.WithCancel(t.Context())
		lease, err := hold(ctx, f.Catalog, one.ID, "somebody", time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		// What began is recorded although the one who asked for it has left.
		cancel()
		if err := lease.Release(fingerprint("abc")); err != nil {
			t.Fatal(err)
		}
		got := find(t, f, one.Name)
		if got.Lock.Owner != "" || !got.Lock.Until.IsZero() || got.Lock.Token != want+1 || got.Fingerprint != "abc" {
			t.Errorf("%+v, %s", got.Lock, got.Fingerprint)
		}
	}
}

// TestLateWriteIsRefused lets a lease run out unnoticed: its owner's process stood
// still.
func TestLateWriteIsRefused(t *testing.T) {
	f, one := leased(t)
	late, err := hold(t.Context(), f.Catalog, one.ID, "late", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	f.runOut(t, one)
	next, err := hold(t.Context(), f.Catalog, one.ID, "next", time.Hour)
	if err != nil {
		t.Fatalf("a lock that ran out: %v", err)
	}
	if err := late.Write(t.Context(), fingerprint("late")); !errors.Is(err, tenant.ErrFenced) {
		t.Errorf("the late owner writes: %v", err)
	}
	if err := next.Write(t.Context(), fingerprint("next")); err != nil {
		t.Error(err)
	}
	if err := late.Release(fingerprint("late")); err != nil {
		t.Errorf("giving back what is another's: %v", err)
	}
	if got := find(t, f, one.Name); got.Lock.Owner != "next" || got.Fingerprint != "next" {
		t.Errorf("%+v, %s", got.Lock, got.Fingerprint)
	}
	if err := next.Release(tenants.Patch{}); err != nil {
		t.Error(err)
	}
}

// runOut makes the tenant's lock one that ran out a minute ago.
func (f *fixture) runOut(t *testing.T, one *tenant.Entry) {
	t.Helper()
	f.set(t, one, bson.D{{Key: "lock.until", Value: time.Now().Add(-time.Minute)}})
}

// set changes an entry behind the catalog's back.
func (f *fixture) set(t *testing.T, one *tenant.Entry, members bson.D) {
	t.Helper()
	result, err := f.entries(t).UpdateByID(t.Context(), one.ID, bson.D{{Key: "$set", Value: members}})
	if err != nil || result.MatchedCount != 1 {
		t.Fatal(result, err)
	}
}

// TestOthersMayWrite shows that a lease is about the tenant's data alone.
func TestOthersMayWrite(t *testing.T) {
	f, one := leased(t)
	lease, err := hold(t.Context(), f.Catalog, one.ID, "somebody", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.SetState(t.Context(), one, tenants.StateSuspended); err != nil {
		t.Fatal(err)
	}
	if err := lease.Release(fingerprint("abc")); err != nil {
		t.Fatal(err)
	}
	if got := find(t, f, one.Name); got.State != tenants.StateSuspended || got.Fingerprint != "abc" || got.Lock.Owner != "" {
		t.Errorf("%+v", got)
	}
}

func TestLeaseIsRenewed(t *testing.T) {
	f, one := leased(t)
	lease, err := hold(t.Context(), f.Catalog, one.ID, "somebody", 3*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	until := func() time.Time { return find(t, f, one.Name).Lock.Until.Or(time.Time{}) }
	first := until()
	for until().Sub(first) < time.Second {
		if lease.Context().Err() != nil {
			t.Fatalf("it ended: %v", context.Cause(lease.Context()))
		}
	}
	if err := lease.Release(tenants.Patch{}); err != nil {
		t.Error(err)
	}
}

// TestLostLeaseEndsItsWork takes the lock away from an owner that renews it.
func TestLostLeaseEndsItsWork(t *testing.T) {
	f, one := leased(t)
	lease, err := hold(t.Context(), f.Catalog, one.ID, "somebody", 3*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	owner, err := f.Unlock(t.Context(), one.ID)
	if err != nil || owner != "somebody" {
		t.Errorf("%q, %v", owner, err)
	}
	<-lease.Context().Done()
	if cause := context.Cause(lease.Context()); !errors.Is(cause, tenant.ErrFenced) {
		t.Errorf("it ended because %v", cause)
	}
	if err := lease.Release(fingerprint("late")); err != nil {
		t.Error(err)
	}
	if got := find(t, f, one.Name); got.Fingerprint != "" || got.Lock.Owner != "" {
		t.Errorf("%+v", got)
	}
	if owner, err := f.Unlock(t.Context(), one.ID); err != nil || owner != "" {
		t.Errorf("unlocking what nobody holds: %q, %v", owner, err)
	}
}

// TestPanicGivesTheLockBack: what a panic leaves behind is no lock that is renewed for
// as long as the process lives.
func TestPanicGivesTheLockBack(t *testing.T) {
	t.Parallel()
	f, one := leased(t)
	req := tenant.LeaseRequest{Owner: "somebody", TTL: time.Hour}
	func() {
		defer func() {
			if said := recover(); said != "no" {
				t.Errorf("it ends with %v", said)
			}
		}()
		_ = f.WithLease(t.Context(), one.ID, req, func(context.Context, *tenant.Lease) (tenants.Patch, error) { panic("no") })
	}()
	if got := find(t, f, one.Name); got.Lock.Owner != "" {
		t.Errorf("%+v", got.Lock)
	}
}
