package schema

import "github.com/partywall/partywall/schema/def"

// Notification has names that begin with an underline in the database alone.
var Notification = def.Collection{
	Name:   "notifications",
	Entity: "Notification",
	Doc:    "Notification is what a subscriber is told.",
	Fields: []def.Field{
		{Name: "templateId", Stored: "_templateId", Type: def.ObjectID, Required: true, Immutable: true, Doc: "TemplateID is what it was made of."},
		{Name: "environmentId", Stored: "_environmentId", Type: def.ObjectID, Required: true, Immutable: true, Doc: "EnvironmentID is where it was made."},
		{Name: "subscriber", Stored: "_subscriberId", Type: def.Ref("subscribers"), Required: true, Immutable: true, Doc: "Subscriber is who is told."},
		{Name: "transactionId", Type: def.String, Immutable: true, MaxLen: 128, Doc: "TransactionID is the request that it came with."},
		{Name: "channel", Type: def.Enum("in_app", "email", "sms", "push"), Default: "in_app", Doc: "Channel is how it is delivered."},
		{Name: "status", Type: def.Enum("sent", "warning", "error"), Default: "sent", Doc: "Status is what became of it."},
		{Name: "errorId", Type: def.String, MaxLen: 64, RequiredIf: []def.Condition{{Path: "status", Value: "error"}}, Doc: "ErrorID is what went wrong."},
		{Name: "content", Type: def.String, MaxLen: 10000, Doc: "Content is what it says."},
		{Name: "payload", Type: def.Any, MaxLen: 32 << 10, Doc: "Payload is what the request came with."},
		{Name: "seen", Type: def.Bool, Default: false, Doc: "Seen says that it was shown."},
		{Name: "read", Type: def.Bool, Default: false, Doc: "Read says that it was opened."},
		{Name: "sentAt", Type: def.Time, Default: def.Now, Doc: "SentAt is when it went out."},
		{Name: "expireAt", Type: def.Time, Doc: "ExpireAt is when it is removed."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"subscriber", "templateId"}, Unique: true, Partial: []def.Condition{{Path: "read", Value: false}}, Doc: "Mongoose's: nobody has the same one unread twice."},
		{Keys: []string{"subscriber", "read", "-createdAt"}, Doc: "Somebody's, the latest first."},
		{Keys: []string{"environmentId", "status", "-sentAt"}, Doc: "What failed."},
		{Keys: []string{"transactionId"}, Sparse: true, Doc: "Mongoose's: how many a request made."},
		{Keys: []string{"expireAt"}, TTL: 0, Doc: "They go by themselves."},
	},
}
