package meta

import "go.mongodb.org/mongo-driver/v2/bson"

// Living and Deleted are fulfilled by documents that are not deleted, and by those that are. Equality
// with null holds for what is missing, too, and is among the few conditions that MongoDB takes in a
// partial index. That a member exists, which being unequal to null implies, is what the server asks
// before it uses a sparse or partial one.
var (
	Living  = bson.E{Key: DeletedPath, Value: bson.D{{Key: string(Eq), Value: nil}}}
	Deleted = bson.E{Key: DeletedPath, Value: bson.D{{Key: string(Exists), Value: true}, {Key: string(Ne), Value: nil}}}
)

// IsDeletion reports whether queries for deleted documents have what is needed, and no others.
func (n Need) IsDeletion() bool { return n.By == Existence && n.Path == DeletedPath }
