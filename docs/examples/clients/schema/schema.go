// Package schema declares what a library stores, beside what partywall does.
package schema

import (
	partywall "github.com/partywall/partywall/schema"
	"github.com/partywall/partywall/schema/def"
)

// Collections are partywall's own, its users, and the library's.
var Collections = []def.Collection{partywall.Tenant, partywall.Session, partywall.Run, partywall.Lease, partywall.User, Author, Book}

// Policy is partywall's, since the users are.
var Policy = partywall.Policy
