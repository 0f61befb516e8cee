package schema

import "github.com/partywall/partywall/schema/def"

// MigrationState is how far a tenant's data has come.
var MigrationState = def.Struct{
	Name: "MigrationState",
	Doc:  "MigrationState is how far a tenant's data has come.",
	Fields: []def.Field{
		{Name: "version", Type: def.Int, Doc: "Version is that of the newest migration that was applied, 0 before the first. While Dirty, it is the one being come to."},
		{Name: "dirty", Type: def.Bool, Doc: "Dirty says that a migration was begun and not finished."},
		{Name: "from", Type: def.Int, Doc: "From is the version that the migration being applied started at."},
		{Name: "attempt", Type: def.ObjectID, Doc: "Attempt marks what the migration being applied has changed, so that nothing is changed twice."},
		{Name: "done", Type: def.Int, Doc: "Done is how many elements of the migration being applied are finished."},
		{Name: "after", Type: def.Bytes, MaxLen: 1100, Doc: "After is where the step that comes next stands: a BSON document with the _id of the last document it is done with."},
		{Name: "problem", Type: def.String, MaxLen: 2000, Doc: "Problem says what ended the migration being applied, empty if it was only interrupted."},
		{Name: "checksums", Type: def.List(def.String), Doc: "Checksums are those of the applied migrations' files, from the first on."},
		{Name: "run", Type: def.ObjectID, Doc: "Run is the run that changed this last."},
	},
}
