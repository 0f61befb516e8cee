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
		{Name: "name", Type: def.String, Required: true, Pattern: "[A-Za-z0-9][A-Za-z0-9_-]{0,62}", Doc: "Name is what requests and operators call the tenant."},
		{Name: "database", Type: def.String, Immutable: true, MaxLen: 63, Doc: "Database is where the tenant's documents are; empty means a database called Name."},
		{Name: "cluster", Type: def.String, Default: "default", Pattern: "[a-z][a-z0-9-]*", Doc: "Cluster names the MongoDB deployment that holds Database."},
		{Name: "state", Type: def.Enum("provisioning", "active", "suspended", "deleting", "deleted"), Default: "active", Doc: "State says whether the tenant is served."},
		{Name: "steps", Type: def.Set(def.Enum("collections", "migrations", "indexes")), Doc: "Steps are the provisioning steps that are done."},
		{Name: "migration", Type: def.Object(MigrationState), Doc: "Migration says which data changes Database has seen."},
		{Name: "lock", Type: def.Object(Lock), Doc: "Lock says who may change Migration and Fingerprint now."},
		{Name: "fingerprint", Type: def.String, MaxLen: 64, Doc: "Fingerprint is that of the declared indexes that Database was last brought to."},
		{Name: "kept", Type: def.Set(def.String), Doc: "Kept are the fingerprints that Database was brought to before and whose indexes nobody has dropped since, the newest first."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"name"}, Unique: true, Doc: "Requests name their tenant."},
		{Keys: []string{"database"}, Doc: "No two tenants may share a database."},
	},
}
