package schema

import "github.com/partywall/partywall/schema/def"

// Run is the record of one command that went through the fleet.
var Run = def.Collection{
	Name:   "runs",
	Entity: "Run",
	Doc:    "Run is the record of one execution of migrations over the fleet.",
	Scope:  def.Admin,
	Fields: []def.Field{
		{Name: "owner", Type: def.String, Required: true, Immutable: true, MaxLen: 200, Doc: "Owner names the process that executes it."},
		{Name: "target", Type: def.Int, Default: 0, Immutable: true, Doc: "Target is the version to migrate tenants to."},
		{Name: "only", Type: def.List(def.String), Immutable: true, Doc: "Only has the names of the tenants it is limited to; empty for all."},
		{Name: "state", Type: def.Enum("running", "interrupted", "failed", "done"), Default: "running", Doc: "State is how it ended. A run whose process was killed stays running."},
		{Name: "tenants", Type: def.Int, Default: 0, Doc: "Tenants is the number of tenants to migrate."},
		{Name: "done", Type: def.Int, Default: 0, Doc: "Done is the number of those migrated to Target."},
		{Name: "failed", Type: def.Int, Default: 0, Doc: "Failed is the number of those that failed."},
		{Name: "failures", Type: def.List(def.Object(Failure)), Doc: "Failures are the first thousand failures."},
		{Name: "endedAt", Type: def.Time, Doc: "EndedAt is when it ended."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"-createdAt"}, Doc: "The newest runs first."},
	},
}

// Failure is a tenant that a run could not bring to its target.
var Failure = def.Struct{
	Name: "Failure",
	Doc:  "Failure is a tenant that a run could not migrate, and why.",
	Fields: []def.Field{
		{Name: "tenant", Type: def.ObjectID, Doc: "Tenant is the tenant's _id, if its entry could be read."},
		{Name: "name", Type: def.String, Default: "", Doc: "Name is the tenant's name."},
		{Name: "problem", Type: def.String, Default: "", MaxLen: 2000, Doc: "Problem is why the tenant could not be migrated."},
	},
}
