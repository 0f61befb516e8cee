package replay

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"github.com/partywall/partywall/tools/bench/internal/canned"
)

// firstBatch is how many documents MongoDB answers a find with that says no
// batchSize.
const firstBatch = 101

// find answers with the documents that a command is about, as many at once as it
// asks for.
func (s *Server) find(dst []byte, cmd bson.Raw) []byte {
	db, coll := cmd.Lookup("$db").StringValue(), cmd.Lookup("find").StringValue()
	filter, _ := cmd.Lookup("filter").DocumentOK()
	switch {
	case db == s.adminDB && coll == "tenants":
		if docs, ok := s.entriesOf(filter); ok {
			return appendCursor(dst, db, coll, "firstBatch", 0, arrayOf(docs...))
		}
		return s.batch(dst, cmd, db, coll, place{kind: listOfTenants, total: s.tenants})
	case db == s.adminDB && coll == "sessions":
		return appendCursor(dst, db, coll, "firstBatch", 0, arrayOf(session(filter)))
	case coll == "users" && names(filter, "email"): // whoever asks is about to make a user of that address
		return appendCursor(dst, db, coll, "firstBatch", 0, arrayOf())
	case coll == "users" && names(filter, "_id"):
		return appendCursor(dst, db, coll, "firstBatch", 0, arrayOf(s.user(cmd.Lookup("filter"))))
	}
	tenant, ok := canned.TenantOf(db)
	if !ok {
		return appendCursor(dst, db, coll, "firstBatch", 0, arrayOf())
	}
	return s.batch(dst, cmd, db, coll, place{kind: listOfUsers, total: canned.UsersOf(tenant)})
}

// batch is the first answer to a find of everything in a collection.
func (s *Server) batch(dst []byte, cmd bson.Raw, db, coll string, p place) []byte {
	if limit, ok := cmd.Lookup("limit").AsInt64OK(); ok && limit > 0 {
		p.total = min(p.total, int(limit))
	}
	size, ok := cmd.Lookup("batchSize").AsInt64OK()
	if !ok {
		size = firstBatch
	}
	to := min(p.total, int(size))
	docs := s.batches.get(p.kind, 0, to)
	p.next = to
	return appendCursor(dst, db, coll, "firstBatch", p.cursor(), docs)
}

func (s *Server) getMore(dst []byte, cmd bson.Raw) []byte {
	p := placeOf(cmd.Lookup("getMore").Int64())
	to := p.total
	if size, ok := cmd.Lookup("batchSize").AsInt64OK(); ok && size > 0 {
		to = min(to, p.next+int(size))
	}
	if to-p.next > mostPerBatch {
		to = p.next + mostPerBatch
	}
	docs := s.batches.get(p.kind, p.next, to)
	p.next = to
	return appendCursor(dst, cmd.Lookup("$db").StringValue(), cmd.Lookup("collection").StringValue(), "nextBatch", p.cursor(), docs)
}

// mostPerBatch keeps batches below MongoDB's 16 MiB.
const mostPerBatch = 40_000

// place is where a cursor stands. All of it is in the cursor's id, so that the
// server remembers nothing.
type place struct {
	kind        int
	next, total int
}

const (
	listOfUsers = iota + 1
	listOfTenants
)

// cursor is the id of a cursor that stands at p: 0 at the end.
func (p place) cursor() int64 {
	if p.next >= p.total {
		return 0
	}
	return int64(p.kind)<<60 | int64(p.next)<<30 | int64(p.total)
}

func placeOf(cursor int64) place {
	const mask = 1<<30 - 1
	return place{kind: int(cursor >> 60), next: int(cursor >> 30 & mask), total: int(cursor & mask)}
}

