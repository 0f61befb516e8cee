package schema

import "github.com/partywall/partywall/schema/def"

// Subscriber is known by the text that the customer's own system has for a person.
var Subscriber = def.Collection{
	Name:   "subscribers",
	Entity: "Subscriber",
	Doc:    "Subscriber is who is notified.",
	ID:     def.String,
	Fields: []def.Field{
		{Name: "environmentId", Stored: "_environmentId", Type: def.ObjectID, Required: true, Immutable: true, Doc: "EnvironmentID is where it was made."},
		{Name: "firstName", Type: def.String, Trim: true, MaxLen: 200, Doc: "FirstName is how they are addressed."},
		{Name: "lastName", Type: def.String, Trim: true, MaxLen: 200, Doc: "LastName is what they are filed under."},
		{Name: "email", Type: def.String, Format: def.Email, Doc: "Email is where they are written to."},
		{Name: "phone", Type: def.String, Format: def.E164, Doc: "Phone is where they are called."},
		{Name: "locale", Type: def.String, Check: "locale", Doc: "Locale is what they read, such as de-AT."},
		{Name: "timezone", Type: def.String, Format: def.TimeZone, Doc: "Timezone is when they sleep."},
		{Name: "isOnline", Type: def.Bool, Default: false, Doc: "IsOnline says that a device of theirs is connected."},
		{Name: "lastOnlineAt", Type: def.Time, Doc: "LastOnlineAt is when one was."},
		{Name: "channels", Type: def.List(def.Object(Channel)), MaxLen: 20, Doc: "Channels are how they are reached."},
		{Name: "data", Type: def.Any, MaxLen: 16 << 10, Doc: "Data is what the customer's system says of them."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"environmentId", "email"}, Unique: true, Partial: []def.Condition{{Path: "email", Op: def.Exists}}, Doc: "Mongoose's: an address is somebody's."},
		{Keys: []string{"lastName", "firstName"}, Doc: "By name."},
		{Keys: []string{"phone"}, Sparse: true, Doc: "Mongoose's: how many share a telephone."},
	},
}

// Channel is one way to reach a subscriber. Mongoose gave each an _id.
var Channel = def.Struct{
	Name: "Channel",
	Doc:  "Channel is one way to reach a subscriber.",
	ID:   true,
	Fields: []def.Field{
		{Name: "providerId", Type: def.Enum("mail", "text", "push", "chat"), Required: true, Doc: "ProviderID is who delivers."},
		{Name: "integrationId", Stored: "_integrationId", Type: def.ObjectID, Doc: "IntegrationID is by which account."},
		{Name: "credentials", Type: def.Any, MaxLen: 4096, Doc: "Credentials are what the provider asks for."},
	},
}
