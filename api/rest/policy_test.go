package rest_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/users"
)

// policyMatrix is who may change what of whom: the status of a PATCH of each member
// and of a DELETE.
//
//	writer     a user with the permissions write and delete
//	owner      a user who may read, and has nothing but an account
//	full       a user whose role may do everything
//	operator   an operator's token with the permissions write and delete
//	chief      an operator's token with a role that may do everything
//	barred     a user with all permissions whose role was barred after they logged in
//	none       no token
//
// Who may not set a member is not told what it must be, so 422 is for those who may.
const policyMatrix = `
	bearer     whose    name  email  password  role  role.name  role.permission  createdAt  nothing  DELETE

	writer     own      200   200    403       403   403        403              422        200      204
	writer     other's  200   403    403       403   403        403              422        200      204
	writer     full's   403   403    403       403   403        403              403        403      403

	owner      own      403   403    403       403   403        403              403        403      403
	owner      other's  403   403    403       403   403        403              403        403      403
	owner      full's   403   403    403       403   403        403              403        403      403

	full       own      200   200    200       200   200        200              422        200      204
	full       other's  200   200    200       200   200        200              422        200      204
	full       full's   200   200    200       200   200        200              422        200      204

	operator   other's  200   403    403       403   403        403              422        200      204
	operator   full's   403   403    403       403   403        403              403        403      403

	chief      other's  200   200    200       200   200        200              422        200      204
	chief      full's   200   200    200       200   200        200              422        200      204

	barred     own      403   403    403       403   403        403              403        403      403
	barred     other's  403   403    403       403   403        403              403        403      403
	barred     full's   403   403    403       403   403        403              403        403      403

	none       other's  401   401    401       401   401        401              401        401      401
	none       full's   401   401    401       401   401        401              401        401      401
`

// policyChanges are the bodies of the matrix's columns, and what is stored once they
// are accepted.
var policyChanges = map[string]struct {
	body   string
	stored func(doc bson.Raw) bool
}{
	"name":  {`{"name":"Renamed"}`, func(doc bson.Raw) bool { return doc.Lookup("name").StringValue() == "Renamed" }},
	"email": {`{"email":"Moved@example.com"}`, func(doc bson.Raw) bool { return doc.Lookup("email").StringValue() == "moved@example.com" }},
	"password": {`{"password":"another horse"}`, func(doc bson.Raw) bool {
		secret, err := servertest.Secret()
		hash := doc.Lookup("password").StringValue()
		return err == nil && strings.HasPrefix(hash, "$argon2id$") && hash != secret.Stored()
	}},
	"role": {`{"role":null}`, func(doc bson.Raw) bool { return doc.Lookup("role").IsZero() }},
	"role.name": {`{"role":{"name":"auditor"}}`, func(doc bson.Raw) bool {
		return doc.Lookup("role", "name").StringValue() == "auditor"
	}},
	"role.permission": {`{"role":{"permission":["delete"]}}`, func(doc bson.Raw) bool {
		return doc.Lookup("role", "permission").String() == `["delete"]`
	}},
	"createdAt": {`{"createdAt":"2001-01-01T00:00:00Z"}`, nil},
	"nothing":   {`{}`, func(bson.Raw) bool { return true }},
}

// family is a tenant in which everybody of the matrix is.
type family struct {
	*servertest.Server
	tenant *tenant.Entry
	made   int
}

// add makes a user with the role and permissions, and a name of their own.
func (h *family) add(t *testing.T, role users.RoleNameValue, permissions ...users.Permission) *users.User {
	t.Helper()
	h.made++
	return servertest.AddUser(t, h.tenant.Handle(), "user"+strconv.Itoa(h.made), users.Role{Name: role, Permission: permissions})
}

// bearer returns one of the matrix's: the header, and the user, if it is one.
func (h *family) bearer(t *testing.T, kind string) ([]string, *users.User) {
	t.Helper()
	signedIn := func(u *users.User) ([]string, *users.User) {
		return bearer(h.Login(t, h.tenant.Name, u.Email, servertest.Password)), u
	}
	switch kind {
	case "writer":
		return signedIn(h.add(t, users.RoleNameBasic, "write", "delete"))
	case "owner":
		return signedIn(h.add(t, users.RoleNameBasic, "read"))
	case "full":
		return signedIn(h.add(t, users.RoleNameSuper))
	case "operator":
		return bearer(h.Token(t, h.tenant.ID, "", "write", "delete")), nil
	case "chief":
		return bearer(h.Token(t, h.tenant.ID, "super")), nil
	case "barred":
		header, u := signedIn(h.add(t, users.RoleNameBasic, "read", "write", "delete"))
		h.bar(t, u)
		return header, u
	}
	return []string{"X-Tenant", h.tenant.Name}, nil
}

