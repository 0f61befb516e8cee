package scripted

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/stored"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// defining are commands about collections and indexes.
var defining = map[string]handler{
	"create":        (*Server).create,
	"drop":          (*Server).drop,
	"dropDatabase":  (*Server).dropDatabase,
	"createIndexes": (*Server).createIndexes,
	"dropIndexes":   (*Server).dropIndexes,
	"collMod":       (*Server).collMod,
}

// made is the collection of that name, which comes into being if need be.
func (s *Server) made(ns namespace) (*stored.Collection, error) {
	if coll := s.collections[ns]; coll != nil {
		return coll, nil
	}
	return s.makeCollection(ns, value.Encode(nil))
}

func (s *Server) makeCollection(ns namespace, options bson.Raw) (*stored.Collection, error) {
	if err := s.checkNames(ns); err != nil {
		return nil, err
	}
	coll, err := stored.New(ns.db+"."+ns.collection, newUUID(), options, s.version)
	if err == nil {
		s.collections[ns] = coll
	}
	return coll, err
}

// maxDatabase is how long a database's name may be, in bytes.
const maxDatabase = 63

func (s *Server) checkNames(ns namespace) error {
	if ns.db == "" || len(ns.db) > maxDatabase || strings.ContainsAny(ns.db, "/\\. \"$\x00") {
		return fault.New(73, "Invalid database name: '%s'", ns.db)
	}
	if ns.collection == "" || strings.ContainsAny(ns.collection, "$\x00") || strings.HasPrefix(ns.collection, ".") || strings.HasPrefix(ns.collection, "system.") {
		return fault.New(73, "Invalid namespace specified '%s.%s'", ns.db, ns.collection)
	}
	for other := range s.collections {
		if other.db != ns.db && strings.EqualFold(other.db, ns.db) {
			return fault.New(13297, "db already exists with different case already have: [%s] trying to create [%s]", other.db, ns.db)
		}
	}
	return nil
}

// envelope are members of commands that are not about what they do.
func envelope(name string) bool {
	return strings.HasPrefix(name, "$") || slices.Contains([]string{"lsid", "txnNumber", "writeConcern", "readConcern", "comment", "maxTimeMS", "apiVersion", "apiStrict", "apiDeprecationErrors"}, name)
}

// options are what a command says beyond its first member.
func (c *call) options() []value.Field {
	return slices.DeleteFunc(value.Fields(c.Body)[1:], func(f value.Field) bool { return envelope(f.Name) })
}

// create makes a collection. One that is there already with the same options is left
// alone, as since MongoDB 7.0.
func (s *Server) create(c *call) (bson.D, error) {
	options := value.Encode(c.options())
	for _, f := range c.options() {
		if !slices.Contains([]string{"validator", "validationLevel", "validationAction", "collation", "viewOn", "pipeline", "timeseries"}, f.Name) {
			return nil, fault.NotModelled("create's " + f.Name)
		}
	}
	if coll := s.collections[c.namespace()]; coll != nil {
		if value.Equal(value.Document(coll.Options), value.Document(options)) {
			return nil, nil
		}
		return nil, fault.New(48, "namespace %s already exists, but with different options: %s", coll.Namespace, coll.Options)
	}
	_, err := s.makeCollection(c.namespace(), options)
	return nil, err
}

// The types of what listCollections lists.
const (
	ordinary   = "collection"
	view       = "view"
	timeSeries = "timeseries"
)

func typeOf(coll *stored.Collection) string {
	switch {
	case value.Get(coll.Options, "viewOn").Type != value.Missing:
		return view
	case value.Get(coll.Options, "timeseries").Type != value.Missing:
		return timeSeries
	}
	return ordinary
}

// modelled are the commands that are modelled of what is no ordinary collection: it can be
// made and listed, and holds nothing.
var modelled = map[string][]string{
	view:       {"create", "drop"},
	timeSeries: {"create", "drop", "createIndexes", "listIndexes", "aggregate"},
}

// refuseByType refuses what is not modelled of a view or a time series.
func (s *Server) refuseByType(c *call) error {
	coll := s.collections[c.namespace()]
	if coll == nil || typeOf(coll) == ordinary || slices.Contains(modelled[typeOf(coll)], c.Name) {
		return nil
	}
	return fault.NotModelled(c.Name + " of a " + typeOf(coll))
}

func (s *Server) drop(c *call) (bson.D, error) {
	coll := s.collections[c.namespace()]
	if coll == nil { // no error since MongoDB 7.0
		return nil, nil
	}
	delete(s.collections, c.namespace())
	return bson.D{{Key: "nIndexesWas", Value: int32(len(coll.Indexes()))}, {Key: "ns", Value: coll.Namespace}}, nil
}

func (s *Server) dropDatabase(c *call) (bson.D, error) {
	there := false
	for ns := range s.collections {
		if ns.db == c.Database {
			delete(s.collections, ns)
			there = true
		}
	}
	if !there {
		return nil, nil
	}
	return bson.D{{Key: "dropped", Value: c.Database}}, nil
}

func (s *Server) listDatabases(c *call) (bson.D, error) {
	f, err := s.filter(c, "filter")
	if err != nil {
		return nil, err
	}
	var names []string
	for ns := range s.collections {
		names = append(names, ns.db)
	}
	slices.Sort(names)
	list := []bson.Raw{}
	for _, name := range slices.Compact(names) {
		doc := bson.D{{Key: "name", Value: name}, {Key: "sizeOnDisk", Value: int64(8192)}, {Key: "empty", Value: false}}
		if c.flag("nameOnly", false) {
			doc = doc[:1]
		}
		if raw := value.Make(doc); f.Matches(raw) {
			list = append(list, raw)
		}
	}
	return bson.D{{Key: "databases", Value: list}, {Key: "totalSize", Value: int64(8192 * len(list))}}, nil
}

func (s *Server) listCollections(c *call) (bson.D, error) {
	f, err := s.filter(c, "filter")
	if err != nil {
		return nil, err
	}
	var names []string
	for ns := range s.collections {
		if ns.db == c.Database {
			names = append(names, ns.collection)
		}
	}
	slices.Sort(names)
	var docs []bson.Raw
	for _, name := range names {
		coll := s.collections[namespace{c.Database, name}]
		doc := bson.D{{Key: "name", Value: name}, {Key: "type", Value: typeOf(coll)}}
		if !c.flag("nameOnly", false) {
			id := bson.Binary{Subtype: bson.TypeBinaryUUID, Data: coll.UUID[:]}
			doc = append(doc, bson.E{Key: "options", Value: coll.Options}, bson.E{Key: "info", Value: bson.D{{Key: "readOnly", Value: false}, {Key: "uuid", Value: id}}},
				bson.E{Key: "idIndex", Value: coll.Indexes()[0].Describe()})
		}
		if raw := value.Make(doc); f.Matches(raw) {
			docs = append(docs, raw)
		}
	}
	return s.openCursor(c, docs, c.batchSize(), false), nil
}
