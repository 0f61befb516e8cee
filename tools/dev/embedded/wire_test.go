package embedded

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"log/slog"
	"net"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func marshal(t testing.TB, doc any) bson.Raw {
	t.Helper()
	raw, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// opMessage frames the flags and what follows them as an OP_MSG.
func opMessage(flags uint32, parts ...[]byte) message {
	body := slices.Concat(parts...)
	m := make(message, 0, headerLen+4+len(body))
	for _, field := range []uint32{uint32(headerLen + 4 + len(body)), 7, 0, opMsg, flags} {
		m = binary.LittleEndian.AppendUint32(m, field)
	}
	return append(m, body...)
}

func document(doc bson.Raw) []byte { return append([]byte{0}, doc...) }

func sequence(name string, docs ...bson.Raw) []byte {
	body := append([]byte(name), 0)
	for _, doc := range docs {
		body = append(body, doc...)
	}
	return append(binary.LittleEndian.AppendUint32([]byte{1}, uint32(4+len(body))), body...)
}

func TestParseCommand(t *testing.T) {
	doc := marshal(t, bson.D{{Key: "update", Value: "orders"}, {Key: "ordered", Value: false}, {Key: "$db", Value: "shop"}})
	statement := marshal(t, bson.D{{Key: "q", Value: bson.D{}}, {Key: "u", Value: bson.D{}}})
	inline := marshal(t, bson.D{{Key: "update", Value: "orders"}, {Key: "ordered", Value: false}, {Key: "$db", Value: "shop"},
		{Key: "updates", Value: bson.A{statement, statement}}})
	tests := map[string]struct {
		request    message
		unanswered bool
	}{
		"sequence":        {opMessage(0, document(doc), sequence("updates", statement, statement)), false},
		"sequence first":  {opMessage(0, sequence("updates", statement, statement), document(doc)), false},
		"array":           {opMessage(0, document(inline)), false},
		"checksum":        {opMessage(flagChecksum, document(inline), []byte{1, 2, 3, 4}), false},
		"no reply wanted": {opMessage(flagMoreToCome, document(inline)), true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := parseCommand(test.request)
			if err != nil {
				t.Fatal(err)
			}
			if c.name != "update" || c.namespace() != "shop.orders" || c.ordered() || !c.exclusive() || c.unanswered() != test.unanswered {
				t.Errorf("got %s on %s, ordered %t, exclusive %t, unanswered %t", c.name, c.namespace(), c.ordered(), c.exclusive(), c.unanswered())
			}
			if statements, err := c.list("updates"); err != nil || len(statements) != 2 {
				t.Errorf("%d statements, want 2; %v", len(statements), err)
			}
		})
	}
}

// malformed are messages that end their connection.
func malformed(t testing.TB) map[string][]byte {
	ping := marshal(t, bson.D{{Key: "ping", Value: 1}, {Key: "$db", Value: "admin"}})
	whole := opMessage(0, document(ping))
	endless := slices.Clone(ping)
	endless[len(endless)-1] = 1
	return map[string][]byte{
		"not the protocol":   []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		"too long":           binary.LittleEndian.AppendUint32(nil, maxMessage+1),
		"negative length":    {0xff, 0xff, 0xff, 0xff},
		"cut off":            whole[:len(whole)-3],
		"no flags":           {16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0xdd, 7, 0, 0},
		"no section":         opMessage(0),
		"no checksum":        opMessage(flagChecksum),
		"unknown section":    opMessage(0, document(ping), []byte{9}),
		"two documents":      opMessage(0, document(ping), document(ping)),
		"sequence only":      opMessage(0, sequence("updates", ping)),
		"empty document":     opMessage(0, document(marshal(t, bson.D{}))),
		"document too short": opMessage(0, document(ping[:len(ping)-4])),
		"document endless":   opMessage(0, document(endless)),
		"sequence too long":  opMessage(0, document(ping), []byte{1, 0xff, 0xff, 0xff, 0xff, 'a', 0}),
		"sequence too short": opMessage(0, document(ping), []byte{1, 3, 0, 0, 0, 'a', 0}),
		"sequence nameless":  opMessage(0, document(ping), []byte{1, 5, 0, 0, 0, 'a'}),
		"unknown operation":  {16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0x99, 9, 0, 0},
	}
}

func TestMalformedMessageEndsItsConnectionOnly(t *testing.T) {
	server, err := Start(t.Context(), Config{Listen: "127.0.0.1:0", Dir: t.TempDir(), Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	bystander := dial(t, server)
	for name, bytes := range malformed(t) {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, server)
			if _, err := conn.Write(bytes); err != nil {
				t.Fatal(err)
			}
			if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			// The end may arrive as a reset, when the front had not read everything.
			if answer, err := io.ReadAll(conn); len(answer) > 0 {
				t.Errorf("got %d bytes and %v, want the connection closed", len(answer), err)
			}
			ping(t, bystander)
		})
	}
}

func TestChecksumAndMoreToCome(t *testing.T) {
	server, err := Start(t.Context(), Config{Listen: "127.0.0.1:0", Dir: t.TempDir(), Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	conn := dial(t, server)
	insert := marshal(t, bson.D{{Key: "insert", Value: "c"}, {Key: "$db", Value: "d"}})
	request := opMessage(flagChecksum|flagMoreToCome, document(insert), sequence("documents", marshal(t, bson.D{{Key: "_id", Value: 1}})), []byte{0, 0, 0, 0})
	end := len(request) - checksumLen
	binary.LittleEndian.PutUint32(request[end:], crc32.Checksum(request[:end], crc32.MakeTable(crc32.Castagnoli)))
	if _, err := conn.Write(request); err != nil {
		t.Fatal(err)
	}
	ping(t, conn) // its reply is the next one
}

func dial(t *testing.T, server *Server) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// ping sends a command and checks that its own reply comes back.
func ping(t *testing.T, conn net.Conn) {
	t.Helper()
	const id = 4711
	if _, err := conn.Write(newMessage(id, 0, marshal(t, bson.D{{Key: "ping", Value: 1}, {Key: "$db", Value: "admin"}}))); err != nil {
		t.Fatal(err)
	}
	reply, err := readMessage(conn)
	if err != nil {
		t.Fatal(err)
	}
	if to := reply.int32At(8); to != id {
		t.Errorf("the reply answers request %d, want %d", to, id)
	}
}

// FuzzParseCommand looks for messages that do worse than return errMalformed.
func FuzzParseCommand(f *testing.F) {
	for _, bytes := range malformed(f) {
		f.Add(bytes)
	}
	statement := marshal(f, bson.D{{Key: "q", Value: bson.D{}}})
	update := bson.D{{Key: "update", Value: "orders"}, {Key: "updates", Value: bson.A{statement, statement}}, {Key: "$db", Value: "shop"}}
	f.Add([]byte(opMessage(0, document(marshal(f, update)), sequence("updates", statement))))
	f.Fuzz(func(t *testing.T, bytes []byte) {
		if len(bytes) < headerLen {
			t.Skip("readMessage refuses it")
		}
		c, err := parseCommand(bytes)
		if err != nil {
			if !errors.Is(err, errMalformed) {
				t.Error(err)
			}
			return
		}
		_ = c.refusal()
		_, _ = takenIn(failureOf(c.doc))
		_, _ = readDefinitions(c.doc.Lookup("indexes"), nil)
		statements, _ := c.list("updates")
		for _, statement := range statements {
			_, _ = c.only("updates", statement)
		}
	})
}