// bar gives a user a role that may do nothing, as their administrator would.
func (h *family) bar(t *testing.T, u *users.User) {
	t.Helper()
	path, chief := "/api/users/"+u.ID.Hex(), h.Token(t, h.tenant.ID, "super")
	etag := h.Call(t, "GET "+path, "", bearer(chief)...).Header.Get("ETag")
	if got := h.Call(t, "PATCH "+path, `{"role":{"name":"blocked"}}`, append(bearer(chief), "If-Match", etag)...); got.Status != 200 {
		t.Fatalf("%d %s", got.Status, got.Text)
	}
}

// users returns the tenant's as they are stored.
func (h *family) users(t *testing.T) *mongo.Collection {
	t.Helper()
	return testdb.Client(t).Database(h.tenant.Database).Collection("users")
}

// raw returns a user as stored, nil if there is none.
func (h *family) raw(t *testing.T, id bson.ObjectID) bson.Raw {
	t.Helper()
	doc, err := h.users(t).FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Raw()
	if err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
		t.Fatal(err)
	}
	return doc
}

// TestPolicyMatrix asks for each cell of the matrix, of somebody nobody has changed
// before, and looks at what is stored afterwards.
func TestPolicyMatrix(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	h := &family{Server: a, tenant: a.Provision(t, "one")}
	h.add(t, users.RoleNameSuper) // one that stays, so that no other is the last
	var columns []string
	for row := range strings.Lines(policyMatrix) {
		cells := strings.Fields(row)
		if len(cells) == 0 {
			continue
		}
		if columns == nil {
			columns = cells
			continue
		}
		header, who := h.bearer(t, cells[0])
		for i, column := range columns[2:] {
			want, err := strconv.Atoi(cells[i+2])
			if err != nil {
				t.Fatal(err)
			}
			var target *users.User
			switch cells[1] {
			case "own":
				target = who
			case "other's":
				target = h.add(t, users.RoleNameBasic, "read")
			case "full's":
				target = h.add(t, users.RoleNameSuper)
			}
			h.ask(t, fmt.Sprintf("%s, %s, %s", cells[0], cells[1], column), header, target.ID, column, want)
			if cells[1] == "own" && want < 300 && column != "DELETE" {
				header, who = h.bearer(t, cells[0])
			}
		}
	}
}

// ask sends what a column is for, and looks whether it was done or left.
func (h *family) ask(t *testing.T, name string, header []string, id bson.ObjectID, column string, want int) {
	t.Helper()
	before := h.raw(t, id)
	change, line := policyChanges[column], "PATCH /api/users/"+id.Hex()
	if column == "DELETE" {
		line = "DELETE /api/users/" + id.Hex()
	}
	got := h.Call(t, line, change.body, append(header, "If-Match", "*")...)
	if got.Status != want {
		t.Errorf("%s: %d %s, want %d", name, got.Status, got.Text, want)
	}
	if code := map[int]string{401: "token_missing", 403: "forbidden", 422: "validation_failed"}[want]; got.Code() != code {
		t.Errorf("%s: %s", name, got.Text)
	}
	after := h.raw(t, id)
	switch want {
	case 204:
		if after != nil {
			t.Errorf("%s: still there is %s", name, after)
		}
	case 200:
		if after == nil || !change.stored(after) {
			t.Errorf("%s: stored is %s", name, after)
		}
		h.othersAreKept(t, name, column, before, after)
		if column == "email" { // the next one is to have it
			if _, err := h.users(t).DeleteOne(t.Context(), bson.D{{Key: "_id", Value: id}}); err != nil {
				t.Fatal(err)
			}
		}
	default:
		if string(before) != string(after) {
			t.Errorf("%s: refused, and yet\n%s became\n%s", name, before, after)
		}
	}
}

// othersAreKept: a change changes nothing besides.
func (h *family) othersAreKept(t *testing.T, name, column string, before, after bson.Raw) {
	t.Helper()
	changed, _, _ := strings.Cut(column, ".")
	for _, member := range []string{"_id", "name", "email", "password", "role", "createdAt"} {
		if member != changed && !before.Lookup(member).Equal(after.Lookup(member)) {
			t.Errorf("%s: %s was %s, is %s", name, member, before.Lookup(member), after.Lookup(member))
		}
	}
}

