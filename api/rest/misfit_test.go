package rest_test

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/users"
)

// household is a server with a tenant, whose users a test may store as it likes.
type household struct {
	*servertest.Server
	tenant        *tenant.Entry
	users         *mongo.Collection
	super, writer string
}

func openHousehold(t *testing.T) *household {
	t.Helper()
	h := &household{Server: servertest.Start(t, testdb.URI(t), nil)}
	h.tenant = h.Provision(t, "one")
	h.users = testdb.Client(t).Database(h.tenant.Database).Collection("users")
	h.super, h.writer = h.Token(t, h.tenant.ID, "super"), h.Token(t, h.tenant.ID, "basic", "read", "write", "delete")
	return h
}

// store stores Ada, who fits but for change, and returns the path.
func (h *household) store(t *testing.T, change bson.D) string {
	t.Helper()
	user := servertest.AddUser(t, h.tenant.Handle(), "ada", users.Role{Name: users.RoleNameBasic})
	if len(change) > 0 {
		if _, err := h.users.UpdateByID(t.Context(), user.ID, change); err != nil {
			t.Fatal(err)
		}
	}
	return "/api/users/" + user.ID.Hex()
}

func set(key string, value any) bson.D {
	return bson.D{{Key: "$set", Value: bson.D{{Key: key, Value: value}}}}
}

// misfits are ways for a stored user not to fit the schema, each with the path
// that is named, the patch that mends it, and what is then read there.
var misfits = []struct {
	name        string
	change      bson.D
	pointer     string
	patch, want string
}{
	{"a number for text", set("name", 7), "/name", `{"name":"Ada"}`, `"name":"Ada"`},
	{"an array for text", set("email", bson.A{"a@example.com"}), "/email", `{"email":"mended@example.com"}`, `"email":"mended@example.com"`},
	{"a document for text", set("name", bson.D{{Key: "first", Value: "Ada"}}), "/name", `{"name":"Ada"}`, `"name":"Ada"`},
	{"text for an object", set("role", "basic"), "/role", `{"role":{"name":"auditor"}}`, `"role":{"name":"auditor","permission":[]}`},
	{"text for an object, removed", set("role", "basic"), "/role", `{"role":null}`, `"role":{"name":"basic","permission":[]}`},
	{"text for an object, nothing set", set("role", "basic"), "/role", `{"role":{}}`, `"role":{"name":"basic","permission":[]}`},
	{"an array for an object", set("role", bson.A{bson.D{{Key: "name", Value: "basic"}}}), "/role", `{"role":{"permission":["read"]}}`, `"role":{"name":"basic","permission":["read"]}`},
	{"a number for an object", set("role", 7), "/role", `{"role":{"name":"basic","permission":["read"]}}`, `"role":{"name":"basic","permission":["read"]}`},
	{"an unknown value", set("role.name", "owner"), "/role/name", `{"role":{"name":"hos"}}`, `"role":{"name":"hos","permission":[]}`},
	{"a number for a value", set("role.name", 1), "/role/name", `{"role":{"name":null}}`, `"role":{"name":"basic","permission":[]}`},
	{"text for a set", set("role.permission", "read"), "/role/permission", `{"role":{"permission":["read"]}}`, `"role":{"name":"basic","permission":["read"]}`},
	{"a misfit in a set", set("role.permission", bson.A{"read", 7}), "/role/permission/1", `{"role":{"permission":["read"]}}`, `"role":{"name":"basic","permission":["read"]}`},
	{"text for when it was made", set("createdAt", "2021-03-04"), "/createdAt", `{"name":"Ada"}`, `"createdAt":"2021-03-04T00:00:00.000Z"`},
	{"text for when it was changed", set("updatedAt", "2021-03-04"), "/updatedAt", `{"name":"Ada"}`, `"name":"Ada"`},
	{"an array for when it was changed", set("updatedAt", bson.A{bson.DateTime(1)}), "/updatedAt", `{"name":"Ada"}`, `"name":"Ada"`},
	{"when nobody can say", set("createdAt", bson.DateTime(1<<60)), "/createdAt", `{"name":"Ada"}`, `"name":"Ada"`},
}

