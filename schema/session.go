package schema

import "github.com/partywall/partywall/schema/def"

// Session is a login: the family of refresh tokens that one sign-in leads to.
var Session = def.Collection{
	Name:   "sessions",
	Entity: "Session",
	Doc:    "Session is a login of a user, for which access tokens are issued until it ends.",
	Scope:  def.Admin,
	Fields: []def.Field{
		{Name: "tenant", Type: def.ObjectID, Required: true, Immutable: true, Doc: "Tenant is the _id of the user's tenant."},
		{Name: "user", Type: def.ObjectID, Required: true, Immutable: true, Doc: "User is the _id of the user within the tenant."},
		{Name: "key", Type: def.String, Default: "", MaxLen: 43, Doc: "Key is the id of the key that makes the session's refresh tokens."},
		{Name: "generation", Type: def.Int, Default: 0, Doc: "Generation is the number of the session's newest refresh token. It is 0 if an older version opened the session, until it is refreshed."},
		{Name: "rotatedAt", Type: def.Time, Doc: "RotatedAt is when a refresh token was exchanged for the newest one."},
		{Name: "token", Type: def.String, MaxLen: 64, Doc: "Token is the SHA-256, in hexadecimal, of the first refresh token of a session that an older version opened."},
		{Name: "credential", Type: def.String, MaxLen: 32, Doc: "Credential identifies the password that the session was opened with: with another one, the session has ended. A session that an older version opened has none."},
		{Name: "expiresAt", Type: def.Time, Required: true, Doc: "ExpiresAt is when the session expires unless it is refreshed."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"tenant", "user"}, Doc: "To end all sessions of a user."},
	},
}
