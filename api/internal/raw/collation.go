package raw

import (
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/meta"
)

// CollationOf returns what commands say of a collation, nil for none.
func CollationOf(c meta.Collation) *options.Collation {
	if c.Locale == "" {
		return nil
	}
	said := options.Collation(c)
	return &said
}

// collationOf returns the collation of queries that x serves.
func collationOf(x *meta.Index) *options.Collation {
	if x == nil {
		return nil
	}
	return CollationOf(x.Collation)
}

// Under a collation only the server compares text: its tables are those of its own version. A
// page's place is in its filter, where the server compares; the documents that no filter can place
// would have to be compared here. Those have an array on the way to a key, or a regular
// expression as one, in spite of the schema, and are left out of every page.

// placed returns a filter for the documents that a filter can place in p's order, nil for all.
func (p *plan) placed() bson.D {
	var odd bson.A
	if !p.isCollated() {
		return nil
	}
	for _, key := range p.order {
		if key.Path == "_id" {
			continue
		}
		odd = append(odd, bson.D{{Key: key.Path, Value: bson.D{{Key: "$type", Value: bson.A{"array", "regex"}}}}})
		for i, r := range key.Path {
			if r == '.' {
				odd = append(odd, bson.D{{Key: key.Path[:i], Value: bson.D{{Key: "$type", Value: "array"}}}})
			}
		}
	}
	if odd == nil {
		return nil
	}
	return bson.D{{Key: "$nor", Value: odd}}
}

// isCollated reports whether the server compares text in p's order by a collation.
func (p *plan) isCollated() bool { return p.index != nil && !p.index.Collation.IsPlain() }
