package scripted

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// defaultLimit is how many connections the server takes unless told otherwise.
const defaultLimit = 1000

// serverStatus is of what MongoDB 7 and 8 say what concerns capacity. Each section is
// left out where the command says so.
func (s *Server) serverStatus(c *call) (bson.D, error) {
	process := "mongod"
	if s.kind == mongos {
		process = "mongos"
	}
	info, err := s.buildInfo(c)
	if err != nil {
		return nil, err
	}
	d := bson.D{
		{Key: "host", Value: s.Addr()}, info[0], {Key: "process", Value: process}, {Key: "localTime", Value: c.now},
		{Key: "connections", Value: s.connectionStats()},
	}
	if s.kind != mongos {
		d = append(d, s.storageStats()...)
	}
	return slices.DeleteFunc(d, func(e bson.E) bool {
		n, ok := value.Whole(c.get(e.Key))
		return ok && n == 0
	}), nil
}

func (s *Server) connectionStats() bson.D {
	open := s.others
	s.open.Range(func(_, _ any) bool { open++; return true })
	return bson.D{
		{Key: "current", Value: int32(open)}, {Key: "available", Value: int32(max(s.limit-open, 0))},
		{Key: "totalCreated", Value: s.connections.Load()}, {Key: "rejected", Value: int32(0)}, {Key: "active", Value: int32(1)},
		{Key: "threaded", Value: int32(open)}, {Key: "exhaustIsMaster", Value: int32(0)}, {Key: "exhaustHello", Value: int32(0)},
		{Key: "awaitingTopologyChanges", Value: int32(0)},
	}
}

// ownFiles are those that WiredTiger has of its own, and ownCollections those of the
// databases admin, config and local, with an index each.
const (
	ownFiles       = 6
	ownCollections = 5
)

// storageStats are the sections about collections, indexes and files. Every collection
// and every index is a file, which is open once it was used; here all are.
func (s *Server) storageStats() bson.D {
	collections, indexes := 0, 0
	for _, c := range s.collections {
		collections++
		indexes += len(c.Indexes())
	}
	files := int32(collections + indexes + 2*ownCollections + ownFiles)
	return bson.D{
		{Key: "catalogStats", Value: bson.D{
			{Key: "collections", Value: int32(collections)}, {Key: "capped", Value: int32(0)}, {Key: "clustered", Value: int32(0)},
			{Key: "timeseries", Value: int32(0)}, {Key: "views", Value: int32(0)}, {Key: "internalCollections", Value: int32(ownCollections)},
			{Key: "internalViews", Value: int32(0)},
		}},
		{Key: "indexStats", Value: bson.D{{Key: "count", Value: int64(indexes + ownCollections)}, {Key: "features", Value: bson.D{}}}},
		{Key: "storageEngine", Value: bson.D{{Key: "name", Value: "wiredTiger"}}},
		{Key: "wiredTiger", Value: bson.D{
			{Key: "connection", Value: bson.D{{Key: "files currently open", Value: files}}},
			{Key: "cursor", Value: bson.D{{Key: "cached cursor count", Value: int32(0)}, {Key: "open cursor count", Value: files}}},
			{Key: "data-handle", Value: bson.D{{Key: "connection data handles currently active", Value: files}}},
		}},
	}
}
