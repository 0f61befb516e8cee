package store

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// Rev identifies the state of a document: the number of writes it has seen, and
// when the last one was. The latter notices writers that know no _rev, such as
// the deployment this product takes over from while both still run.
type Rev struct {
	n       int64
	updated int64 // ms since 1970, 0 where the document has no updatedAt
	// untimed reports whether the collection's documents have no updatedAt.
	untimed bool
	// odd are those of the two, as BSON elements, that are stored in a type that this
	// product never writes, such as text.
	odd string
}

// NewRev returns the Rev of a document that was written n times, last at updated.
func NewRev(n int64, updated time.Time) Rev {
	if updated.IsZero() {
		return Rev{n: n}
	}
	return Rev{n: n, updated: updated.UnixMilli()}
}

// NewUntimedRev returns the Rev of a document of a collection without updatedAt. Its
// revisions begin at the time of its creation, so that none comes again if the document is
// deleted and another takes its place.
func NewUntimedRev(n int64) Rev { return Rev{n: n, untimed: true} }

// RevOf returns the Rev of a stored document, which has its updatedAt at the given path; empty
// for none.
func RevOf(doc bson.Raw, updatedPath string) Rev {
	rev := Rev{untimed: updatedPath == ""}
	var odd []byte
	note := func(key string, value bson.RawValue) {
		odd = append(wire.AppendHeader(odd, value.Type, key), value.Value...)
	}
	if count := doc.Lookup(meta.RevPath); isCountable(count) {
		rev.n = count.AsInt64()
	} else if !wire.IsMissing(count) {
		note(meta.RevPath, count)
	}
	if rev.untimed {
		rev.odd = string(odd)
		return rev
	}
	if updated := doc.Lookup(updatedPath); updated.Type == bson.TypeDateTime {
		rev.updated = updated.DateTime()
	} else if !wire.IsMissing(updated) {
		note(updatedPath, updated)
	}
	rev.odd = string(odd)
	return rev
}

// isCountable reports whether v is a whole number that can be counted up. Shells write
// those as doubles, too.
func isCountable(v bson.RawValue) bool {
	switch v.Type {
	case bson.TypeInt32:
		return true
	case bson.TypeInt64:
		return v.Int64() < math.MaxInt64
	case bson.TypeDouble:
		f := v.Double()
		return f == math.Trunc(f) && math.Abs(f) < 1<<53
	}
	return false
}

// String returns the Rev as entity tags carry it: 3-1795464547267, or without updatedAt the
// number alone.
func (r Rev) String() string {
	text := strconv.FormatInt(r.n, 10)
	if !r.untimed {
		text += "-" + strconv.FormatInt(r.updated, 10)
	}
	if r.odd != "" {
		sum := sha256.Sum256([]byte(r.odd))
		text += "-" + hex.EncodeToString(sum[:8])
	}
	return text
}

// ParseRev reads what String returns of documents that have their updatedAt at the given path;
// empty for none. ok is false for anything else, and for a Rev with odd values, of which the
// text has only a hash.
func ParseRev(text, updatedPath string) (rev Rev, ok bool) {
	count, updated := text, ""
	if rev.untimed = updatedPath == ""; !rev.untimed {
		count, updated, _ = strings.Cut(text, "-")
	}
	rev.n, _ = strconv.ParseInt(count, 10, 64)
	rev.updated, _ = strconv.ParseInt(updated, 10, 64)
	return rev, rev.String() == text
}

// Conditions returns the conditions that a document in this state fulfils, besides its _id, if
// it has its updatedAt at the given path; empty for none.
func (r Rev) Conditions(updatedPath string) bson.D {
	d := bson.D{{Key: meta.RevPath, Value: r.condition(meta.RevPath, zeroOrMissing(r.n, r.n))}}
	if updatedPath != "" {
		updated := r.condition(updatedPath, zeroOrMissing(r.updated, bson.DateTime(r.updated)))
		d = append(d, bson.E{Key: updatedPath, Value: updated})
	}
	return d
}

// condition returns what the member called key fulfils: it has its odd value if it has one,
// else usual.
func (r Rev) condition(key string, usual any) any {
	value, odd := r.Stored(key)
	switch {
	case !odd:
		return usual
	case value.Type == bson.TypeUndefined: // which nothing can be compared with
		return bson.D{{Key: "$type", Value: "undefined"}}
	}
	return bson.D{{Key: string(meta.Eq), Value: value}}
}

// Stored returns the odd value of the member called key.
func (r Rev) Stored(key string) (value bson.RawValue, odd bool) {
	for _, e := range wire.Elements([]byte(r.odd)) {
		if e.Key() == key {
			return e.Value(), true
		}
	}
	return bson.RawValue{}, false
}

func zeroOrMissing(n int64, value any) any {
	if n == 0 {
		return bson.D{{Key: "$in", Value: bson.A{nil, value}}}
	}
	return value
}
