package scripted

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/change"
	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/match"
	"github.com/partywall/partywall/api/testdb/scripted/internal/stored"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// writing are commands that change documents.
var writing = map[string]handler{
	"insert":        (*Server).insert,
	"update":        (*Server).update,
	"delete":        (*Server).remove,
	"findAndModify": (*Server).findAndModify,
	"findandmodify": (*Server).findAndModify,
}

// statements carries out each of a command's, up to the first that fails if they are
// ordered, and gathers what went wrong.
func (c *call) statements(list string, do func(i int, statement bson.Raw) error) (bson.A, error) {
	docs, err := c.documents(list)
	if err != nil {
		return nil, err
	}
	if len(docs) == 0 || len(docs) > maxBatch {
		return nil, fault.New(16, "Write batch sizes must be between 1 and %d. Got %d operations.", maxBatch, len(docs))
	}
	var failed bson.A
	for i, doc := range docs {
		var err error
		if refused := statementPlainly(doc); refused != nil && list != "documents" {
			err = refused
		} else {
			err = do(i, doc)
		}
		if err == nil {
			continue
		}
		failed = append(failed, writeError(i, err))
		if c.flag("ordered", true) {
			break
		}
	}
	return failed, nil
}

func writeError(i int, err error) bson.D {
	f := asFault(err)
	d := bson.D{{Key: "index", Value: int32(i)}, {Key: "code", Value: f.Code}}
	d = append(d, f.Fields...)
	return append(d, bson.E{Key: "errmsg", Value: f.Text})
}

func (s *Server) insert(c *call) (bson.D, error) {
	coll, err := s.made(c.namespace())
	if err != nil {
		return nil, err
	}
	n := int32(0)
	failed, err := c.statements("documents", func(_ int, doc bson.Raw) error {
		_, err := coll.Insert(change.IDFirst(doc))
		if err == nil {
			n++
		}
		return err
	})
	return withErrors(bson.D{{Key: "n", Value: n}}, failed), err
}

func withErrors(answer bson.D, failed bson.A) bson.D {
	if len(failed) > 0 {
		answer = append(answer, bson.E{Key: "writeErrors", Value: failed})
	}
	return answer
}

func (s *Server) update(c *call) (bson.D, error) {
	var n, modified int32
	var upserted bson.A
	failed, err := c.statements("updates", func(i int, statement bson.Raw) error {
		if value.Get(statement, "sort").Type != value.Missing && s.version < 8 {
			return fault.New(40415, "BSON field 'update.updates.sort' is an unknown field.")
		}
		m, err := s.readModification(c, statement)
		if err != nil {
			return err
		}
		done, err := m.do(s, c)
		if err != nil {
			return err // and what it changed before is not counted
		}
		n += int32(len(done.before))
		modified += done.modified()
		if done.upserted != nil {
			n++
			upserted = append(upserted, bson.D{{Key: "index", Value: int32(i)}, {Key: "_id", Value: value.Get(done.upserted, "_id")}})
		}
		return nil
	})
	answer := bson.D{{Key: "n", Value: n}}
	if len(upserted) > 0 {
		answer = append(answer, bson.E{Key: "upserted", Value: upserted})
	}
	return withErrors(append(answer, bson.E{Key: "nModified", Value: modified}), failed), err
}

// modification is a statement of update, or findAndModify.
type modification struct {
	filter match.Filter
	order  stored.Order
	update *change.Update
	upsert bool
	limit  int
}

func (s *Server) readModification(c *call, statement bson.Raw) (m modification, err error) {
	filter, _ := value.Get(statement, "q").DocumentOK()
	compile := match.Compile
	if s.folds(c) {
		compile = match.CompileFolded
	}
	if m.filter, err = compile(filter, s.version); err != nil {
		return m, err
	}
	if value.Get(statement, "arrayFilters").Type != value.Missing {
		return m, fault.NotModelled("arrayFilters")
	}
	sort, _ := value.Get(statement, "sort").DocumentOK()
	if m.order, err = stored.NewOrder(sort); err != nil {
		return m, err
	}
	m.upsert, _ = value.Get(statement, "upsert").BooleanOK()
	m.limit = 1
	multi, _ := value.Get(statement, "multi").BooleanOK()
	if multi {
		m.limit = -1
	}
	m.update, err = change.Compile(value.Get(statement, "u"), s.version, c.now)
	if err == nil && multi && m.update.IsReplacement() {
		return m, fault.New(9, "multi update is not supported for replacement-style update")
	}
	return m, err
}

// modified is what a modification did.
type modified struct {
	before, after []bson.Raw
	upserted      bson.Raw
}

// modified counts the documents that are other than they were.
func (m modified) modified() (n int32) {
	for i := range m.after {
		if string(m.before[i]) != string(m.after[i]) {
			n++
		}
	}
	return n
}

func (m modification) do(s *Server, c *call) (done modified, err error) {
	coll := s.collections[c.namespace()]
	if coll == nil && m.upsert {
		if coll, err = s.made(c.namespace()); err != nil {
			return done, err
		}
	}
	if coll == nil {
		return done, nil
	}
	done.before, done.after, err = coll.Change(m.filter, m.order, m.limit, func(doc bson.Raw) (bson.Raw, error) {
		return m.update.Apply(doc, false)
	})
	if err != nil || len(done.before) > 0 || !m.upsert {
		return done, err
	}
	seed, err := m.update.Seed(m.filter.Source())
	if err != nil {
		return done, err
	}
	doc, err := m.update.Apply(seed, true)
	if err != nil {
		return done, err
	}
	done.upserted, err = coll.Insert(doc)
	return done, err
}

func (s *Server) remove(c *call) (bson.D, error) {
	n := int32(0)
	failed, err := c.statements("deletes", func(_ int, statement bson.Raw) error {
		filter, _ := value.Get(statement, "q").DocumentOK()
		f, err := match.Compile(filter, s.version)
		if err != nil {
			return err
		}
		limit, ok := value.Whole(value.Get(statement, "limit"))
		if !ok || limit < 0 || limit > 1 {
			return fault.New(9, "The limit field in delete objects must be 0 or 1. Got %d", limit)
		}
		coll := s.collections[c.namespace()]
		if coll == nil {
			return nil
		}
		if limit == 0 {
			limit = -1
		}
		removed, err := coll.Remove(f, stored.Order{}, int(limit))
		n += int32(len(removed))
		return err
	})
	return withErrors(bson.D{{Key: "n", Value: n}}, failed), err
}
