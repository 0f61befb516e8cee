// Package schema declares what is stored. It is data: the generator reads it,
// nothing here runs in the server.
package schema

import "github.com/partywall/partywall/schema/def"

// Collections are all collections, those of the product included.
var Collections = []def.Collection{Tenant, Session, Run, Lease, User}

// Policy names the roles with fixed rights.
var Policy = def.Policy{Full: []string{"super"}, Barred: []string{"blocked"}}
