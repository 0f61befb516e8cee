package tenant_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/tenants"
)

// entryOf is an entry as it is stored, nil where there is none.
func entryOf(t *testing.T, entries *mongo.Collection, name string) bson.Raw {
	t.Helper()
	doc, err := entries.FindOne(t.Context(), bson.D{{Key: "name", Value: name}}).Raw()
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		t.Fatal(err)
	}
	return doc
}

// TestTheCatalogFails at each command of each of its operations in turn. That is told
// as a database that does not answer, no entry is changed, and tried again everything
// goes its way.
func TestTheCatalogFails(t *testing.T) {
	t.Parallel()
	for _, o := range []struct {
		name string
		do   func(ctx context.Context, c *tenant.Catalog, one *tenant.Tenant) error
		// about is the entry that it changes.
		about string
		want  int
	}{
		{"entering a tenant", func(ctx context.Context, c *tenant.Catalog, _ *tenant.Tenant) error {
			_, err := c.Begin(ctx, "acme", tenant.DefaultCluster)
			return err
		}, "acme", 2},
		{"another state", func(ctx context.Context, c *tenant.Catalog, one *tenant.Tenant) error {
			return c.SetState(ctx, one, tenants.StateSuspended)
		}, "known", 1},
		{"taking the lock", func(ctx context.Context, c *tenant.Catalog, one *tenant.Tenant) error {
			lease, err := c.Acquire(ctx, one.ID, "somebody", time.Hour)
			if err != nil {
				return err
			}
			return lease.Release(tenants.Patch{})
		}, "", 3},
		{"taking the lock away", func(ctx context.Context, c *tenant.Catalog, one *tenant.Tenant) error {
			owner, err := c.Unlock(ctx, one.ID)
			if err == nil && owner != "host:7" {
				err = errors.New("it was " + owner + "'s")
			}
			return err
		}, "locked", 2},
		{"finding one", func(ctx context.Context, c *tenant.Catalog, _ *tenant.Tenant) error {
			_, err := c.Find(ctx, "locked")
			return err
		}, "", 1},
		{"finding one of a database that others may have", func(ctx context.Context, c *tenant.Catalog, _ *tenant.Tenant) error {
			_, err := c.Find(ctx, "known")
			return err
		}, "", 2},
	} {
		for n := 1; n <= o.want+1; n++ {
			c, entries, server, _ := modelled(t, time.Hour)
			for _, entry := range []bson.D{
				{{Key: "name", Value: "known"}, {Key: "database", Value: "theirs"}},
				{{Key: "name", Value: "locked"}, {Key: "lock", Value: bson.D{
					{Key: "owner", Value: "host:7"}, {Key: "token", Value: int64(4)}, {Key: "until", Value: time.Now().Add(time.Hour)},
				}}},
			} {
				if _, err := entries.InsertOne(t.Context(), entry); err != nil {
					t.Fatal(err)
				}
			}
			name := "known"
			if o.about == "locked" {
				name = o.about
			}
			one, err := c.Find(t.Context(), name)
			if err != nil {
				t.Fatal(err)
			}
			before := entryOf(t, entries, o.about)
			rule := server.On().Where(func(c scripted.Command) bool { return c.Name != "hello" }).Nth(n)
			rule.Fail(scripted.Error{Code: 50})
			err = o.do(t.Context(), c, one)
			if met := rule.Met() >= n; met != (n <= o.want) {
				t.Errorf("%s asks %d times or not, want %d", o.name, n, o.want)
			}
			if n > o.want {
				if err != nil {
					t.Errorf("%s: %v", o.name, err)
				}
				continue
			}
			if !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s, failing at command %d: %v", o.name, n, err)
			}
			server.Reset()
			if after := entryOf(t, entries, o.about); string(after) != string(before) {
				t.Errorf("%s, failing at command %d: the entry was %v and is %v", o.name, n, before, after)
			}
		}
	}
}

// TestALeaseOutlivesAFailure of renewing it, but not the time that it was taken for.
func TestALeaseOutlivesAFailure(t *testing.T) {
	t.Parallel()
	c, entries, server, _ := modelled(t, time.Hour)
	if _, err := entries.InsertOne(t.Context(), bson.D{{Key: "name", Value: "acme"}}); err != nil {
		t.Fatal(err)
	}
	one, err := c.Find(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	lease, err := c.Acquire(t.Context(), one.ID, "somebody", 3*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	server.On("findAndModify").Fail(scripted.Error{Code: 50})
	again := server.On("findAndModify").Nth(2).Hold()
	select {
	case <-again.Arrived():
	case <-lease.Context().Done():
		t.Fatalf("it ended: %v", context.Cause(lease.Context()))
	}
	server.On("findAndModify").Always().Fail(scripted.Error{Code: 50})
	again.Release()
	<-lease.Context().Done()
	if err := context.Cause(lease.Context()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("it ended because %v", err)
	}
	server.Reset()
	if err := lease.Release(fingerprint("late")); err != nil {
		t.Error(err)
	}
}

// TestALeaseOfWhatIsGone is none.
func TestALeaseOfWhatIsGone(t *testing.T) {
	t.Parallel()
	c, entries, _, _ := modelled(t, time.Hour)
	if _, err := c.Acquire(t.Context(), bson.NewObjectID(), "somebody", time.Minute); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("taking it: %v", err)
	}
	if owner, err := c.Unlock(t.Context(), bson.NewObjectID()); !errors.Is(err, store.ErrNotFound) || owner != "" {
		t.Errorf("taking it away: %q, %v", owner, err)
	}
	if _, err := entries.InsertOne(t.Context(), bson.D{{Key: "name", Value: "acme"}}); err != nil {
		t.Fatal(err)
	}
	one, err := c.Find(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	lease, err := c.Acquire(t.Context(), one.ID, "somebody", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	got, err := lease.Tenant()
	if err != nil || got.ID != one.ID || got.Lock.Owner != "somebody" || got.Lock.Token != 1 || lease.Entry().Lock.Owner != "somebody" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := entries.DeleteOne(t.Context(), bson.D{{Key: "name", Value: "acme"}}); err != nil {
		t.Fatal(err)
	}
	if err := lease.Write(t.Context(), fingerprint("f")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("writing: %v", err)
	}
	if err := lease.Release(fingerprint("f")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("giving it back: %v", err)
	}
	if err := c.SetState(t.Context(), one, tenants.StateSuspended); !errors.Is(err, store.ErrNotFound) || one.State != tenants.StateActive {
		t.Errorf("another state: %v, %v", err, one.State)
	}
}
