package indexes

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/meta"
)

// Use is how one index of a database is used.
type Use struct {
	// Keys are text, such as "role.name, -createdAt".
	Collection, Index, Keys string
	// Extra reports whether the index is not declared.
	Extra bool
	// Problem is why no query can use it: its collection is Absent, or the index is Missing,
	// Building or Hidden. It is empty if queries can.
	Problem Kind
	// Enforcing reports whether the index is needed without any query: it is declared or
	// there as one that is unique, or after whose dates documents expire.
	Enforcing bool
	// Ops is the number of operations that used it, of all counters together. Since is when
	// the last of them began.
	Ops   int64
	Since time.Time
}

// ReadUsage reads how the indexes of a database's collections are used, but for those on
// _id and those that the schema ignores. The counters are those of members, or of the
// deployment's primary if none are given. A collection that db does not list is not asked
// for.
func ReadUsage(ctx context.Context, db *mongo.Database, members []Member, collections []meta.Collection) ([]Use, error) {
	if len(members) == 0 {
		members = []Member{{Database: db}}
	}
	types, err := listCollections(ctx, db)
	if err != nil {
		return nil, refusedTo("listCollections", db.Name(), err)
	}
	var uses []Use
	for i := range collections {
		c := &collections[i]
		var counters []counter
		switch types[c.Name] {
		case "":
		case view:
			return nil, fmt.Errorf("%s: it is a view, which has no indexes", c.Name)
		default:
			if counters, err = readCounters(ctx, members, c.Name); err != nil {
				return nil, err
			}
		}
		uses = append(uses, usesOf(c, counters)...)
	}
	return uses, nil
}

// usesOf returns how a collection's indexes are used. Without counters it does not exist.
func usesOf(c *meta.Collection, counters []counter) []Use {
	var have []stored
	for _, counted := range counters {
		if counted.Name != idIndex {
			have = append(have, counted.stored)
		}
	}
	var uses []Use
	found, extra := match(c, have)
	for i := range c.Indexes {
		x := &c.Indexes[i]
		u := Use{Collection: c.Name, Index: x.Name, Keys: declaredKeys(x), Enforcing: x.Unique || x.Expires}
		switch {
		case len(counters) == 0:
			u.Problem = Absent
		case found[i] == nil:
			u.Problem = Missing
		default:
			u.count(found[i], counters)
		}
		uses = append(uses, u)
	}
	for i := range extra {
		if _, ignored := c.Ignores(extra[i].Name); !ignored {
			u := Use{Collection: c.Name, Index: extra[i].Name, Keys: extra[i].keys(), Extra: true}
			u.count(&extra[i], counters)
			uses = append(uses, u)
		}
	}
	return uses
}

// count notes what the counters say of the existing index s.
func (u *Use) count(s *stored, counters []counter) {
	at := slices.IndexFunc(counters, func(c counter) bool { return c.Name == s.Name })
	u.Ops, u.Since = counters[at].ops, counters[at].since
	expires := !s.raw.Lookup("expireAfterSeconds").IsZero()
	u.Enforcing = u.Enforcing || expires || s.has(meta.Unique) || s.has(meta.Prepared)
	switch {
	case s.building:
		u.Problem = Building
	case s.has(meta.Hidden):
		u.Problem = Hidden
	}
}