// appendCursor appends a reply with a batch of documents.
func appendCursor(dst []byte, db, coll, batch string, id int64, docs bsoncore.Array) []byte {
	start, dst := bsoncore.AppendDocumentStart(dst)
	inner, dst := bsoncore.AppendDocumentElementStart(dst, "cursor")
	dst = bsoncore.AppendArrayElement(dst, batch, docs)
	dst = bsoncore.AppendInt64Element(dst, "id", id)
	dst = bsoncore.AppendStringElement(dst, "ns", db+"."+coll)
	dst, _ = bsoncore.AppendDocumentEnd(dst, inner)
	dst = bsoncore.AppendDoubleElement(dst, "ok", 1)
	dst, _ = bsoncore.AppendDocumentEnd(dst, start)
	return dst
}

func arrayOf(docs ...bson.Raw) bsoncore.Array {
	builder := bsoncore.NewArrayBuilder()
	for _, doc := range docs {
		builder.AppendDocument(bsoncore.Document(doc))
	}
	return builder.Build()
}

// names says whether a filter is about a path.
func names(filter bson.Raw, path string) bool {
	_, err := filter.LookupErr(path)
	return err == nil
}

// operand is the value that a path is to equal: the filter's own, or that of $eq.
func operand(filter bson.Raw, path string) bson.RawValue {
	value := filter.Lookup(path)
	if doc, ok := value.DocumentOK(); ok {
		return doc.Lookup("$eq")
	}
	return value
}

// entriesOf are the entries that a filter of the catalog asks for by id, name or
// database, or by a state that only entered ones are in; ok is false if it asks for all.
func (s *Server) entriesOf(filter bson.Raw) (docs []bson.Raw, ok bool) {
	if id, ok := operand(filter, "_id").ObjectIDOK(); ok {
		if doc := s.entered.get(id); doc != nil {
			return []bson.Raw{doc}, true
		}
		return []bson.Raw{entry(id, s.batches.has)}, true
	}
	for _, path := range []string{"name", "database"} {
		if text, ok := operand(filter, path).StringValueOK(); ok {
			if tenant, ok := canned.TenantOf(text); ok {
				return []bson.Raw{entry(tenant, s.batches.has)}, true
			}
			return s.entered.find(path, text), true
		}
	}
	if state, ok := operand(filter, "state").StringValueOK(); ok && state != active {
		return s.entered.find("state", state), true
	}
	return nil, false
}

// active is the state of the tenants that were not entered.
const active = "active"

// entry is a tenant's entry of the catalog.
func entry(tenant bson.ObjectID, has has) bson.Raw {
	made := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return canned.Marshal(bson.D{
		{Key: "_id", Value: tenant}, {Key: "name", Value: canned.Name(tenant)}, {Key: "database", Value: canned.Database(tenant)},
		{Key: "cluster", Value: "default"}, {Key: "state", Value: active}, {Key: "steps", Value: bson.A{"collections", "migrations", "indexes"}}, {Key: "fingerprint", Value: has.fingerprint},
		{Key: "collections", Value: has.collections}, {Key: "declarations", Value: has.declarations},
		{Key: "createdAt", Value: made}, {Key: "updatedAt", Value: made}, {Key: "_rev", Value: int64(3)},
	})
}

// session is the one session of the user whom a filter names. Its id is the
// user's.
func session(filter bson.Raw) bson.Raw {
	tenant, user := operand(filter, "tenant").ObjectID(), operand(filter, "user").ObjectID()
	now := time.Now()
	return canned.Marshal(bson.D{
		{Key: "_id", Value: user}, {Key: "tenant", Value: tenant}, {Key: "user", Value: user}, {Key: "token", Value: "none"},
		{Key: "expiresAt", Value: now.Add(24 * time.Hour)}, {Key: "createdAt", Value: now}, {Key: "updatedAt", Value: now},
		{Key: "_rev", Value: int64(1)},
	})
}

// user is the first of the canned users, under the id that a filter names.
func (s *Server) user(filter bson.RawValue) bson.Raw {
	doc, _ := filter.DocumentOK()
	user := canned.Users(1)[0]
	if id, ok := operand(doc, "_id").ObjectIDOK(); ok {
		user.ID = id
	}
	return canned.Marshal(user)
}
