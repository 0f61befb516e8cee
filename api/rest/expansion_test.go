package rest_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/gen/users"
)

// notes refer to users, to each other, and to drafts, which are not served.
var notes = raw.Collection{
	Collection: meta.Collection{Name: "notes", Title: "Notes", Access: meta.Access{Read: "write", Create: "write", Update: "write", Delete: "delete"},
		Paths: []meta.Path{{Name: "_id", Parse: runtime.ParseObjectID}},
		Refs: []meta.Ref{
			{Path: "author", Collection: "users"}, {Path: "readers", Collection: "users"}, {Path: "before", Collection: "notes"},
			{Path: "named.*", Collection: "users"}, {Path: "draft", Collection: "drafts"},
		}},
	Codec: raw.Codec{JSON: transcodeNote},
}

var drafts = raw.Collection{Collection: meta.Collection{Name: "drafts", Private: true, Paths: notes.Paths}}

func transcodeNote(r *wire.Reader, dst []byte) []byte {
	found := map[string]wire.Value{}
	for end := r.EnterDocument(); r.Next(end); {
		found[string(r.Key())] = r.Value()
	}
	list := func(r *wire.Reader, dst []byte) []byte { return wire.JSONList(r, dst, (*wire.Reader).JSONRef) }
	entries := func(r *wire.Reader, dst []byte) []byte { return wire.JSONMap(r, dst, (*wire.Reader).JSONRef) }
	dst = append(dst, '{')
	dst = r.Member(dst, `"_id":`, found["_id"], (*wire.Reader).JSONObjectID, "")
	dst = r.Member(dst, `"author":`, found["author"], (*wire.Reader).JSONRef, "")
	dst = r.Member(dst, `"readers":`, found["readers"], list, "[]")
	dst = r.Member(dst, `"named":`, found["named"], entries, "{}")
	dst = r.Member(dst, `"before":`, found["before"], (*wire.Reader).JSONRef, "")
	return wire.CloseJSON(dst)
}

// notebook is a server with two users, Ada and Bob, and notes in one tenant.
type notebook struct {
	*servertest.Server
	db                         *mongo.Database
	super                      string
	ada, bob, nobody           bson.ObjectID
	first, second, third, last bson.ObjectID
}

func openNotebook(t *testing.T) *notebook {
	t.Helper()
	served := servertest.App
	served.Collections = append(gen.Collections(), notes, drafts)
	n := &notebook{Server: servertest.Serve(t, testdb.URI(t), served, nil)}
	made := n.Provision(t, "one")
	n.super, n.db = n.Token(t, made.ID, "super"), testdb.Client(t).Database(made.Database)
	n.ada, n.bob = servertest.AddUser(t, made.Handle(), "Ada", users.Role{}).ID, servertest.AddUser(t, made.Handle(), "Bob", users.Role{}).ID
	for _, id := range []*bson.ObjectID{&n.nobody, &n.first, &n.second, &n.third, &n.last} {
		*id = bson.NewObjectID()
	}
	n.insert(t, bson.D{{Key: "_id", Value: n.first}, {Key: "author", Value: n.ada}, {Key: "readers", Value: bson.A{n.bob, n.ada, n.nobody, nil}}})
	n.insert(t, bson.D{{Key: "_id", Value: n.second}, {Key: "author", Value: n.bob}, {Key: "before", Value: n.first}})
	n.insert(t, bson.D{{Key: "_id", Value: n.third}, {Key: "named", Value: bson.D{{Key: "b", Value: n.bob}, {Key: "a", Value: n.ada}}}})
	return n
}