// TestMisfitsAreMended reads, changes and removes users that do not fit: none is a
// failure of the server, and none is lost.
func TestMisfitsAreMended(t *testing.T) {
	t.Parallel()
	h := openHousehold(t)
	for _, test := range misfits {
		path := h.store(t, test.change)
		got := h.Call(t, "GET "+path, "", bearer(h.super)...)
		tag := got.Header.Get("ETag")
		h.refuses(t, test.name, got, test.pointer)
		h.refuses(t, test.name+", known", h.Send(t, "GET "+path, "", h.super, tag, "If-None-Match", "%s"), test.pointer)
		h.refuses(t, test.name+", as another", h.Send(t, "GET "+path, "", h.super, tag, "If-Match", `"0-0"`), test.pointer)
		for line, body := range map[string]string{"PATCH " + path: "{}", "DELETE " + path: ""} {
			if got := h.Send(t, line, body, h.super, "", "If-Match", `"0-0-0"`); got.Status != 412 {
				t.Errorf("%s, %s as another: %d %s", test.name, line, got.Status, got.Text)
			}
			if got := h.Call(t, line, body, append(bearer(h.super), "Content-Type", "application/json")...); got.Status != 428 {
				t.Errorf("%s, %s: %d %s", test.name, line, got.Status, got.Text)
			}
		}
		mended := h.Send(t, "PATCH "+path, test.patch, h.super, tag, "If-Match", "%s")
		if mended.Status != 200 || !strings.Contains(mended.Text, test.want) || mended.Header.Get("ETag") == tag {
			t.Errorf("%s, mended: %d %s", test.name, mended.Status, mended.Text)
		}
		if got := h.Call(t, "GET "+path, "", bearer(h.super)...); got.Text != mended.Text || got.Header.Get("ETag") != mended.Header.Get("ETag") {
			t.Errorf("%s, read again: %d %s", test.name, got.Status, got.Text)
		}
		if got := h.Send(t, "DELETE "+path, "", h.super, "", "If-Match", "*"); got.Status != 204 {
			t.Fatalf("%s, removed once it fits: %d %s", test.name, got.Status, got.Text)
		}
		for _, match := range []string{"*", "%s"} {
			path := h.store(t, test.change)
			tag := h.Call(t, "GET "+path, "", bearer(h.super)...).Header.Get("ETag")
			if got := h.Send(t, "DELETE "+path, "", h.super, tag, "If-Match", match); got.Status != 204 {
				t.Errorf("%s, removed: %d %s", test.name, got.Status, got.Text)
			}
			if n, err := h.users.CountDocuments(t.Context(), bson.D{}); err != nil || n != 0 {
				t.Fatalf("%s: %d users are left, %v", test.name, n, err)
			}
		}
	}
	if strings.Contains(h.Log.String(), "level=ERROR") {
		t.Errorf("the log has failures:\n%s", h.Log)
	}
}

// refuses wants the answer to a read of a document that does not fit at pointer.
func (h *household) refuses(t *testing.T, what string, got servertest.Response, pointer string) {
	t.Helper()
	errors := got.List("errors")
	if got.Status != 409 || got.Code() != "document_invalid" || got.Header.Get("ETag") == "" || len(errors) != 1 ||
		errors[0]["pointer"] != pointer || errors[0]["message"] == "" {
		t.Errorf("%s: %d %s %v", what, got.Status, got.Text, got.Header)
	}
}

