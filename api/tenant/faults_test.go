package tenant_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/tenants"
)

// entryOf returns an entry as it is stored, nil where there is none.
func entryOf(t *testing.T, entries *mongo.Collection, name string) bson.Raw {
	t.Helper()
	doc, err := entries.FindOne(t.Context(), bson.D{{Key: "name", Value: name}}).Raw()
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		t.Fatal(err)
	}
	return doc
}

// asked reports whether it are commands that somebody waits for, unlike a monitor's
// hello.
func asked(c scripted.Command) bool {
	return c.Name != "hello" || c.Body.Lookup("lsid").Type == bson.TypeEmbeddedDocument
}

// TestTheCatalogFails at each command of each of its operations in turn. That is told
// as a database that does not answer, no entry is changed, and tried again everything
// goes its way.
func TestTheCatalogFails(t *testing.T) {
	t.Parallel()
	for _, o := range []struct {
		name string
		do   func(ctx context.Context, c *tenant.Catalog, one *tenant.Entry) error
		// about is the entry that it changes.
		about string
		want  int
	}{
		{"entering a tenant", func(ctx context.Context, c *tenant.Catalog, _ *tenant.Entry) error {
			_, err := c.Create(ctx, "acme", tenant.DefaultCluster, tenant.Beginning{})
			return err
		}, "acme", 2},
		{"another state", func(ctx context.Context, c *tenant.Catalog, one *tenant.Entry) error {
			return c.SetState(ctx, one, tenants.StateSuspended)
		}, "known", 2},
		{"taking the lock", func(ctx context.Context, c *tenant.Catalog, one *tenant.Entry) error {
			lease, err := hold(ctx, c, one.ID, "somebody", time.Hour)
			if err != nil {
				return err
			}
			return lease.Release(tenants.Patch{})
		}, "", 4},
		{"taking the lock away", func(ctx context.Context, c *tenant.Catalog, one *tenant.Entry) error {
			owner, err := c.Unlock(ctx, one.ID)
			if err == nil && owner != "host:7" {
				err = errors.New("it was " + owner + "'s")
			}
			return err
		}, "locked", 2},
		{"entering one again", func(ctx context.Context, c *tenant.Catalog, _ *tenant.Entry) error {
			_, err := c.Create(ctx, "begun", tenant.DefaultCluster, tenant.Beginning{})
			return err
		}, "begun", 3},
		{"finding one by its id", func(ctx context.Context, c *tenant.Catalog, one *tenant.Entry) error {
			_, err := c.FindID(ctx, one.ID)
			return err
		}, "", 2},
		{"finding one", func(ctx context.Context, c *tenant.Catalog, _ *tenant.Entry) error {
			_, err := c.Find(ctx, "locked")
			return err
		}, "", 1},
		{"finding one of a database that others may have", func(ctx context.Context, c *tenant.Catalog, _ *tenant.Entry) error {
			_, err := c.Find(ctx, "known")
			return err
		}, "", 2},
	} {
		for n := 1; n <= o.want+1; n++ {
			c, entries, server, _ := modelled(t, time.Hour)
			_, err := entries.Indexes().CreateOne(t.Context(), mongo.IndexModel{
				Keys: bson.D{{Key: "name", Value: 1}}, Options: options.Index().SetUnique(true),
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range []bson.D{
				{{Key: "name", Value: "begun"}, {Key: "state", Value: "provisioning"}},
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
			rule := server.On().Where(asked).Nth(n)
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

// modelledLease returns a lease of the tenant acme, which is all that the catalog
// has.
func modelledLease(t *testing.T, length time.Duration) (*holding, *tenant.Catalog, *mongo.Collection, *scripted.Server) {
	t.Helper()
	c, entries, server, _ := modelled(t, time.Hour)
	if _, err := entries.InsertOne(t.Context(), bson.D{{Key: "name", Value: "acme"}}); err != nil {
		t.Fatal(err)
	}
	one, err := c.Find(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	lease, err := hold(t.Context(), c, one.ID, "somebody", length)
	if err != nil {
		t.Fatal(err)
	}
	return lease, c, entries, server
}

// renewsAgain fails the test if the lease ends before held is there.
func renewsAgain(t *testing.T, lease *holding, held *scripted.Held) {
	t.Helper()
	select {
	case <-held.Arrived():
	case <-lease.Context().Done():
		t.Fatalf("it ended: %v", context.Cause(lease.Context()))
	}
}

// TestALeaseOutlivesAFailure of renewing it, but not the time that it was renewed for.
func TestALeaseOutlivesAFailure(t *testing.T) {
	t.Parallel()
	lease, _, _, server := modelledLease(t, 3*time.Second)
	server.On("findAndModify").Nth(4).Fail(scripted.Error{Code: 50}) // failFastDelay more than 3 s
	again := server.On("findAndModify").Nth(5).Hold()
	renewsAgain(t, lease, again)
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

// TestALeaseDoesNotWaitForAnAnswer to its renewal for as long as it lasts itself: it
// asks again before.
func TestALeaseDoesNotWaitForAnAnswer(t *testing.T) {
	t.Parallel()
	lease, _, _, server := modelledLease(t, 3*time.Second)
	server.On("findAndModify").Hold()
	again := server.On("findAndModify").Nth(2).Hold()
	renewsAgain(t, lease, again)
	server.Reset()
	if err := lease.Release(tenants.Patch{}); err != nil {
		t.Error(err)
	}
}

// TestWhatALeaseWritesIsSeen here at once, though the tenant is remembered.
func TestWhatALeaseWritesIsSeen(t *testing.T) {
	t.Parallel()
	lease, c, _, _ := modelledLease(t, time.Hour)
	for _, want := range []string{"", "f"} {
		if want != "" {
			if err := lease.Write(t.Context(), fingerprint(want)); err != nil {
				t.Fatal(err)
			}
		}
		if got := lease.Stored().Fingerprint; got != want {
			t.Errorf("the lease's entry has %q, want %q", got, want)
		}
		byName, err := c.Resolve(t.Context(), "acme")
		if err != nil || byName.Fingerprint != want {
			t.Errorf("by name: %+v, %v", byName, err)
		}
		byID, err := c.ResolveID(t.Context(), lease.Stored().ID)
		if err != nil || byID.Fingerprint != want {
			t.Errorf("by id: %+v, %v", byID, err)
		}
	}
	if err := lease.Release(tenants.Patch{}); err != nil {
		t.Error(err)
	}
}

// TestALockThatIsEmptiedByHand is nobody's any more, whatever else its entry says.
func TestALockThatIsEmptiedByHand(t *testing.T) {
	t.Parallel()
	lease, c, entries, _ := modelledLease(t, time.Hour)
	_, err := entries.UpdateByID(t.Context(), lease.Stored().ID, bson.D{
		{Key: "$unset", Value: bson.D{{Key: "lock.owner", Value: ""}}}, {Key: "$inc", Value: bson.D{{Key: "_rev", Value: int64(1)}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := lease.Write(t.Context(), fingerprint("late")); !errors.Is(err, tenant.ErrFenced) {
		t.Errorf("who had it writes: %v", err)
	}
	next, err := hold(t.Context(), c, lease.Stored().ID, "next", time.Hour)
	if err != nil {
		t.Fatalf("taking it: %v", err)
	}
	for _, one := range []*holding{next, lease} {
		if err := one.Release(tenants.Patch{}); err != nil {
			t.Error(err)
		}
	}
}

// TestALeaseMeetsAnotherWrite of the entry, and cannot look what it was.
func TestALeaseMeetsAnotherWrite(t *testing.T) {
	t.Parallel()
	lease, _, entries, server := modelledLease(t, time.Hour)
	finds := 0
	for n := 1; ; n++ {
		_, err := entries.UpdateByID(t.Context(), lease.Stored().ID, bson.D{{Key: "$inc", Value: bson.D{{Key: "_rev", Value: int64(1)}}}})
		if err != nil {
			t.Fatal(err)
		}
		server.Reset()
		rule := server.On("find").Nth(n)
		rule.Fail(scripted.Error{Code: 50})
		err = lease.Write(t.Context(), fingerprint("f"))
		if rule.Met() < n {
			if err != nil {
				t.Errorf("it can look: %v", err)
			}
			break
		}
		finds++
		if !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("looking fails at query %d: %v", n, err)
		}
	}
	if finds == 0 {
		t.Error("it does not look")
	}
	server.Reset()
	if err := lease.Release(tenants.Patch{}); err != nil {
		t.Error(err)
	}
}

// TestUnlocking takes a lock away though its owner writes meanwhile, and changes
// nothing where nobody holds it.
func TestUnlocking(t *testing.T) {
	t.Parallel()
	lease, c, entries, server := modelledLease(t, time.Hour)
	id := lease.Stored().ID
	held := server.On("findAndModify").Hold()
	owner := make(chan string)
	go func() {
		who, err := c.Unlock(t.Context(), id)
		if err != nil {
			t.Error(err)
		}
		owner <- who
	}()
	<-held.Arrived()
	if err := lease.Write(t.Context(), fingerprint("f")); err != nil {
		t.Error(err)
	}
	held.Release()
	if who := <-owner; who != "somebody" {
		t.Errorf("it was %q's", who)
	}
	before := entryOf(t, entries, "acme")
	if lock := before.Lookup("lock", "token").AsInt64(); lock != 2 || before.Lookup("fingerprint").StringValue() != "f" {
		t.Errorf("it is %v", before)
	}
	who, err := c.Unlock(t.Context(), id)
	if after := entryOf(t, entries, "acme"); err != nil || who != "" || string(after) != string(before) {
		t.Errorf("again: %q, %v; the entry was %v and is %v", who, err, before, after)
	}
	if err := lease.Release(tenants.Patch{}); err != nil {
		t.Error(err)
	}
}

// TestRemoving an entry ends its lock with it, here at once. One that is another's by
// now, or gone, stays as it is.
func TestRemoving(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		meanwhile func(c *tenant.Catalog, entries *mongo.Collection, id bson.ObjectID) error
		want      error
		there     bool
	}{
		"whoever has the lock": {func(*tenant.Catalog, *mongo.Collection, bson.ObjectID) error { return nil }, nil, false},
		"whoever had it": {func(c *tenant.Catalog, _ *mongo.Collection, id bson.ObjectID) error {
			_, err := c.Unlock(t.Context(), id)
			return err
		}, tenant.ErrFenced, true},
		"what is gone": {func(_ *tenant.Catalog, entries *mongo.Collection, id bson.ObjectID) error {
			_, err := entries.DeleteOne(t.Context(), bson.D{{Key: "_id", Value: id}})
			return err
		}, tenant.ErrFenced, false},
	} {
		lease, c, entries, server := modelledLease(t, time.Hour)
		id := lease.Stored().ID
		if err := test.meanwhile(c, entries, id); err != nil {
			t.Fatal(err)
		}
		if _, err := c.ResolveID(t.Context(), id); test.want == nil && err != nil {
			t.Fatal(err)
		}
		server.On("delete").Fail(scripted.Error{Code: 50})
		if err := lease.Remove(t.Context()); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s, while the catalog does not answer: %v", name, err)
		}
		if err := lease.Remove(t.Context()); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if got := entryOf(t, entries, "acme"); (got != nil) != test.there {
			t.Errorf("%s: the entry is %v", name, got)
		}
		if _, err := c.ResolveID(t.Context(), id); (err == nil) != test.there {
			t.Errorf("%s, asked for afterwards: %v", name, err)
		}
		server.Reset()
		if err := lease.Release(tenants.Patch{}); lease.Context().Err() == nil || test.want == nil && (err != nil || len(server.Commands()) > 0) {
			t.Errorf("%s: the lease goes on: %v, %v", name, err, server.Commands())
		}
	}
}

// TestALeaseOfWhatIsGone is none.
func TestALeaseOfWhatIsGone(t *testing.T) {
	t.Parallel()
	lease, c, entries, _ := modelledLease(t, time.Hour)
	if _, err := hold(t.Context(), c, bson.NewObjectID(), "somebody", time.Minute); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("taking it: %v", err)
	}
	if owner, err := c.Unlock(t.Context(), bson.NewObjectID()); !errors.Is(err, store.ErrNotFound) || owner != "" {
		t.Errorf("taking it away: %q, %v", owner, err)
	}
	got, err := lease.Entry()
	if err != nil || got.Name != "acme" || got.Lock.Owner != "somebody" || got.Lock.Token != 1 || lease.Stored().Lock.Owner != "somebody" {
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
	if err := c.SetState(t.Context(), got, tenants.StateSuspended); !errors.Is(err, store.ErrNotFound) || got.State != tenants.StateActive {
		t.Errorf("another state: %v, %v", err, got.State)
	}
}
