package replay

import (
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/tools/bench/internal/canned"
)

// answer appends the document that answers a command, as MongoDB would.
func (s *Server) answer(dst []byte, req request) []byte {
	first, err := req.doc.IndexErr(0)
	if err != nil {
		return append(dst, failure(9, "FailedToParse", "there is no command")...)
	}
	name := first.Key()
	switch name {
	case "hello", "isMaster", "ismaster":
		return append(dst, hello()...)
	}
	s.commands.Add(1)
	switch name {
	case "ping", "endSessions", "killCursors", "create", "createIndexes", "serverStatus":
		return append(dst, ok...)
	case "find":
		return s.find(dst, req.doc)
	case "getMore":
		return s.getMore(dst, req.doc)
	case "listCollections":
		return s.listCollections(dst, req.doc)
	case "listIndexes":
		return s.listIndexes(dst, req.doc)
	case "aggregate":
		return appendCursor(dst, req.doc.Lookup("$db").StringValue(), first.Value().StringValue(), "firstBatch", 0, arrayOf())
	case "insert", "update", "delete":
		return append(dst, written(s.write(req, name, first.Value().StringValue()))...)
	case "findAndModify":
		return append(dst, modified(s.modify(req.doc, first.Value().StringValue()))...)
	}
	s.log.Warn("a command that is not replayed", "command", req.doc.String())
	return append(dst, failure(59, "CommandNotFound", "no such command: '"+name+"'")...)
}

var ok = canned.Marshal(bson.D{{Key: "ok", Value: 1.0}})

func failure(code int32, name, text string) bson.Raw {
	return canned.Marshal(bson.D{
		{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: text}, {Key: "code", Value: code}, {Key: "codeName", Value: name},
	})
}

// hello is what a standalone server of version 7 says of itself.
func hello() bson.Raw {
	return canned.Marshal(bson.D{
		{Key: "helloOk", Value: true}, {Key: "ismaster", Value: true}, {Key: "isWritablePrimary", Value: true},
		{Key: "maxBsonObjectSize", Value: int32(16 << 20)}, {Key: "maxMessageSizeBytes", Value: int32(maxMessage)},
		{Key: "maxWriteBatchSize", Value: int32(100_000)}, {Key: "localTime", Value: time.Now()},
		{Key: "logicalSessionTimeoutMinutes", Value: int32(30)},
		{Key: "minWireVersion", Value: int32(0)}, {Key: "maxWireVersion", Value: int32(21)},
		{Key: "readOnly", Value: false}, {Key: "ok", Value: 1.0},
	})
}

// write counts the documents that a write meets: all that it names, but for the
// catalog, whose entries it changes.
func (s *Server) write(req request, command, coll string) int {
	if s.isCatalog(req.doc, coll) {
		switch command {
		case "insert":
			return s.entered.insert(req.documents)
		case "update":
			return s.entered.update(req.documents)
		}
	}
	return max(len(req.documents), 1)
}

// written says that n documents were met by a write.
func written(n int) bson.Raw {
	return canned.Marshal(bson.D{{Key: "n", Value: int32(n)}, {Key: "nModified", Value: int32(n)}, {Key: "ok", Value: 1.0}})
}

// isCatalog says that a command is about the entries of tenants.
func (s *Server) isCatalog(cmd bson.Raw, coll string) bool {
	return cmd.Lookup("$db").StringValue() == s.adminDB && coll == "tenants"
}

// modify is what a findAndModify makes of the document that it names: of an entry of
// the catalog what it says, of any other nothing.
func (s *Server) modify(cmd bson.Raw, coll string) bson.Raw {
	if s.isCatalog(cmd, coll) {
		return s.entered.modify(cmd.Lookup("query").Document(), cmd.Lookup("update").Document())
	}
	return s.user(cmd.Lookup("query"))
}

// modified says what a findAndModify left, nil where it met no document.
func modified(doc bson.Raw) bson.Raw {
	last, value := bson.D{{Key: "n", Value: int32(1)}, {Key: "updatedExisting", Value: true}}, any(doc)
	if doc == nil {
		last, value = bson.D{{Key: "n", Value: int32(0)}, {Key: "updatedExisting", Value: false}}, nil
	}
	return canned.Marshal(bson.D{{Key: "lastErrorObject", Value: last}, {Key: "value", Value: value}, {Key: "ok", Value: 1.0}})
}