// What has several faults is mended one by one. Each answer says that it was
// stored, and what is the next.
func TestMisfitsAreMendedMemberByMember(t *testing.T) {
	t.Parallel()
	h := openHousehold(t)
	path := h.store(t, bson.D{{Key: "$set", Value: bson.D{
		{Key: "name", Value: 7}, {Key: "email", Value: nil}, {Key: "role", Value: "super"}, {Key: "_rev", Value: "none"},
		{Key: "createdAt", Value: "once"}, {Key: "updatedAt", Value: bson.Regex{Pattern: "x"}}, {Key: "kept", Value: "by others"},
	}}})
	tag := h.Call(t, "GET "+path, "", bearer(h.super)...).Header.Get("ETag")
	seen := map[string]bool{tag: true}
	for _, step := range []struct{ patch, pointer string }{
		{`{"email":"ada@example.com"}`, "/name"},
		{`{"name":"Ada"}`, "/role"},
		{`{"role":{"name":"super"}}`, ""},
	} {
		got := h.Send(t, "PATCH "+path, step.patch, h.super, tag, "If-Match", "%s")
		tag = got.Header.Get("ETag")
		if seen[tag] || tag == "" {
			t.Errorf("%s: the tag is %s", step.patch, tag)
		}
		seen[tag] = true
		if step.pointer == "" {
			if got.Status != 200 {
				t.Errorf("%s: %d %s", step.patch, got.Status, got.Text)
			}
			continue
		}
		h.refuses(t, step.patch, got, step.pointer)
		if !strings.Contains(got.Member("detail"), "was stored") {
			t.Errorf("%s: it does not say so: %s", step.patch, got.Text)
		}
	}
	doc, err := h.users.FindOne(t.Context(), bson.D{{Key: "name", Value: "Ada"}}).Raw()
	if err != nil || doc.Lookup("kept").StringValue() != "by others" || doc.Lookup("_rev").AsInt64() != 3 {
		t.Errorf("stored is %s, %v", doc, err)
	}
}

// What a patch may not do, it may not do to what does not fit either; and what is
// refused is not stored.
func TestMisfitsAreGuarded(t *testing.T) {
	t.Parallel()
	h := openHousehold(t)
	servertest.AddUser(t, h.tenant.Handle(), "eve", users.Role{Name: users.RoleNameSuper})
	for _, test := range []struct {
		name        string
		change      bson.D
		token       string
		line, patch string
		status      int
		code        string
	}{
		{"a value that is none", set("name", 7), h.super, "PATCH", `{"name":""}`, 422, "validation_failed"},
		{"an unknown member", set("name", 7), h.super, "PATCH", `{"nam":"Ada"}`, 422, "validation_failed"},
		{"a member that is the server's", set("createdAt", "x"), h.super, "PATCH", `{"createdAt":"2021-03-04T00:00:00Z"}`, 422, "validation_failed"},
		{"a taken address", set("name", 7), h.super, "PATCH", `{"email":"eve@example.com"}`, 409, "duplicate"},
		{"a writer, the name", set("name", 7), h.writer, "PATCH", `{"name":"Ada"}`, 200, ""},
		{"a writer, the role", set("name", 7), h.writer, "PATCH", `{"role":{"name":"super"}}`, 403, "forbidden"},
		{"a writer, the password", set("name", 7), h.writer, "PATCH", `{"password":"another horse"}`, 403, "forbidden"},
		{"a writer, the address", set("name", 7), h.writer, "PATCH", `{"email":"b@example.com"}`, 403, "forbidden"},
		{"a writer, a super", bson.D{{Key: "$set", Value: bson.D{{Key: "name", Value: 7}, {Key: "role.name", Value: "super"}}}}, h.writer, "PATCH", `{"name":"Ada"}`, 403, "forbidden"},
		{"a writer removes a super", bson.D{{Key: "$set", Value: bson.D{{Key: "name", Value: 7}, {Key: "role.name", Value: "super"}}}}, h.writer, "DELETE", ``, 403, "forbidden"},
		{"a writer, a super by name alone", set("role", "super"), h.writer, "PATCH", `{"name":"Ada"}`, 403, "forbidden"},
		{"a writer, whose role nobody can tell", set("role", 7), h.writer, "PATCH", `{"name":"Ada"}`, 403, "forbidden"},
		{"a writer, whose role is unknown", set("role.name", "owner"), h.writer, "PATCH", `{"name":"Ada"}`, 403, "forbidden"},
		{"a writer removes one whose role nobody can tell", set("role", bson.A{"basic"}), h.writer, "DELETE", ``, 403, "forbidden"},
		{"a writer, whose permissions nobody can tell", set("role.permission", 7), h.writer, "PATCH", `{"name":"Ada"}`, 409, "document_invalid"},
		{"a writer removes a misfit", set("name", 7), h.writer, "DELETE", ``, 204, ""},
		{"a super, whose role nobody can tell", set("role", 7), h.super, "PATCH", `{"name":"Ada"}`, 409, "document_invalid"},
		{"a super removes one whose role nobody can tell", set("role", 7), h.super, "DELETE", ``, 204, ""},
	} {
		path := h.store(t, test.change)
		got := h.Send(t, test.line+" "+path, test.patch, test.token, "", "If-Match", "*")
		if got.Status != test.status || got.Code() != test.code {
			t.Errorf("%s: %d %s", test.name, got.Status, got.Text)
		}
		stored := h.users.FindOne(t.Context(), bson.D{{Key: "email", Value: "ada@example.com"}})
		doc, _ := stored.Raw()
		if refused := got.Status == 403 || got.Status == 422 || got.Code() == "duplicate"; refused && doc.Lookup("_rev").AsInt64() != 1 {
			t.Errorf("%s: stored is %s", test.name, doc)
		}
		if _, err := h.users.DeleteOne(t.Context(), bson.D{{Key: "email", Value: "ada@example.com"}}); err != nil {
			t.Fatal(err)
		}
	}
}

