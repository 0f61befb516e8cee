package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// Materialized is what Materialize made of a tenant's collections, and what was there before.
type Materialized struct {
	Made  []string `json:"made"`
	There []string `json:"there"`
}

// CollectionsError names collections that tenants do not have.
type CollectionsError struct{ Unknown, Known []string }

func (e *CollectionsError) Error() string {
	return fmt.Sprintf("no tenant has a collection %q; there are %s", strings.Join(e.Unknown, ", "), strings.Join(e.Known, ", "))
}

// Materialize makes the named collections of the tenant with their indexes before anybody writes to them, or all that
// are declared if none is named. It may be repeated. Like all that changes a tenant's database, it ends with
// building the missing indexes of every collection that is there. The error is a *CollectionsError, tenant.ErrUnknown, tenant.ErrState
// for a tenant that is neither active nor suspended, a *tenant.LockedError while another process holds the tenant's lock,
// an *indexes.DriftError for indexes that are refused, or the database's.
func (f *Fleet) Materialize(ctx context.Context, name string, collections []string) (*Materialized, error) {
	collections, err := f.declared(collections)
	if err != nil {
		return nil, err
	}
	t, err := f.catalog.Find(ctx, name)
	if err != nil {
		return nil, err
	}
	var made *Materialized
	err = f.WithLease(ctx, t.ID, f.lockTimeout, func(ctx context.Context, lease *tenant.Lease) (last tenants.Patch, err error) {
		if made, err = materializing(ctx, lease, collections); err == nil {
			last, err = f.Migrator.Materialize(ctx, lease, collections)
		}
		if err != nil {
			return last, fmt.Errorf("tenant %q: %w", name, refused(err))
		}
		return last, nil
	})
	if err != nil {
		return nil, err
	}
	f.log.InfoContext(ctx, "collections made beforehand", "tenant", name, "collections", made.Made)
	return made, nil
}

// declared returns the names of the collections that are to be made: all if none are given.
func (f *Fleet) declared(names []string) ([]string, error) {
	var known []string
	for i := range f.perTenant {
		known = append(known, f.perTenant[i].Name)
	}
	if len(names) == 0 {
		return known, nil
	}
	unknown := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(known, name) })
	if len(unknown) > 0 {
		return nil, &CollectionsError{unknown, known}
	}
	return slices.DeleteFunc(known, func(name string) bool { return !slices.Contains(names, name) }), nil
}

// materializing returns what will be made of the collections. The error is tenant.ErrState if the tenant's state does
// not allow that.
func materializing(ctx context.Context, lease *tenant.Lease, collections []string) (*Materialized, error) {
	switch state := lease.Stored().State; state {
	case tenants.StateActive, tenants.StateSuspended:
	case tenants.StateProvisioning:
		return nil, fmt.Errorf("%w: it is still being provisioned, which a running server finishes, or creating it once more", tenant.ErrState)
	default:
		return nil, fmt.Errorf("%w: it is %s; only collections of active and suspended tenants are made", tenant.ErrState, state)
	}
	db, err := migrate.Database(lease)
	if err != nil {
		return nil, err
	}
	stored, err := db.ListCollectionNames(ctx, bson.D{})
	if err != nil {
		return nil, raw.WrapError(db.Name(), err)
	}
	m := &Materialized{Made: []string{}, There: []string{}}
	for _, name := range collections {
		if slices.Contains(stored, name) {
			m.There = append(m.There, name)
		} else {
			m.Made = append(m.Made, name)
		}
	}
	return m, nil
}

// refused adds to an error about indexes how to mend it.
func refused(err error) error {
	if drift, ok := errors.AsType[*indexes.DriftError](err); ok && !drift.TakesPrune() {
		return fmt.Errorf("%w; mend that and repeat this, or look at tenantctl indexes plan", err)
	}
	return err
}
