package schema

import (
	"time"

	"github.com/partywall/partywall/schema/def"
)

// AuditEntry is written once: nothing in it can be changed.
var AuditEntry = def.Collection{
	Name:   "audit",
	Stored: "AuditEntry",
	Entity: "AuditEntry",
	Doc:    "AuditEntry is what somebody did.",
	Fields: []def.Field{
		{Name: "environmentId", Stored: "_environmentId", Type: def.ObjectID, Required: true, Immutable: true, Doc: "EnvironmentID is where it was done."},
		{Name: "templateId", Stored: "_templateId", Type: def.ObjectID, Immutable: true, Doc: "TemplateID is what it was done to."},
		{Name: "userId", Stored: "_userId", Type: def.ObjectID, Default: def.Caller, Immutable: true, Doc: "UserID is who did it."},
		{Name: "action", Type: def.Enum("create", "update", "delete", "promote"), Required: true, Immutable: true, Doc: "Action is what was done."},
		{Name: "change", Type: def.Any, Immutable: true, Doc: "Change is what was there before, and after."},
	},
	Timestamps: true,
	UpdatedAt:  "-",
	Indexes: []def.Index{
		{Keys: []string{"templateId", "-createdAt"}, Doc: "What became of a template."},
		{Keys: []string{"environmentId"}, Exact: true, Doc: "Mongoose's: what was done somewhere."},
		{Keys: []string{"createdAt"}, TTL: 2 * 365 * 24 * time.Hour, Doc: "Two years are enough."},
	},
}
