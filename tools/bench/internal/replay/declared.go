package replay

import (
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/tools/bench/internal/canned"
)

// has is what the catalog says of a tenant's database.
type has struct {
	fingerprint               string
	collections, declarations []string
}

// everything is what it says where all that is declared is there.
func everything(collections []runtime.Collection) has {
	all := has{fingerprint: runtime.Fingerprint(collections)}
	for i := range collections {
		if c := &collections[i]; !c.Admin {
			all.collections = append(all.collections, c.Name)
			all.declarations = append(all.declarations, c.Declaration())
		}
	}
	return all
}

// collectionList are the collections of tenants' databases, or of the admin database, as listCollections answers them.
func collectionList(collections []runtime.Collection, admin bool) bsoncore.Array {
	var list []bson.Raw
	for _, c := range collections {
		if c.Admin == admin {
			list = append(list, canned.Marshal(bson.D{{Key: "name", Value: c.Name}, {Key: "type", Value: "collection"}}))
		}
	}
	return arrayOf(list...)
}

// listCollections answers with all collections that there ought to be, whatever the database.
func (s *Server) listCollections(dst []byte, cmd bson.Raw) []byte {
	db, list := cmd.Lookup("$db").StringValue(), s.perTenant
	if db == s.adminDB {
		list = s.admin
	}
	return appendCursor(dst, db, "$cmd.listCollections", "firstBatch", 0, list)
}

// indexList are a collection's indexes as listIndexes answers them.
func indexList(c *runtime.Collection) []byte {
	list := []bson.Raw{canned.Marshal(bson.D{{Key: "v", Value: int32(2)}, {Key: "key", Value: bson.D{{Key: "_id", Value: int32(1)}}}, {Key: "name", Value: "_id_"}})}
	for _, x := range c.Indexes {
		var keys bson.D
		for _, k := range x.Keys {
			direction := int32(1)
			if k.Descending {
				direction = -1
			}
			keys = append(keys, bson.E{Key: k.Path, Value: direction})
		}
		doc := bson.D{{Key: "v", Value: int32(2)}, {Key: "key", Value: keys}, {Key: "name", Value: x.Name}}
		if x.Unique {
			doc = append(doc, bson.E{Key: "unique", Value: true})
		}
		list = append(list, canned.Marshal(doc))
	}
	return arrayOf(list...)
}

// none are the indexes of a collection that was only created.
var none = indexList(&runtime.Collection{})

// listIndexes answers with all indexes that there ought to be, but for databases of
// tenants that were entered: what is built there is not remembered.
func (s *Server) listIndexes(dst []byte, cmd bson.Raw) []byte {
	db, coll := cmd.Lookup("$db").StringValue(), cmd.Lookup("listIndexes").StringValue()
	if _, there := canned.TenantOf(db); !there && db != s.adminDB {
		return appendCursor(dst, db, coll, "firstBatch", 0, none)
	}
	return appendCursor(dst, db, coll, "firstBatch", 0, s.indexes[coll])
}
