package scripted

import (
	"encoding/binary"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// kind is what a server says it is.
type kind int

const (
	replicaSet kind = iota
	mongos
	standalone
)

const (
	setName = "scripted"
	// maxMessage and maxBatch are MongoDB's own limits.
	maxMessage = 48_000_000
	maxBatch   = 100_000
)

// maxAwaitTimeout bounds how long a hello waits, whatever it asks for: a client that
// disconnects while it is about to send one waits for the answer.
const maxAwaitTimeout = time.Second

// wireVersions are those of MongoDB's major versions.
var wireVersions = map[int]int32{7: 21, 8: 25}

// topology is what hello says may change, and who waits for it to.
type topology struct {
	mu        sync.Mutex
	process   bson.ObjectID
	counter   int64
	election  uint32
	secondary bool
	// members are the replica set's other ones, and primary the address of the one that
	// this member follows.
	members []string
	primary string
	changed chan struct{}
}

func newTopology() topology {
	return topology{process: bson.NewObjectID(), election: 1, changed: make(chan struct{})}
}

// StepDown makes the member a secondary until Elect: it takes no writes, and hello
// says that there is no primary.
func (s *Server) StepDown() { s.topology.turn(true) }

// Elect makes the member the primary again.
func (s *Server) Elect() { s.topology.turn(false) }

// Join makes the member a secondary of the primary's replica set. It has documents of
// its own: nothing is replicated.
func (s *Server) Join(primary *Server) {
	s.topology.join(primary.Addr(), primary.Addr(), true)
	primary.topology.join(s.Addr(), "", false)
}

// join adds a member.
func (t *topology) join(member, primary string, secondary bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.members = append(t.members, member)
	t.primary, t.secondary = primary, secondary
	t.tell()
}

func (t *topology) turn(secondary bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.secondary == secondary {
		return
	}
	t.secondary = secondary
	if !secondary {
		t.election++
	}
	t.tell()
}

// tell answers those who wait for a change.
func (t *topology) tell() {
	t.counter++
	close(t.changed)
	t.changed = make(chan struct{})
}

func (t *topology) isSecondary() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.secondary
}

// now are the topology's counter and a channel that is closed once it changes.
func (t *topology) now() (int64, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counter, t.changed
}

// greet answers a hello at once, or once the topology is no more the one that the
// client knows. Of a client that allows it, the next answer follows by itself.
func (s *Server) greet(c *connection, req *request) (answer bson.Raw, more bool) {
	if req.known == nil {
		req.known, _ = value.Get(req.body, "topologyVersion").DocumentOK()
	}
	waits := req.known != nil
	if waits {
		s.await(req.known, value.Get(req.body, "maxAwaitTimeMS"))
	}
	answer = s.describe(c, value.Fields(req.body)[0].Name == hello)
	req.known = value.Get(answer, "topologyVersion").Value
	return answer, waits && req.stream
}

func (s *Server) await(known bson.Raw, longest bson.RawValue) {
	counter, changed := s.topology.now()
	if id, _ := value.Get(known, "processId").ObjectIDOK(); id != s.topology.process {
		return
	}
	if n, _ := value.Whole(value.Get(known, "counter")); n != counter {
		return
	}
	ms, _ := value.Whole(longest)
	timer := time.NewTimer(min(time.Duration(ms)*time.Millisecond, s.maxAwaitTimeout))
	defer timer.Stop()
	select {
	case <-changed:
	case <-timer.C:
	case <-s.done:
	}
}

// describe is the answer to hello or, older, isMaster.
func (s *Server) describe(c *connection, modern bool) bson.Raw {
	t := &s.topology
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	writable := "ismaster"
	if modern {
		writable = "isWritablePrimary"
	}
	d := bson.D{
		{Key: "helloOk", Value: true}, {Key: writable, Value: !t.secondary},
		{Key: "topologyVersion", Value: t.versionLocked()},
	}
	switch s.kind {
	case replicaSet:
		d = append(d, s.member(now)...)
	case mongos:
		d = append(d, bson.E{Key: "msg", Value: "isdbgrid"})
	}
	d = append(d, bson.D{
		{Key: "maxBsonObjectSize", Value: int32(16 << 20)}, {Key: "maxMessageSizeBytes", Value: int32(maxMessage)},
		{Key: "maxWriteBatchSize", Value: int32(maxBatch)}, {Key: "localTime", Value: now},
		{Key: "logicalSessionTimeoutMinutes", Value: int32(30)}, {Key: "connectionId", Value: int32(c.id)},
		{Key: "minWireVersion", Value: int32(0)}, {Key: "maxWireVersion", Value: wireVersions[s.version]},
		{Key: "readOnly", Value: false}, {Key: "ok", Value: 1.0},
	}...)
	return value.Make(append(d, s.clock(now)...))
}

func (t *topology) versionLocked() bson.D {
	return bson.D{{Key: "processId", Value: t.process}, {Key: "counter", Value: t.counter}}
}

func (t *topology) version() bson.D {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.versionLocked()
}

// member is what only members of a replica set say.
func (s *Server) member(now time.Time) bson.D {
	t := &s.topology
	d := bson.D{
		{Key: "hosts", Value: append([]string{s.Addr()}, t.members...)}, {Key: "setName", Value: setName}, {Key: "setVersion", Value: int32(1)},
		{Key: "secondary", Value: t.secondary}, {Key: "me", Value: s.Addr()},
	}
	if !t.secondary {
		election := bson.ObjectID{0x7f, 0xff, 0xff, 0xff}
		binary.BigEndian.PutUint32(election[8:], t.election)
		d = append(d, bson.E{Key: "primary", Value: s.Addr()}, bson.E{Key: "electionId", Value: election})
	}
	if t.secondary && t.primary != "" {
		d = append(d, bson.E{Key: "primary", Value: t.primary})
	}
	at := bson.D{{Key: "ts", Value: timestamp(now)}, {Key: "t", Value: int64(t.election)}}
	return append(d, bson.E{Key: "lastWrite", Value: bson.D{
		{Key: "opTime", Value: at}, {Key: "lastWriteDate", Value: now}, {Key: "majorityOpTime", Value: at}, {Key: "majorityWriteDate", Value: now},
	}})
}

// clock is what answers say of the cluster's time, for which a standalone server has
// no use.
func (s *Server) clock(now time.Time) bson.D {
	if s.kind == standalone {
		return nil
	}
	signature := bson.D{{Key: "hash", Value: bson.Binary{Data: make([]byte, 20)}}, {Key: "keyId", Value: int64(0)}}
	return bson.D{
		{Key: "$clusterTime", Value: bson.D{{Key: "clusterTime", Value: timestamp(now)}, {Key: "signature", Value: signature}}},
		{Key: "operationTime", Value: timestamp(now)},
	}
}
