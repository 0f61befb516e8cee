package scripted

import (
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/stored"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// SetBuilding has an index listed as one whose build goes on, or no more.
func (s *Server) SetBuilding(database, collection, index string, building bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.index(database, collection, index)
	if err == nil {
		x.Building = building
	}
	return err
}

// index is the index of that name.
func (s *Server) index(database, collection, name string) (*stored.Index, error) {
	if coll := s.collections[namespace{database, collection}]; coll != nil && coll.Index(name) != nil {
		return coll.Index(name), nil
	}
	return nil, fmt.Errorf("%s.%s has no index %s", database, collection, name)
}

func (s *Server) createIndexes(c *call) (bson.D, error) {
	specs, err := c.documents("indexes")
	if err != nil {
		return nil, err
	}
	if len(specs) == 0 {
		return nil, fault.BadValue("Must specify at least one index to create")
	}
	coll, created := s.collections[c.namespace()], false
	if coll == nil {
		if coll, err = s.made(c.namespace()); err != nil {
			return nil, err
		}
		created = true
	}
	before := len(coll.Indexes())
	if err := coll.CreateIndexes(specs); err != nil {
		if created {
			delete(s.collections, c.namespace())
		}
		return nil, err
	}
	now := len(coll.Indexes())
	answer := bson.D{{Key: "numIndexesBefore", Value: int32(before)}, {Key: "numIndexesAfter", Value: int32(now)}, {Key: "createdCollectionAutomatically", Value: created}}
	if now == before {
		answer = append(answer, bson.E{Key: "note", Value: "all indexes already exist"})
	}
	return answer, nil
}

func (s *Server) there(c *call) (*stored.Collection, error) {
	coll := s.collections[c.namespace()]
	if coll == nil {
		return nil, fault.New(26, "ns does not exist: %s.%s", c.Database, c.Collection)
	}
	return coll, nil
}

func (s *Server) listIndexes(c *call) (bson.D, error) {
	coll, err := s.there(c)
	if err != nil {
		return nil, err
	}
	builds := c.flag("includeBuildUUIDs", false)
	var docs []bson.Raw
	for _, x := range coll.Indexes() {
		doc := x.Describe()
		if x.Building && builds {
			id := bson.Binary{Subtype: bson.TypeBinaryUUID, Data: coll.UUID[:]}
			doc = value.Make(bson.D{{Key: "spec", Value: doc}, {Key: "buildUUID", Value: id}})
		}
		docs = append(docs, doc)
	}
	return s.openCursor(c, docs, c.batchSize(), false), nil
}

// batchSize is that of commands that have it in a document of its own.
func (c *call) batchSize() int64 {
	options, _ := c.get("cursor").DocumentOK()
	if n, ok := value.Whole(value.Get(options, "batchSize")); ok {
		return n
	}
	return firstBatch
}

func (s *Server) dropIndexes(c *call) (bson.D, error) {
	coll, err := s.there(c)
	if err != nil {
		return nil, err
	}
	before := int32(len(coll.Indexes()))
	which, err := chosen(coll, c.get("index"))
	if err != nil {
		return nil, err
	}
	coll.DropIndexes(which)
	return bson.D{{Key: "nIndexesWas", Value: before}}, nil
}

// chosen are the indexes that dropIndexes names: by name, by names, by keys, or all.
func chosen(coll *stored.Collection, index bson.RawValue) (func(*stored.Index) bool, error) {
	if keys, ok := index.DocumentOK(); ok {
		for _, x := range coll.Indexes() {
			if value.Equal(value.Document(x.Keys), value.Document(keys)) {
				return func(y *stored.Index) bool { return x == y }, nil
			}
		}
		return nil, fault.New(27, "can't find index with key: %s", keys)
	}
	names := []bson.RawValue{index}
	if index.Type == bson.TypeArray {
		names = value.Elements(index)
	}
	var wanted []string
	for _, v := range names {
		name, _ := v.StringValueOK()
		switch {
		case name == "*":
			return func(*stored.Index) bool { return true }, nil
		case name == "_id_":
			return nil, fault.New(72, "cannot drop _id index")
		case coll.Index(name) == nil:
			return nil, fault.New(27, "index not found with name [%s]", name)
		}
		wanted = append(wanted, name)
	}
	return func(x *stored.Index) bool { return slices.Contains(wanted, x.Name) }, nil
}

// collMod changes an index.
func (s *Server) collMod(c *call) (bson.D, error) {
	coll, err := s.there(c)
	if err != nil {
		return nil, err
	}
	var changes bson.D
	for _, f := range c.options() {
		switch f.Name {
		case "dryRun":
		case "index":
			doc, _ := f.Value.DocumentOK()
			x, err := meant(coll, doc)
			if err != nil {
				return nil, err
			}
			if changes, err = coll.ModifyIndex(x, value.Fields(doc), c.flag("dryRun", false)); err != nil {
				return nil, err
			}
		default:
			return nil, fault.NotModelled("collMod's " + f.Name)
		}
	}
	return changes, nil
}

// meant is the index that collMod is about.
func meant(coll *stored.Collection, index bson.Raw) (*stored.Index, error) {
	name, byName := value.Get(index, "name").StringValueOK()
	for _, x := range coll.Indexes() {
		if byName && x.Name == name || !byName && value.Equal(value.Get(index, "keyPattern"), value.Document(x.Keys)) {
			return x, nil
		}
	}
	return nil, fault.New(27, "cannot find index %s for ns %s", index, coll.Namespace)
}
