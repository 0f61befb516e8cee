package schema

import "github.com/partywall/partywall/schema/def"

// Share is what one tenant may take of what all tenants share.
var Share = def.Struct{
	Name: "Share",
	Doc:  "Share is what a tenant may take of what all tenants share.",
	Fields: []def.Field{
		{Name: "weight", Type: def.Int, Default: 1, Min: 1, Max: 100, Doc: "Weight is how often its operations are served while others wait, beside a tenant of weight 1."},
		{Name: "perSecond", Type: def.Float, Min: 0.01, Max: 1_000_000, Doc: "PerSecond is how many requests it may send to one server in the long run; missing: as many as it likes."},
		{Name: "burst", Type: def.Int, Min: 1, Max: 1_000_000, Doc: "Burst is how many it may send at once; missing: as many as in a second, and at least one."},
	},
}
