package scripted

import (
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/match"
	"github.com/partywall/partywall/api/testdb/scripted/internal/path"
	"github.com/partywall/partywall/api/testdb/scripted/internal/project"
	"github.com/partywall/partywall/api/testdb/scripted/internal/stored"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// reading are commands that change nothing.
var reading = map[string]handler{
	"find":            (*Server).find,
	"count":           (*Server).count,
	"distinct":        (*Server).distinct,
	"aggregate":       (*Server).aggregate,
	"listDatabases":   (*Server).listDatabases,
	"listCollections": (*Server).listCollections,
	"listIndexes":     (*Server).listIndexes,
	"explain":         (*Server).explain,
}

// firstBatch is how many documents a cursor begins with, if the command does not
// say.
const firstBatch = 101

func (s *Server) find(c *call) (bson.D, error) {
	docs, err := s.query(c)
	if err != nil {
		return nil, err
	}
	size, err := c.number("batchSize", firstBatch)
	if err != nil {
		return nil, err
	}
	return s.openCursor(c, docs, size, c.flag("singleBatch", false)), nil
}

// query are the documents that find asks for.
func (s *Server) query(c *call) ([]bson.Raw, error) {
	for _, name := range []string{"min", "max", "returnKey", "showRecordId", "tailable", "awaitData"} {
		if v := c.get(name); v.Type != value.Missing && !value.Equal(v, value.Of(false)) {
			return nil, fault.NotModelled("find's option " + name)
		}
	}
	p, err := c.projection("projection")
	if err != nil {
		return nil, err
	}
	docs, err := s.matching(c, "filter")
	if err != nil {
		return nil, err
	}
	if docs, err = c.cut(docs); err != nil {
		return nil, err
	}
	shown := make([]bson.Raw, len(docs))
	for i, doc := range docs {
		shown[i] = p.Apply(doc)
	}
	return shown, nil
}

// filter is an option that says which documents are meant.
func (s *Server) filter(c *call, option string) (match.Filter, error) {
	doc, err := c.document(option)
	if err != nil {
		return match.Filter{}, err
	}
	if s.folds(c) {
		return match.CompileFolded(doc, s.version)
	}
	return match.Compile(doc, s.version)
}

// folds says whether the command compares text whatever its case: by its own
// collation or, without one, by its collection's.
func (s *Server) folds(c *call) bool {
	collation := c.get("collation")
	if coll := s.collections[c.namespace()]; coll != nil && collation.Type == value.Missing {
		collation = value.Get(coll.Options, "collation")
	}
	folds, _ := value.Folds(collation)
	return folds
}

// order is what the command sorts by.
func (c *call) order() (stored.Order, error) {
	doc, err := c.document("sort")
	if err != nil {
		return stored.Order{}, err
	}
	return stored.NewOrder(doc)
}

// projection is an option that says what of documents is shown.
func (c *call) projection(option string) (project.Projection, error) {
	doc, err := c.document(option)
	if err != nil {
		return project.Projection{}, err
	}
	return project.New(doc)
}

// matching are the documents that the command's filter asks for, in its order.
func (s *Server) matching(c *call, filterName string) ([]bson.Raw, error) {
	doc, err := c.document(filterName)
	if err != nil {
		return nil, err
	}
	if found, searches, err := s.search(c, doc); searches {
		if err != nil {
			return nil, err
		}
		sort, err := c.document("sort")
		if err != nil {
			return nil, err
		}
		return ranked(found, sort)
	}
	f, err := s.filter(c, filterName)
	if err != nil {
		return nil, err
	}
	order, err := c.order()
	if err != nil {
		return nil, err
	}
	order.Folds = f.Folds
	coll := s.collections[c.namespace()]
	if coll == nil {
		return nil, nil
	}
	if err := hinted(coll, c.get("hint")); err != nil {
		return nil, err
	}
	return coll.Find(f, order)
}

// hinted refuses a hint that names no index, or a hidden one.
func hinted(coll *stored.Collection, hint bson.RawValue) error {
	if hint.Type == value.Missing {
		return nil
	}
	for _, x := range coll.Indexes() {
		name, byName := hint.StringValueOK()
		keys, byKeys := hint.DocumentOK()
		named := byName && x.Name == name || byKeys && value.Equal(value.Document(keys), value.Document(x.Keys))
		if named && !value.Equal(x.Option("hidden"), value.Of(true)) {
			return nil
		}
	}
	return fault.BadValue("error processing query: hint provided does not correspond to an existing index")
}

// cut leaves what skip and limit leave.
func (c *call) cut(docs []bson.Raw) ([]bson.Raw, error) {
	skip, err := c.number("skip", 0)
	if err != nil {
		return nil, err
	}
	limit, err := c.number("limit", 0)
	if err != nil {
		return nil, err
	}
	if skip < 0 || limit < 0 {
		return nil, fault.BadValue("skip and limit must not be negative")
	}
	docs = docs[min(skip, int64(len(docs))):]
	if limit > 0 {
		docs = docs[:min(limit, int64(len(docs)))]
	}
	return docs, nil
}

func (s *Server) count(c *call) (bson.D, error) {
	docs, err := s.matching(c, "query")
	if err != nil {
		return nil, err
	}
	docs, err = c.cut(docs)
	return bson.D{{Key: "n", Value: int32(len(docs))}}, err
}

func (s *Server) distinct(c *call) (bson.D, error) {
	docs, err := s.matching(c, "query")
	if err != nil {
		return nil, err
	}
	key, ok := c.get("key").StringValueOK()
	if !ok {
		return nil, fault.TypeMismatch("BSON field 'distinct.key' is the wrong type, expected type 'string'")
	}
	var values []bson.RawValue
	for _, doc := range docs {
		path.Each(doc, key, path.Within, func(v bson.RawValue) bool {
			if v.Type != value.Missing {
				values = append(values, v)
			}
			return false
		})
	}
	return bson.D{{Key: "values", Value: value.Array(distinct(values))}}, nil
}

// distinct is each value once, in order. Arrays were gone into, and are left out.
func distinct(values []bson.RawValue) []bson.RawValue {
	values = slices.DeleteFunc(values, func(v bson.RawValue) bool { return v.Type == bson.TypeArray })
	slices.SortStableFunc(values, value.Compare)
	return slices.CompactFunc(values, value.Equal)
}

func (s *Server) buildInfo(*call) (bson.D, error) {
	version := map[int]bson.A{7: {int32(7), int32(0), int32(14), int32(0)}, 8: {int32(8), int32(0), int32(4), int32(0)}}[s.version]
	text := map[int]string{7: "7.0.14", 8: "8.0.4"}[s.version]
	return bson.D{{Key: "version", Value: text}, {Key: "versionArray", Value: version}, {Key: "maxBsonObjectSize", Value: int32(16 << 20)}}, nil
}

func (s *Server) getParameter(*call) (bson.D, error) {
	major := map[int]string{7: "7.0", 8: "8.0"}[s.version]
	return bson.D{{Key: "featureCompatibilityVersion", Value: bson.D{{Key: "version", Value: major}}}}, nil
}

// explain says of what it is asked about no more than that it is a query: it has no
// plans.
func (s *Server) explain(c *call) (bson.D, error) {
	return bson.D{
		{Key: "explainVersion", Value: "1"},
		{Key: "queryPlanner", Value: bson.D{{Key: "namespace", Value: c.Database}, {Key: "winningPlan", Value: bson.D{{Key: "stage", Value: "COLLSCAN"}}}}},
		{Key: "serverInfo", Value: bson.D{{Key: "host", Value: s.Addr()}, {Key: "at", Value: c.now.Truncate(time.Second)}}},
	}, nil
}
