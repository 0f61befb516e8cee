// Package schema declares what a shop stores, beside what partywall does.
package schema

import (
	partywall "github.com/partywall/partywall/schema"
	"github.com/partywall/partywall/schema/def"
)

// Collections are partywall's own, its users, and the shop's.
var Collections = []def.Collection{
	partywall.Tenant, partywall.Session, partywall.Run, partywall.Lease, partywall.User,
	Product, Brand, Category, Cart, Order, Address, Review, Coupon, Wish, Stock,
}

// Policy is partywall's, since the users are.
var Policy = partywall.Policy