// One who cannot log in is nobody's last super, but is not taken from a tenant that
// has no other either: that user can be mended.
func TestTheLastSuperAmongMisfits(t *testing.T) {
	t.Parallel()
	h := openHousehold(t)
	eve := servertest.AddUser(t, h.tenant.Handle(), "eve", users.Role{Name: users.RoleNameSuper})
	lost := bson.D{{Key: "$set", Value: bson.D{{Key: "name", Value: 7}, {Key: "role.name", Value: "super"}}}}
	h.store(t, lost)
	for line, body := range map[string]string{"PATCH": `{"role":{"name":"basic"}}`, "DELETE": ""} {
		got := h.Send(t, line+" /api/users/"+eve.ID.Hex(), body, h.super, "", "If-Match", "*")
		if got.Status != 409 || got.Code() != "last_super" {
			t.Errorf("%s of the only one who can log in: %d %s", line, got.Status, got.Text)
		}
	}
	// However many cannot log in, the one who can is found behind them.
	servertest.AddUser(t, h.tenant.Handle(), "zoe", users.Role{Name: users.RoleNameSuper})
	for _, name := range []string{"bob", "cyd"} {
		lost := servertest.AddUser(t, h.tenant.Handle(), name, users.Role{Name: users.RoleNameSuper})
		if _, err := h.users.UpdateByID(t.Context(), lost.ID, set("name", 7)); err != nil {
			t.Fatal(err)
		}
	}
	if got := h.Send(t, "DELETE /api/users/"+eve.ID.Hex(), "", h.super, "", "If-Match", "*"); got.Status != 204 {
		t.Errorf("one of two who can log in: %d %s", got.Status, got.Text)
	}
	if _, err := h.users.DeleteMany(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		change bson.D
		patch  string
		status int
		code   string
		remove int
	}{
		{"known to be none", set("name", 7), `{"role":{"name":"auditor"}}`, 409, "document_invalid", 204},
		{"known to be one", lost, `{"role":{"name":"basic"}}`, 409, "last_super", 409},
		{"known to be one, mended", lost, `{"name":"Ada"}`, 200, "", 409},
		{"by name alone", set("role", "super"), `{"role":{"name":"basic"}}`, 409, "last_super", 409},
		{"by name alone, permissions set", set("role", "super"), `{"role":{"permission":["read"]}}`, 409, "last_super", 409},
		{"by name alone, removed", set("role", "super"), `{"role":null}`, 409, "last_super", 409},
		{"by name alone, mended", set("role", "super"), `{"role":{"name":"super"}}`, 200, "", 409},
		{"none by name alone", set("role", "basic"), `{"role":{"name":"auditor"}}`, 200, "", 204},
		{"nobody can tell", set("role", 7), `{"role":{"name":"auditor"}}`, 200, "", 204},
	} {
		path := h.store(t, test.change)
		if got := h.Send(t, "PATCH "+path, test.patch, h.super, "", "If-Match", "*"); got.Status != test.status || got.Code() != test.code {
			t.Errorf("%s: %d %s", test.name, got.Status, got.Text)
		}
		if got := h.Send(t, "DELETE "+path, "", h.super, "", "If-Match", "*"); got.Status != test.remove {
			t.Errorf("%s, removed: %d %s", test.name, got.Status, got.Text)
		}
		if _, err := h.users.DeleteMany(t.Context(), bson.D{}); err != nil {
			t.Fatal(err)
		}
	}
}
