package replay

import (
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"github.com/partywall/partywall/tools/bench/internal/canned"
)

// batches keep the arrays of documents that were answered once, so that
// answering costs the machine next to nothing while a client is measured.
type batches struct {
	made sync.Map
	has  has
}

type span struct{ kind, from, to int }

// get is the array of the documents of a kind from one number up to another.
func (b *batches) get(kind, from, to int) bsoncore.Array {
	key := span{kind, from, to}
	if array, ok := b.made.Load(key); ok {
		return array.(bsoncore.Array)
	}
	var docs []bson.Raw
	switch kind {
	case listOfUsers:
		docs = canned.Raw(to)[from:]
	case listOfTenants:
		for i := from; i < to; i++ {
			docs = append(docs, entry(canned.TenantID(1, i), b.has))
		}
	}
	array := arrayOf(docs...)
	b.made.Store(key, array)
	return array
}
