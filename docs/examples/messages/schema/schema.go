// Package schema declares what a chat and its notification service store, as their
// Mongoose models left it.
package schema

import (
	partywall "github.com/partywall/partywall/schema"
	"github.com/partywall/partywall/schema/def"
)

// Collections are partywall's own, its users, and those of the chat and of the
// notification service.
var Collections = []def.Collection{
	partywall.Tenant, partywall.Session, partywall.Run, partywall.Lease, partywall.User,
	Conversation, Message, Preset,
	Subscriber, Device, Notification, Layout, AuditEntry,
}

// Policy is partywall's, since the users are.
var Policy = partywall.Policy

// endpoint is what answers: conversations, messages and presets share it.
var endpoint = def.NamedEnum("Endpoint", "local", "hosted", "agents")
