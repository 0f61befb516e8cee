package schema

import "github.com/partywall/partywall/schema/def"

// MigrationState is the state of a tenant's data migrations.
var MigrationState = def.Struct{
	Name: "MigrationState",
	Doc:  "MigrationState is the state of a tenant's data migrations.",
	Fields: []def.Field{
		{Name: "version", Type: def.Int, Default: 0, Doc: "Version is that of the newest applied migration, 0 before the first. While Dirty, it is the target of the migration in progress."},
		{Name: "dirty", Type: def.Bool, Default: false, Doc: "Dirty reports whether a migration was begun and not finished."},
		{Name: "from", Type: def.Int, Default: 0, Doc: "From is the version at which the migration in progress started."},
		{Name: "attempt", Type: def.ObjectID, Doc: "Attempt marks the changes of the migration in progress, so that none is made twice."},
		{Name: "done", Type: def.Int, Default: 0, Doc: "Done is the number of completed elements of the migration in progress."},
		{Name: "after", Type: def.Bytes, MaxLen: 1100, Doc: "After is the position of the current step: a BSON document with the _id of the last document it completed."},
		{Name: "problem", Type: def.String, Default: "", MaxLen: 2000, Doc: "Problem is the error that ended the migration in progress, empty if it was only interrupted."},
		{Name: "checksums", Type: def.List(def.String), Doc: "Checksums are the checksums of the applied migrations' files, from the first on."},
		{Name: "run", Type: def.ObjectID, Doc: "Run is the _id of the run that changed this last."},
	},
}
