package scripted

import (
	"cmp"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/stored"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// Accesses are how often an index was used since a time.
type Accesses = stored.Accesses

// SetAccesses has $indexStats say how often an index was used: once, or by a mongos once
// for each shard that has the index. Until then it was not used since it was made.
func (s *Server) SetAccesses(database, collection, index string, counted ...Accesses) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	x, err := s.index(database, collection, index)
	if err == nil {
		x.Accesses = counted
	}
	return err
}

// onlyShard is the shard of a mongos that was told of no others.
const onlyShard = "shard0"

// indexStats are what $indexStats says of a collection's indexes.
func (s *Server) indexStats(coll *stored.Collection) []bson.Raw {
	if coll == nil {
		return nil
	}
	var docs []bson.Raw
	for _, x := range coll.Indexes() {
		for _, counted := range x.Accesses {
			docs = append(docs, s.indexStat(x, counted))
		}
	}
	return docs
}

func (s *Server) indexStat(x *stored.Index, counted Accesses) bson.Raw {
	d := bson.D{
		{Key: "name", Value: x.Name}, {Key: "key", Value: x.Keys}, {Key: "host", Value: s.Addr()},
		{Key: "accesses", Value: bson.D{{Key: "ops", Value: counted.Ops}, {Key: "since", Value: counted.Since}}},
		{Key: "spec", Value: x.Describe()},
	}
	if s.kind == mongos {
		d = append(d, bson.E{Key: "shard", Value: cmp.Or(counted.Shard, onlyShard)})
	}
	if x.Building {
		d = append(d, bson.E{Key: "building", Value: true})
	}
	return value.Make(d)
}
