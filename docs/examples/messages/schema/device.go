package schema

import "github.com/partywall/partywall/schema/def"

// Device is known by the UUID that it made when it was set up.
var Device = def.Collection{
	Name:   "devices",
	Entity: "Device",
	Doc:    "Device is something that a subscriber carries.",
	ID:     def.UUID,
	Fields: []def.Field{
		{Name: "subscriber", Stored: "_subscriberId", Type: def.Ref("subscribers"), Required: true, Doc: "Subscriber is who carries it."},
		{Name: "platform", Type: def.Enum("android", "ios", "web"), Required: true, Doc: "Platform is what it runs."},
		{Name: "token", Type: def.String, MaxLen: 4096, Doc: "Token is where notifications are pushed to."},
		{Name: "lastSeenAt", Type: def.Time, Default: def.Now, Doc: "LastSeenAt is when it was connected."},
		{Name: "pairing", Type: def.UUID, Default: def.NewUUID, Doc: "Pairing is the number of its pairing."},
		{Name: "capabilities", Type: def.Map(def.Bool), MaxLen: 30, Doc: "Capabilities are what it can show."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"subscriber", "-lastSeenAt"}, Doc: "Somebody's devices, the one in use first."},
		{Keys: []string{"token"}, Unique: true, Sparse: true, Doc: "Mongoose's: a token is one device's."},
		{Keys: []string{"platform", "-lastSeenAt"}, Doc: "What is in use."},
	},
}
