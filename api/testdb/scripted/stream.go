package scripted

import (
	"encoding/binary"
	"encoding/hex"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/pipeline"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// streams are the events that a test fed change streams with. Writes make none.
type streams struct {
	events []event
	// arrived is closed when the next event is there.
	arrived chan struct{}
}

// event is one of a change stream's.
type event struct {
	doc            bson.Raw
	db, collection string
	at             bson.Timestamp
}

// stream is a cursor that follows events, from the one numbered next on.
type stream struct {
	next           int
	db, collection string
	stages         []bson.Raw
}

// defaultAwaitTimeout is how long getMore waits for an event, if it does not say.
const defaultAwaitTimeout = time.Second

// Emit feeds change streams with an event as MongoDB's manual describes them, such
// as {operationType: "update", ns: {db, coll}, documentKey: {_id}}. Its resume token
// and time are added.
func (s *Server) Emit(doc bson.D) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.streams.events) + 1
	at := bson.Timestamp{T: uint32(time.Now().Unix()), I: uint32(n)}
	raw := value.Make(append(bson.D{{Key: "_id", Value: token(n)}, {Key: "clusterTime", Value: at}}, doc...))
	ns, _ := value.Get(raw, "ns").DocumentOK()
	e := event{doc: raw, at: at}
	e.db, _ = value.Get(ns, "db").StringValueOK()
	e.collection, _ = value.Get(ns, "coll").StringValueOK()
	s.streams.events = append(s.streams.events, e)
	close(s.streams.arrived)
	s.streams.arrived = make(chan struct{})
}

// ForgetEvents makes tokens of events so far ones that no stream can resume after, as
// when MongoDB's oplog has rolled over.
func (s *Server) ForgetEvents() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.streams.events {
		s.streams.events[i].doc = nil
	}
}

// token is the resume token after n events.
func token(n int) bson.D {
	return bson.D{{Key: "_data", Value: hex.EncodeToString(binary.BigEndian.AppendUint32([]byte{0x82}, uint32(n)))}}
}

// watch opens a change stream on a collection, on a database or, in admin, on all.
func (s *Server) watch(c *call, options bson.Raw, stages []bson.Raw) (bson.D, error) {
	if s.kind == standalone {
		return nil, fault.New(40573, "The $changeStream stage is only supported on replica sets")
	}
	st := &stream{next: len(s.streams.events), db: c.Database, collection: c.Collection, stages: stages}
	if all, _ := value.Get(options, "allChangesForCluster").BooleanOK(); all {
		st.db = ""
	}
	for _, f := range value.Fields(options) {
		switch f.Name {
		case "resumeAfter", "startAfter":
			if err := s.resume(st, f.Value); err != nil {
				return nil, err
			}
		case "startAtOperationTime":
			s.rewind(st, f.Value)
		}
	}
	cur := &cursor{namespace: c.over(), stream: st}
	batch, err := s.events(st)
	if err != nil {
		return nil, err
	}
	return cur.answer("firstBatch", s.keep(cur), batch), nil
}

func (s *Server) resume(st *stream, after bson.RawValue) error {
	for n := range len(s.streams.events) + 1 {
		if !value.Equal(after, value.Of(token(n))) {
			continue
		}
		if n < len(s.streams.events) && s.streams.events[n].doc == nil {
			break
		}
		st.next = n
		return nil
	}
	return fault.New(286, "Resume of change stream was not possible, as the resume point may no longer be in the oplog.")
}

// rewind goes back to the first event at a time or after it.
func (s *Server) rewind(st *stream, at bson.RawValue) {
	for n, e := range s.streams.events {
		if e.doc != nil && value.Compare(value.Of(e.at), at) >= 0 {
			st.next = n
			return
		}
	}
}

// events are those that a stream has not seen yet.
func (s *Server) events(st *stream) ([]bson.Raw, error) {
	var docs []bson.Raw
	for ; st.next < len(s.streams.events); st.next++ {
		e := s.streams.events[st.next]
		if e.doc != nil && (st.db == "" || st.db == e.db) && (st.collection == "" || st.collection == e.collection) {
			docs = append(docs, e.doc)
		}
	}
	return pipeline.Run(docs, st.stages, s.version)
}

// follow answers with events, once there are some or the client has waited long
// enough.
func (s *Server) follow(c *call, id int64, cur *cursor) (bson.D, error) {
	ms, err := c.number("maxTimeMS", defaultAwaitTimeout.Milliseconds())
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer timer.Stop()
	for waiting := true; ; {
		batch, arrived, err := s.since(cur.stream)
		if err != nil {
			return nil, err
		}
		if len(batch) > 0 || !waiting {
			if s.ended(id, batch) {
				id = 0
			}
			return cur.answer("nextBatch", id, batch), nil
		}
		select {
		case <-arrived:
		case <-timer.C:
			waiting = false
		case <-s.done:
			waiting = false
		}
	}
}

func (s *Server) since(st *stream) ([]bson.Raw, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	batch, err := s.events(st)
	return batch, s.streams.arrived, err
}

// ended closes a stream that an event of that name has invalidated.
func (s *Server) ended(id int64, batch []bson.Raw) bool {
	if len(batch) == 0 {
		return false
	}
	if kind, _ := value.Get(batch[len(batch)-1], "operationType").StringValueOK(); kind != "invalidate" {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.cursors, id)
	return true
}

// token is where a stream that broke off is to be resumed.
func (st *stream) token() bson.D { return token(st.next) }
