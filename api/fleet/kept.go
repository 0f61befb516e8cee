package fleet

import (
	"context"
	"slices"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// A deployment replaces servers one after the other, and the older ones look whether
// tenants are current, too. Building what a newer version declares takes nothing from
// an older one, so that an entry keeps the fingerprints it had before, until an index
// is dropped.

// keptMost bounds how many fingerprints an entry keeps: versions that run side by side
// are few.
const keptMost = 8

// indexed says whether a database that was brought to these fingerprints has all
// indexes that this program declares.
func (f *Fleet) indexed(fingerprint string, kept []string) bool {
	return fingerprint == f.fingerprint || slices.Contains(kept, f.fingerprint)
}

// indexesPatch notes that a database was brought to the declared indexes, and keeps
// what it was brought to before.
func (f *Fleet) indexesPatch(fingerprint string, kept []string) tenants.Patch {
	before := slices.DeleteFunc(append([]string{fingerprint}, kept...), func(one string) bool { return one == "" || one == f.fingerprint })
	return tenants.Patch{
		Fingerprint: store.Set(f.fingerprint), Kept: store.Set(before[:min(len(before), keptMost)]),
	}
}

// forgetKept notes that the tenant's database has the indexes of no other version, if
// one of them is about to be dropped or replaced. It returns the tenant as it is then.
func (f *Fleet) forgetKept(ctx context.Context, t *tenant.Entry) (*tenant.Entry, error) {
	if len(t.Kept) == 0 && t.Fingerprint == f.fingerprint {
		return t, nil
	}
	findings, err := inspectAll(ctx, handle.OpenTenant(t.Handle()), f.perTenant)
	if err != nil {
		return nil, err
	}
	// What becomes unique serves the same queries as before.
	takes := func(f Finding) bool { return f.TakesPrune() && f.Remedy != Convert }
	if !slices.ContainsFunc(findings, takes) {
		return t, nil
	}
	lease, err := f.lock(ctx, t.ID, lockWait)
	if err != nil {
		return nil, err
	}
	own := ""
	if f.indexed(lease.Stored().Fingerprint, lease.Stored().Kept) {
		own = f.fingerprint
	}
	if err := lease.Release(tenants.Patch{Fingerprint: store.Set(own), Kept: store.Unset[[]string]()}); err != nil {
		return nil, err
	}
	only := *t
	only.Fingerprint, only.Kept = own, nil
	return &only, nil
}