// TestASecondSuperGoes: of two who may do everything, one may be demoted or deleted,
// and is; the one who is left may not.
func TestASecondSuperGoes(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	h := &family{Server: a, tenant: a.Provision(t, "one")}
	first := h.add(t, users.RoleNameSuper)
	chief := bearer(a.Login(t, "one", first.Email, servertest.Password))
	for _, test := range []struct {
		name, method, body string
		status             int
		gone               func(doc bson.Raw) bool
		afterwards         int
	}{
		{"demoted", "PATCH", `{"role":{"name":"auditor"}}`, 200, func(doc bson.Raw) bool { return doc.Lookup("role", "name").StringValue() == "auditor" }, 403},
		{"barred", "PATCH", `{"role":{"name":"blocked"}}`, 200, func(doc bson.Raw) bool { return doc.Lookup("role", "name").StringValue() == "blocked" }, 403},
		{"left without a role", "PATCH", `{"role":null}`, 200, func(doc bson.Raw) bool { return doc != nil && doc.Lookup("role").IsZero() }, 403},
		{"deleted", "DELETE", "", 204, func(doc bson.Raw) bool { return doc == nil }, 401},
	} {
		second := h.add(t, users.RoleNameSuper)
		token := a.Login(t, "one", second.Email, servertest.Password)
		path := "/api/users/"
		if got := a.Call(t, "GET "+path+first.ID.Hex(), "", bearer(token)...); got.Status != 200 {
			t.Fatalf("%s: before: %d", test.name, got.Status)
		}
		if got := a.Call(t, test.method+" "+path+second.ID.Hex(), test.body, append(chief, "If-Match", "*")...); got.Status != test.status {
			t.Errorf("%s: %d %s", test.name, got.Status, got.Text)
		}
		if doc := h.raw(t, second.ID); !test.gone(doc) {
			t.Errorf("%s: stored is %s", test.name, doc)
		}
		if got := a.Call(t, "GET "+path+first.ID.Hex(), "", bearer(token)...); got.Status != test.afterwards {
			t.Errorf("%s: afterwards their token is answered %d", test.name, got.Status)
		}
		before := h.raw(t, first.ID)
		if got := a.Call(t, test.method+" "+path+first.ID.Hex(), test.body, append(chief, "If-Match", "*")...); got.Status != 409 || got.Code() != "last_super" {
			t.Errorf("the last one %s: %d %s", test.name, got.Status, got.Text)
		}
		if after := h.raw(t, first.ID); string(after) != string(before) {
			t.Errorf("the last one %s: stored is %s", test.name, after)
		}
	}
}

// TestABarredUsersAccountRests: who was barred after they logged in changes no
// password and gets no further token, until they no longer are.
func TestABarredUsersAccountRests(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	h := &family{Server: a, tenant: a.Provision(t, "one")}
	u := h.add(t, users.RoleNameBasic, "read", "write")
	grant := a.Call(t, "POST /api/login?tenant=one", fmt.Sprintf(`{"email":%q,"password":%q}`, u.Email, servertest.Password))
	token := bearer(grant.Member("token"))
	refresh := fmt.Sprintf(`{"refreshToken":%q}`, grant.Member("refreshToken"))
	h.bar(t, u)
	before := h.raw(t, u.ID)
	for name, got := range map[string]servertest.Response{
		"a password":         a.Call(t, "POST /api/password", fmt.Sprintf(`{"current":%q,"new":"another horse"}`, servertest.Password), token...),
		"a password, unread": a.Call(t, "POST /api/password", `{"current":"wrong","new":"x"}`, token...),
		"a token":            a.Call(t, "POST /api/refresh", refresh),
		"a login":            a.Call(t, "POST /api/login?tenant=one", fmt.Sprintf(`{"email":%q,"password":%q}`, u.Email, servertest.Password)),
		"a list":             a.Call(t, "GET /api/users", "", token...),
	} {
		if got.Status != 403 || got.Code() != "forbidden" {
			t.Errorf("%s: %d %s", name, got.Status, got.Text)
		}
	}
	if after := h.raw(t, u.ID); string(after) != string(before) {
		t.Errorf("%s became\n%s", before, after)
	}
	path, chief := "/api/users/"+u.ID.Hex(), bearer(a.Token(t, h.tenant.ID, "super"))
	if got := a.Call(t, "PATCH "+path, `{"role":{"name":"basic"}}`, append(chief, "If-Match", "*")...); got.Status != 200 {
		t.Fatalf("%d %s", got.Status, got.Text)
	}
	if got := a.Call(t, "POST /api/refresh", refresh); got.Status != 200 {
		t.Errorf("a token, once they may again: %d %s", got.Status, got.Text)
	}
	if got := a.Call(t, "POST /api/logout", "", token...); got.Status != 204 {
		t.Errorf("logging out: %d %s", got.Status, got.Text)
	}
}
