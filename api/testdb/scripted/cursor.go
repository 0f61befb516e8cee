package scripted

import (
	"math/rand/v2"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// maxReply is how many bytes of documents an answer of MongoDB's holds at most.
const maxReply = 16 << 20

// cursor is what a client has not fetched yet.
type cursor struct {
	namespace string
	docs      []bson.Raw
	// longest is how many bytes of them an answer holds at most.
	longest int
	// stream is set for change streams, which have no end.
	stream *stream
}

// openCursor answers with the first documents, and keeps the others.
func (s *Server) openCursor(c *call, docs []bson.Raw, size int64, single bool) bson.D {
	cur := &cursor{namespace: c.over(), docs: docs, longest: s.maxReply}
	batch := cur.next(size)
	id := int64(0)
	if len(cur.docs) > 0 && !single {
		id = s.keep(cur)
	}
	return cur.answer("firstBatch", id, batch)
}

// over is what a cursor is over; of commands without a collection, MongoDB says
// $cmd and the command's name.
func (c *call) over() string {
	if c.Collection == "" {
		return c.Database + ".$cmd." + c.Name
	}
	return c.Database + "." + c.Collection
}

func (s *Server) keep(cur *cursor) int64 {
	for {
		id := rand.Int64()
		if _, taken := s.cursors[id]; !taken && id != 0 {
			s.cursors[id] = cur
			return id
		}
	}
}

// next takes at most size documents; a negative size is no bound.
func (cur *cursor) next(size int64) []bson.Raw {
	n, bytes := 0, 0
	for n < len(cur.docs) && (size < 0 || int64(n) < size) {
		bytes += len(cur.docs[n])
		if n > 0 && bytes > cur.longest {
			break
		}
		n++
	}
	batch := cur.docs[:n]
	cur.docs = cur.docs[n:]
	return batch
}

func (cur *cursor) answer(name string, id int64, batch []bson.Raw) bson.D {
	d := bson.D{{Key: name, Value: batch}, {Key: "id", Value: id}, {Key: "ns", Value: cur.namespace}}
	if cur.stream != nil {
		d = append(d, bson.E{Key: "postBatchResumeToken", Value: cur.stream.token()})
	}
	return bson.D{{Key: "cursor", Value: d}}
}

// ExpireCursors forgets all cursors, as MongoDB does those that were idle for ten
// minutes.
func (s *Server) ExpireCursors() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.cursors)
}

// Cursors is how many cursors are open.
func (s *Server) Cursors() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.cursors)
}

func (s *Server) getMore(c *call) (bson.D, error) {
	id, _ := value.Whole(c.get("getMore"))
	size, err := c.number("batchSize", -1)
	if err != nil {
		return nil, err
	}
	if size == 0 {
		size = -1
	}
	s.mu.Lock()
	cur, ok := s.cursors[id]
	s.mu.Unlock()
	if !ok {
		return nil, fault.New(43, "cursor id %d not found", id)
	}
	if cur.stream != nil {
		return s.follow(c, id, cur)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	batch := cur.next(size)
	if len(cur.docs) == 0 {
		delete(s.cursors, id)
		id = 0
	}
	return cur.answer("nextBatch", id, batch), nil
}

func (s *Server) killCursors(c *call) (bson.D, error) {
	killed, missing := bson.A{}, bson.A{}
	for _, v := range value.Elements(c.get("cursors")) {
		id, _ := value.Whole(v)
		if _, ok := s.cursors[id]; ok {
			delete(s.cursors, id)
			killed = append(killed, id)
		} else {
			missing = append(missing, id)
		}
	}
	return bson.D{
		{Key: "cursorsKilled", Value: killed}, {Key: "cursorsNotFound", Value: missing},
		{Key: "cursorsAlive", Value: bson.A{}}, {Key: "cursorsUnknown", Value: bson.A{}},
	}, nil
}
