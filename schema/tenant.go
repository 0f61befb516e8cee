package schema

import "github.com/partywall/partywall/schema/def"

// Tenant is the product's own catalog: which tenants exist, and where their
// databases are. An entry that holds a name alone, as older deployments left
// them, reads as an active tenant whose database bears its name.
var Tenant = def.Collection{
	Name:   "tenants",
	Entity: "Tenant",
	Doc:    "Tenant is one customer, whose documents live in a database of their own.",
	Scope:  def.Admin,
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, Pattern: "[A-Za-z0-9][A-Za-z0-9_-]{0,62}", Doc: "Name is the tenant's name in requests and for operators."},
		{Name: "database", Type: def.String, Immutable: true, MaxLen: 63, Doc: "Database is the name of the tenant's database; if empty, it is Name."},
		{Name: "cluster", Type: def.String, Default: "default", Pattern: "[a-z][a-z0-9-]*", Doc: "Cluster is the name of the MongoDB deployment with Database."},
		{Name: "state", Type: def.Enum("provisioning", "active", "suspended", "deleting", "deleted"), Default: "active", Doc: "State decides whether the tenant is served."},
		{Name: "steps", Type: def.Set(def.Enum("collections", "migrations", "indexes")), Doc: "Steps are the completed provisioning steps."},
		{Name: "migration", Type: def.Object(MigrationState), Default: def.FieldDefaults, Doc: "Migration is the state of Database's migrations."},
		{Name: "lock", Type: def.Object(Lock), Default: def.FieldDefaults, Doc: "Lock is the current right to change Migration and Fingerprint."},
		{Name: "fingerprint", Type: def.String, Default: "", MaxLen: 64, Doc: "Fingerprint identifies the declared indexes that were ensured last."},
		{Name: "kept", Type: def.Set(def.String), Doc: "Kept are the fingerprints ensured before whose indexes still exist, the newest first."},
		{Name: "share", Type: def.Object(Share), Default: def.FieldDefaults, Doc: "Share is what the tenant may take of what all tenants share."},
		{Name: "collections", Type: def.Set(def.String), Doc: "Collections are those that Database has, as far as is known; missing: nothing is known."},
		{Name: "declarations", Type: def.Set(def.String), Doc: "Declarations are the fingerprints of what is declared of Collections and is there."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"name"}, Unique: true, Doc: "To find the tenant of a request."},
		{Keys: []string{"database"}, Doc: "To check that no two tenants share a database."},
	},
}
