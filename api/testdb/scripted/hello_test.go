package scripted_test

import (
	"encoding/binary"
	"io"
	"net"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"

	"github.com/partywall/partywall/api/testdb/scripted"
)

// wire is a client that sends and reads messages itself.
type wire struct {
	*testing.T
	net.Conn
}

func dial(t *testing.T, s *scripted.Server) wire {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return wire{t, conn}
}

func (w wire) send(flags wiremessage.MsgFlag, command bson.D) {
	w.Helper()
	doc, err := bson.Marshal(command)
	if err != nil {
		w.Fatal(err)
	}
	_, message := wiremessage.AppendHeaderStart(nil, 7, 0, wiremessage.OpMsg)
	message = wiremessage.AppendMsgFlags(message, flags)
	message = append(wiremessage.AppendMsgSectionType(message, wiremessage.SingleDocument), doc...)
	w.sendRaw(message)
}

// sendRaw sends a message, whose length it fills in.
func (w wire) sendRaw(message []byte) {
	w.Helper()
	binary.LittleEndian.PutUint32(message, uint32(len(message)))
	if _, err := w.Write(message); err != nil {
		w.Fatal(err)
	}
}

// receive reads an answer, and says whether more are to come without being asked
// for.
func (w wire) receive() (answer bson.Raw, more bool) {
	w.Helper()
	length := make([]byte, 4)
	if _, err := io.ReadFull(w, length); err != nil {
		w.Fatal(err)
	}
	message := make([]byte, binary.LittleEndian.Uint32(length)-4)
	if _, err := io.ReadFull(w, message); err != nil {
		w.Fatal(err)
	}
	flags, _, _ := wiremessage.ReadMsgFlags(message[12:])
	return bson.Raw(message[17:]), flags&wiremessage.MoreToCome != 0
}

// TestHeartbeats has a client that knows the topology wait for another one, and be
// told again and again if it allows that.
func TestHeartbeats(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t, scripted.AwaitAsAsked())
	w := dial(t, s)
	w.send(0, bson.D{{Key: "hello", Value: 1}, {Key: "$db", Value: "admin"}})
	first, more := w.receive()
	if more {
		t.Errorf("more than one answer: %s", first)
	}
	await := bson.D{{Key: "hello", Value: 1}, {Key: "topologyVersion", Value: first.Lookup("topologyVersion")}, {Key: "maxAwaitTimeMS", Value: 3_600_000}, {Key: "$db", Value: "admin"}}
	w.send(wiremessage.ExhaustAllowed, await)
	s.StepDown()
	for _, primary := range []bool{false, true, false} {
		answer, more := w.receive()
		if got := answer.Lookup("isWritablePrimary").Boolean(); got != primary || !more {
			t.Fatalf("primary is %t, more is %t: %s", got, more, answer)
		}
		if _, err := answer.LookupErr("electionId"); (err == nil) != primary {
			t.Errorf("%s", answer)
		}
		if primary {
			s.StepDown()
		} else {
			s.Elect()
		}
	}
}

// TestFirstHello is the one message of the old form that there is.
func TestFirstHello(t *testing.T) {
	t.Parallel()
	w := dial(t, scripted.Start(t))
	doc, err := bson.Marshal(bson.D{{Key: "isMaster", Value: 1}, {Key: "helloOk", Value: true}})
	if err != nil {
		t.Fatal(err)
	}
	_, message := wiremessage.AppendHeaderStart(nil, 7, 0, 2004)
	message = append(message, make([]byte, 4)...) // flags
	message = append(message, "admin.$cmd\x00\x00\x00\x00\x00\xff\xff\xff\xff"...)
	w.sendRaw(append(message, doc...))
	header := make([]byte, 16+20)
	if _, err := io.ReadFull(w, header); err != nil {
		t.Fatal(err)
	}
	answer := make(bson.Raw, int(binary.LittleEndian.Uint32(header))-len(header))
	if _, err := io.ReadFull(w, answer); err != nil {
		t.Fatal(err)
	}
	if !answer.Lookup("ismaster").Boolean() || !answer.Lookup("helloOk").Boolean() || binary.LittleEndian.Uint32(header[8:]) != 7 {
		t.Errorf("%s", answer)
	}
}

// TestGarbage ends the connection it came by, and no other.
func TestGarbage(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	coll := things(t, s)
	for name, message := range map[string][]byte{
		"another operation": wiremessage.AppendHeader(nil, 16, 1, 0, wiremessage.OpCompressed),
		"too short":         wiremessage.AppendHeader(nil, 3, 1, 0, wiremessage.OpMsg),
		"too long":          wiremessage.AppendHeader(nil, 1<<30, 1, 0, wiremessage.OpMsg),
		"no body":           append(wiremessage.AppendHeader(nil, 20, 1, 0, wiremessage.OpMsg), 0, 0, 0, 0),
		"no document":       append(wiremessage.AppendHeader(nil, 26, 1, 0, wiremessage.OpMsg), 0, 0, 0, 0, 0, 5, 0, 0, 0, 1),
		"a short query":     append(wiremessage.AppendHeader(nil, 19, 1, 0, 2004), 0, 0, 0),
	} {
		w := dial(t, s)
		if _, err := w.Write(message); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Read(make([]byte, 1)); err == nil {
			t.Errorf("%s is answered", name)
		}
	}
	if n := stored(t, coll); n != 0 {
		t.Errorf("%d documents", n)
	}
}
