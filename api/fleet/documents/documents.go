// Package documents finds the stored documents of one database that do not fit the schema.
package documents

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
)

// Options say what to look for.
type Options struct {
	// Collections are those of tenants' databases to read.
	Collections []raw.Collection
	// Strict also finds what fits, but no write would store: what is required and missing,
	// too long, out of bounds, or not of its format.
	Strict bool
	// Examples is how many documents each finding names.
	Examples int
}

// Select returns the collections of tenants' databases with those names, or all without any.
// The error names one that there is not.
func Select(all []raw.Collection, names []string) ([]raw.Collection, error) {
	perTenant := slices.DeleteFunc(slices.Clone(all), func(c raw.Collection) bool { return c.Admin })
	if len(names) == 0 {
		return perTenant, nil
	}
	var known []string
	for _, c := range perTenant {
		known = append(known, c.StoredName())
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("no tenant has a collection %q; there are %s", name, strings.Join(known, ", "))
		}
	}
	return slices.DeleteFunc(perTenant, func(c raw.Collection) bool { return !slices.Contains(names, c.StoredName()) }), nil
}

// Check reads every document of the tenant, a thousand at a time, deleted ones that are kept
// too, and counts those that do not fit. It changes nothing.
func Check(ctx context.Context, t store.Tenant, name string, opts Options) (*Tally, error) {
	tally := NewTally(opts.Examples)
	for i := range opts.Collections {
		c := &opts.Collections[i]
		r := reading{c: c, strict: opts.Strict}
		err := raw.In(t, c).ForLists().WithDeleted().Stream(ctx, raw.Selection{}, func(doc bson.Raw) error {
			tally.add(c.StoredName(), Example{Tenant: name, ID: raw.IDText(doc)}, r.problems(doc))
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return tally, nil
}
