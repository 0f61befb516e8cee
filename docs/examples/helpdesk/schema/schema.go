// Package schema declares what a help desk stores, as its Mongoose models left it, beside what
// partywall does.
package schema

import (
	partywall "github.com/partywall/partywall/schema"
	"github.com/partywall/partywall/schema/def"
)

// Collections are partywall's catalog, sessions, runs and leases, and the help desk's.
var Collections = []def.Collection{
	partywall.Tenant, partywall.Session, partywall.Run, partywall.Lease,
	Account, Group, TicketType, Priority, Tag, Notice, Ticket, Counter,
}

// Policy names the roles with fixed rights.
var Policy = def.Policy{Full: []string{"admin"}, Barred: []string{"former"}}
