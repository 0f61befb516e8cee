package wire

import "go.mongodb.org/mongo-driver/v2/bson"

// Kind returns the BSON type of the value at v.
func (v Value) Kind() bson.Type { return v.kind }
