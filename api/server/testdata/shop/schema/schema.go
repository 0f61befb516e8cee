// Package schema declares what a shop stores, beside what partywall does.
package schema

import (
	partywall "github.com/partywall/partywall/schema"
	"github.com/partywall/partywall/schema/def"
)

// Collections are partywall's catalog, sessions and runs, and the shop's own.
var Collections = []def.Collection{partywall.Tenant, partywall.Session, partywall.Run, partywall.Lease, User, Product, Order, Rate, Cart, Coupon, Depot, Bin, Parcel, Slip}

// Policy names the shop's roles with fixed rights.
var Policy = def.Policy{Full: []string{"owner"}, Barred: []string{"dismissed"}}
