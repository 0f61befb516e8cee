package store

import (
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// revField counts the writes of a document; absent means none by this product.
const revField = "_rev"

const (
	createdField = "createdAt"
	updatedField = "updatedAt"
)

// Rev identifies the state of a document: the number of writes it has seen, and
// when the last one was. The latter notices writers that know no _rev, such as
// the deployment this product takes over from while both still run.
type Rev struct {
	n       int64
	updated int64 // ms since 1970, 0 where the document has no updatedAt
}

// NewRev is the Rev of a document that was written n times, last at updated.
func NewRev(n int64, updated time.Time) Rev {
	if updated.IsZero() {
		return Rev{n: n}
	}
	return Rev{n: n, updated: updated.UnixMilli()}
}

// RevOf is the Rev of a stored document.
func RevOf(doc bson.Raw) Rev {
	n, _ := doc.Lookup(revField).AsInt64OK()
	updated, _ := doc.Lookup(updatedField).DateTimeOK()
	return Rev{n: n, updated: updated}
}

// String is the Rev as entity tags carry it: 3-1795464547267.
func (r Rev) String() string { return fmt.Sprintf("%d-%d", r.n, r.updated) }

// conditions are what a document in this state matches, besides its _id.
func (r Rev) conditions(timestamps bool) bson.D {
	d := bson.D{{Key: revField, Value: zeroOrMissing(r.n, r.n)}}
	if timestamps {
		d = append(d, bson.E{Key: updatedField, Value: zeroOrMissing(r.updated, bson.DateTime(r.updated))})
	}
	return d
}

func zeroOrMissing(n int64, value any) any {
	if n == 0 {
		return bson.D{{Key: "$in", Value: bson.A{nil, value}}}
	}
	return value
}

// Now is the current time as a BSON date holds it.
func Now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