func (n *notebook) insert(t *testing.T, doc bson.D) {
	t.Helper()
	if _, err := n.db.Collection("notes").InsertOne(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
}

// names returns the names of the users in the place of references.
func names(v any) string {
	switch v := v.(type) {
	case map[string]any:
		if name, ok := v["name"]; ok {
			return fmt.Sprint(name)
		}
		return names(v["a"]) + "," + names(v["b"])
	case []any:
		list := make([]string, len(v))
		for i := range v {
			list[i] = names(v[i])
		}
		return strings.Join(list, ",")
	}
	return fmt.Sprint(v)
}

func TestExpand(t *testing.T) {
	t.Parallel()
	n := openNotebook(t)
	list := n.Call(t, "GET /api/notes?expand=author,readers&expand=named.*", "", bearer(n.super)...)
	found := list.List("notes")
	if list.Status != 200 || len(found) != 3 {
		t.Fatalf("%d %s", list.Status, list.Text)
	}
	for what, have := range map[string]string{
		"Ada":                                  names(found[0]["author"]),
		"Bob,Ada," + n.nobody.Hex() + ",<nil>": names(found[0]["readers"]),
		"Bob":                                  names(found[1]["author"]),
		n.first.Hex():                          names(found[1]["before"]),
		"Ada,Bob":                              names(found[2]["named"]),
	} {
		if have != what {
			t.Errorf("%s stands in the place of %s: %s", have, what, list.Text)
		}
	}
	if strings.Contains(list.Text, "argon2id") || strings.Contains(list.Text, "password") {
		t.Errorf("what is not to be seen: %s", list.Text)
	}
	plain := n.Call(t, "GET /api/notes/"+n.second.Hex(), "", bearer(n.super)...)
	one := n.Call(t, "GET /api/notes/"+n.second.Hex()+"?expand=before,author", "", append(bearer(n.super), "If-None-Match", plain.Header.Get("ETag"))...)
	before, _ := one.Body["before"].(map[string]any)
	if one.Status != 200 || names(one.Body["author"]) != "Bob" || before["_id"] != n.first.Hex() || before["author"] != n.ada.Hex() {
		t.Errorf("one: %d %s", one.Status, one.Text)
	}
	if one.Header.Get("ETag") == plain.Header.Get("ETag") || plain.Member("author") != n.bob.Hex() {
		t.Errorf("tags %s and %s, unexpanded %s", one.Header.Get("ETag"), plain.Header.Get("ETag"), plain.Text)
	}
}

func TestExpandRefuses(t *testing.T) {
	t.Parallel()
	n := openNotebook(t)
	writer := n.Token(t, n.tenantID(t), "basic", "write")
	const there = "the references that can be expanded are author, readers, before, named.*"
	for _, c := range []struct {
		query, token string
		status       int
		code, says   string
	}{
		{"expand=readers", writer, http.StatusForbidden, "forbidden", ""},
		{"expand=draft", n.super, http.StatusBadRequest, "query_invalid", there},
		{"expand=", n.super, http.StatusBadRequest, "query_invalid", there},
		{"expand=_id", n.super, http.StatusBadRequest, "query_invalid", there},
		{"expand=author.role", n.super, http.StatusBadRequest, "query_invalid", there},
	} {
		for _, path := range []string{"/api/notes", "/api/notes/" + n.first.Hex()} {
			if got := n.Call(t, "GET "+path+"?"+c.query, "", bearer(c.token)...); got.Status != c.status || got.Code() != c.code || !strings.Contains(got.Text, c.says) {
				t.Errorf("%s?%s: %d %s", path, c.query, got.Status, got.Text)
			}
		}
	}
	if got := n.Call(t, "GET /api/users?expand=role", "", bearer(n.super)...); got.Status != 400 || !strings.Contains(got.Text, "there is no reference here that can be expanded") {
		t.Errorf("where there is none: %d %s", got.Status, got.Text)
	}
	if got := n.Call(t, "GET /api/notes?expand=author,before", "", bearer(n.super)...); got.Status != 200 {
		t.Errorf("%d %s", got.Status, got.Text)
	}
	if got := n.Call(t, "GET /api/notes?expand=before", "", bearer(writer)...); got.Status != 200 {
		t.Errorf("what may be read: %d %s", got.Status, got.Text)
	}
	many := bson.A{}
	for range 1001 {
		many = append(many, bson.NewObjectID())
	}
	n.insert(t, bson.D{{Key: "_id", Value: n.last}, {Key: "readers", Value: many}})
	got := n.Call(t, "GET /api/notes/"+n.last.Hex()+"?expand=readers", "", bearer(n.super)...)
	if got.Status != 400 || !strings.Contains(got.Text, "at most 1000") {
		t.Errorf("a thousand and one: %d %s", got.Status, got.Text)
	}
	if _, err := n.db.Collection("notes").UpdateByID(t.Context(), n.last, bson.D{{Key: "$set", Value: bson.D{{Key: "readers", Value: many[1:]}}}}); err != nil {
		t.Fatal(err)
	}
	if got := n.Call(t, "GET /api/notes/"+n.last.Hex()+"?expand=readers", "", bearer(n.super)...); got.Status != 200 {
		t.Errorf("a thousand: %d %.200s", got.Status, got.Text)
	}
}

func (n *notebook) tenantID(t *testing.T) bson.ObjectID {
	t.Helper()
	one, err := n.Stack().Catalog.Resolve(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	return one.ID
}

// A reference to a document that does not fit stays one, and the document is
// named.
func TestExpandNamesMisfits(t *testing.T) {
	t.Parallel()
	n := openNotebook(t)
	if _, err := n.db.Collection("users").UpdateByID(t.Context(), n.bob, bson.D{{Key: "$set", Value: bson.D{{Key: "name", Value: 7}}}}); err != nil {
		t.Fatal(err)
	}
	got := n.Call(t, "GET /api/notes?expand=author", "", bearer(n.super)...)
	invalid := got.List("invalid")
	if got.Status != 200 || len(invalid) != 1 || invalid[0]["collection"] != "users" || invalid[0]["_id"] != n.bob.Hex() || invalid[0]["path"] != "name" {
		t.Errorf("%d %s", got.Status, got.Text)
	}
	if found := got.List("notes"); len(found) != 3 || names(found[1]["author"]) != n.bob.Hex() {
		t.Errorf("%s", got.Text)
	}
}

// Of several misfits that one page leads to, each is named once, in an order that does
// not change from one request to the next.
func TestExpandNamesMisfitsInOrder(t *testing.T) {
	t.Parallel()
	n := openNotebook(t)
	var ids []string
	readers := bson.A{}
	for range 12 {
		id := bson.NewObjectID()
		if _, err := n.db.Collection("users").InsertOne(t.Context(), bson.D{{Key: "_id", Value: id}, {Key: "name", Value: 7}, {Key: "email", Value: id.Hex()}}); err != nil {
			t.Fatal(err)
		}
		ids, readers = append(ids, id.Hex()), append(bson.A{id, id}, readers...)
	}
	n.insert(t, bson.D{{Key: "_id", Value: n.last}, {Key: "readers", Value: readers}})
	got := n.Call(t, "GET /api/notes?expand=readers", "", bearer(n.super)...)
	var named []string
	for _, e := range got.List("invalid") {
		named = append(named, fmt.Sprint(e["_id"]))
	}
	if got.Status != 200 || !slices.Equal(named, ids) {
		t.Errorf("%d: named are %v, want %v", got.Status, named, ids)
	}
}

// However long a page is and however many references lead to a collection, it is
// asked once; and never another tenant's.
func TestExpandAsksOnce(t *testing.T) {
	t.Parallel()
	n := openNotebook(t)
	two := n.Provision(t, "two")
	// A reference that another tenant's document would answer leads nowhere.
	stranger := servertest.AddUser(t, two.Handle(), "Eve", users.Role{}).ID
	n.insert(t, bson.D{{Key: "_id", Value: n.last}, {Key: "author", Value: stranger}})
	served := servertest.App
	served.Collections = append(gen.Collections(), notes, drafts)
	tap := listenIn(t, strings.TrimPrefix(strings.TrimSuffix(testdb.URI(t), "/"), "mongodb://"))
	watched := servertest.Serve(t, "mongodb://"+tap.addr+"/?directConnection=true", served, func(cfg *server.Config) { cfg.AdminDB = n.AdminDB })
	got := watched.Call(t, "GET /api/notes?expand=author,readers,named.*,before", "", bearer(n.super)...)
	if found := got.List("notes"); got.Status != 200 || names(found[0]["author"]) != "Ada" || names(found[3]["author"]) != stranger.Hex() {
		t.Fatalf("%d %s", got.Status, got.Text)
	}
	if n := tap.finds.Load(); n != 3 {
		t.Errorf("%d queries for a page of notes, its users and its notes", n)
	}
	if tap.says(two.Database) {
		t.Error("the other tenant's database was spoken of")
	}
}

// wiretap passes on what is said between the server and its database.
type wiretap struct {
	addr  string
	finds atomic.Int64
	mu    sync.Mutex
	said  bytes.Buffer
}

func listenIn(t *testing.T, database string) *wiretap {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	w := &wiretap{addr: listener.Addr().String()}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go w.pass(client, database)
		}
	}()
	return w
}

func (w *wiretap) pass(client net.Conn, database string) {
	defer func() { _ = client.Close() }()
	db, err := net.Dial("tcp", database)
	if err != nil {
		return
	}
	defer func() { _ = db.Close() }()
	go func() { _, _ = io.Copy(client, db); _ = client.Close() }()
	for {
		message, err := nextMessage(client)
		if err != nil {
			return
		}
		w.note(message)
		if _, err := db.Write(message); err != nil {
			return
		}
	}
}

// nextMessage returns one of the wire protocol: it begins with its length.
func nextMessage(r io.Reader) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	message := append(length[:], make([]byte, binary.LittleEndian.Uint32(length[:])-4)...)
	_, err := io.ReadFull(r, message[4:])
	return message, err
}

// track counts queries of tenants' collections.
func (w *wiretap) note(message []byte) {
	for _, collection := range []string{"users", "notes"} {
		if bytes.Contains(message, []byte("\x02find\x00\x06\x00\x00\x00"+collection+"\x00")) {
			w.finds.Add(1)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.said.Write(message)
}

func (w *wiretap) says(text string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Contains(w.said.Bytes(), []byte(text))
}
