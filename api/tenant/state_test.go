package tenant_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// TestSetState has a row for each state: what it can become, besides itself. The stored
// state decides, whatever the caller has read.
func TestSetState(t *testing.T) {
	t.Parallel()
	f := newFixture(t, time.Hour)
	repo := tenants.In(f.Admin())
	for from, next := range map[tenants.StateValue][]tenants.StateValue{
		tenants.StateProvisioning: {tenants.StateActive, tenants.StateDeleting},
		tenants.StateActive:       {tenants.StateSuspended, tenants.StateDeleting},
		tenants.StateSuspended:    {tenants.StateActive, tenants.StateDeleting},
		tenants.StateDeleting:     {tenants.StateSuspended, tenants.StateDeleted},
		tenants.StateDeleted:      nil,
	} {
		for _, to := range tenants.StateValues() {
			stored, err := repo.Create(t.Context(), tenants.New{Name: bson.NewObjectID().Hex(), State: store.Some(from)})
			if err != nil {
				t.Fatal(err)
			}
			entry := &tenant.Entry{ID: stored.ID, Name: stored.Name, State: tenants.StateDeleted}
			err = f.SetState(t.Context(), entry, to)
			may := to == from || slices.Contains(next, to)
			after, _ := repo.Get(t.Context(), stored.ID)
			want := from
			if may {
				want = to
			}
			if (err == nil) != may || err != nil && !errors.Is(err, tenant.ErrState) || after.State != want || may && entry.State != to {
				t.Errorf("%s to %s: %v; it is %s", from, to, err, after.State)
			}
			if to == from && after.Rev() != stored.Rev() {
				t.Errorf("%s again is written", from)
			}
		}
	}
}

// TestSetStateMeetsAnotherWrite of the entry: what that made of the state decides.
func TestSetStateMeetsAnotherWrite(t *testing.T) {
	t.Parallel()
	c, entries, server, _ := modelled(t, time.Hour)
	if _, err := entries.InsertOne(t.Context(), bson.D{{Key: "name", Value: "acme"}}); err != nil {
		t.Fatal(err)
	}
	acme, err := c.Resolve(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	held := server.On("findAndModify").Hold()
	outcome := make(chan error, 1)
	go func() { outcome <- c.SetState(t.Context(), acme, tenants.StateSuspended) }()
	<-held.Arrived()
	if _, err := entries.UpdateOne(t.Context(), bson.D{{Key: "_id", Value: acme.ID}}, bson.D{
		{Key: "$set", Value: bson.D{{Key: "state", Value: "deleted"}}}, {Key: "$inc", Value: bson.D{{Key: "_rev", Value: 1}}},
	}); err != nil {
		t.Fatal(err)
	}
	held.Release()
	if err := <-outcome; !errors.Is(err, tenant.ErrState) || acme.State != tenants.StateActive {
		t.Errorf("%v; the entry is %s", err, acme.State)
	}
	if state, _ := entryOf(t, entries, "acme").Lookup("state").StringValueOK(); state != "deleted" {
		t.Errorf("stored is %s", state)
	}
}
