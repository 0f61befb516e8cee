package rest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/users"
)

// TestConditionalRequests has a row for each kind of condition and method. %s is
// the document's tag. Nothing that is refused changes anything.
func TestConditionalRequests(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	made := a.Call(t, "POST /api/users", newUser, bearer(super)...)
	path, tag := "/api/users/"+made.Member("_id"), made.Header.Get("ETag")
	nobody := "/api/users/ffffffffffffffffffffffff"
	for _, test := range []struct {
		name, line string
		headers    []string
		status     int
		code       string
	}{
		{"read, if it is not known", "GET " + path, []string{"If-None-Match", `%s`}, 304, ""},
		{"read, if it is not known, weakly", "GET " + path, []string{"If-None-Match", `W/%s`}, 304, ""},
		{"read, if it is none of these", "GET " + path, []string{"If-None-Match", `"a,b", "*"`, "If-None-Match", `%s`}, 304, ""},
		{"read, if there is none", "GET " + path, []string{"If-None-Match", `*`}, 304, ""},
		{"read, if another is known", "GET " + path, []string{"If-None-Match", `"a,b", "*"`}, 200, ""},
		{"read, if it is as known", "GET " + path, []string{"If-Match", `%s`}, 200, ""},
		{"read, if it is as known, weakly", "GET " + path, []string{"If-Match", `W/%s`}, 412, "stale"},
		{"read, if it is there", "GET " + path, []string{"If-Match", `*`}, 200, ""},
		{"read, if it is another", "GET " + path, []string{"If-Match", `"*"`, "If-None-Match", `%s`}, 412, "stale"},
		{"read, if it is this but not known", "GET " + path, []string{"If-Match", `%s`, "If-None-Match", `%s`}, 304, ""},
		{"read, if what?", "GET " + path, []string{"If-None-Match", `nonsense`}, 400, "header_invalid"},
		{"read what is not there, if it is", "GET " + nobody, []string{"If-Match", `*`}, 404, "not_found"},
		{"read what is not there, if it is not", "GET " + nobody, []string{"If-None-Match", `*`}, 404, "not_found"},
		{"no condition", "%s " + path, nil, 428, "if_match_required"},
		{"an empty one", "%s " + path, []string{"If-Match", ``}, 428, "if_match_required"},
		{"the wrong condition", "%s " + path, []string{"If-None-Match", `"a"`}, 428, "if_match_required"},
		{"another", "%s " + path, []string{"If-Match", `"1-1"`}, 412, "stale"},
		{"weak", "%s " + path, []string{"If-Match", `W/%s`}, 412, "stale"},
		{"an asterisk within quotes", "%s " + path, []string{"If-Match", `"*"`}, 412, "stale"},
		{"a list within quotes", "%s " + path, []string{"If-Match", `"a,%s`}, 400, "header_invalid"},
		{"without quotes", "%s " + path, []string{"If-Match", `0-1`}, 400, "header_invalid"},
		{"an asterisk in a list", "%s " + path, []string{"If-Match", `%s`, "If-Match", `*`}, 400, "header_invalid"},
		{"if it is there and is not", "%s " + path, []string{"If-Match", `*`, "If-None-Match", `*`}, 412, "precondition_failed"},
		{"if it is this and is not", "%s " + path, []string{"If-Match", `%s`, "If-None-Match", `"a", W/%s`}, 412, "precondition_failed"},
		{"if it is not what?", "%s " + path, []string{"If-Match", `%s`, "If-None-Match", `a`}, 400, "header_invalid"},
		{"what is not there", "%s " + nobody, []string{"If-Match", `*`}, 404, "not_found"},
		{"what is not there, if it is not", "%s " + nobody, []string{"If-Match", `"1-1"`, "If-None-Match", `*`}, 404, "not_found"},
		{"what is not there, unconditionally", "%s " + nobody, nil, 404, "not_found"},
	} {
		lines := []string{test.line}
		if strings.HasPrefix(test.line, "%s ") {
			lines = []string{strings.Replace(test.line, "%s", "PATCH", 1), strings.Replace(test.line, "%s", "DELETE", 1)}
		}
		for _, line := range lines {
			body := ""
			if strings.HasPrefix(line, "PATCH") {
				body = `{"name":"Eve"}`
			}
			got := a.Send(t, line, body, super, tag, test.headers...)
			if got.Status != test.status || got.Code() != test.code {
				t.Errorf("%s, %s: %d %s", test.name, line, got.Status, got.Text)
			}
			if (got.Status == 304 || got.Status == 200) && got.Header.Get("ETag") != tag {
				t.Errorf("%s: the tag is %s", test.name, got.Header.Get("ETag"))
			}
			if got.Status == 304 && (got.Text != "" || got.Header.Get("Cache-Control") != "no-store") {
				t.Errorf("%s: %s %v", test.name, got.Text, got.Header)
			}
		}
	}
	if got := a.Call(t, "GET "+path, "", bearer(super)...); got.Text != made.Text {
		t.Errorf("a refusal changed %s\nto %s", made.Text, got.Text)
	}
	got := a.Send(t, "PATCH "+path, `{"name":"Ada L."}`, super, tag, "If-Match", `"a,b"`, "If-Match", `"*", %s`)
	if got.Status != 200 || got.Header.Get("ETag") == tag {
		t.Errorf("one of several: %d %s", got.Status, got.Text)
	}
	if got := a.Send(t, "DELETE "+path, "", super, "", "If-Match", `*`); got.Status != 204 {
		t.Errorf("whatever it is: %d %s", got.Status, got.Text)
	}
}

// TestWhateverItIs has many clients change a document at once, each on condition
// that it is there: none is told that it is not, and none is lost.
func TestWhateverItIs(t *testing.T) {
	t.Parallel()
	const clients = 60
	a, super := one(t)
	made := a.Call(t, "POST /api/users", newUser, bearer(super)...)
	path := "/api/users/" + made.Member("_id")
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			got := a.Send(t, "PATCH "+path, fmt.Sprintf(`{"name":"N%d"}`, i), super, "", "If-Match", `*`)
			if got.Status != 200 || got.Member("name") == "" {
				t.Errorf("%d %s", got.Status, got.Text)
			}
		})
	}
	all.Wait()
	if got := a.Call(t, "GET "+path, "", bearer(super)...); !strings.HasPrefix(got.Header.Get("ETag"), fmt.Sprintf(`"%d-`, 1+clients)) {
		t.Errorf("after %d changes: %s", clients, got.Header.Get("ETag"))
	}
	deleted := map[int]int{}
	var mu sync.Mutex
	for range clients {
		all.Go(func() {
			got := a.Send(t, "DELETE "+path, "", super, "", "If-Match", `*`)
			mu.Lock()
			defer mu.Unlock()
			deleted[got.Status]++
		})
	}
	all.Wait()
	if deleted[204] != 1 || deleted[404] != clients-1 {
		t.Errorf("deleted: %v", deleted)
	}
}

// TestOneOfSeveral has many clients change a document at once, each on condition
// that it is in one of two states: the first takes it out of both.
func TestOneOfSeveral(t *testing.T) {
	t.Parallel()
	const clients = 20
	a, super := one(t)
	made := a.Call(t, "POST /api/users", newUser, bearer(super)...)
	seen := map[int]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			got := a.Send(t, "PATCH /api/users/"+made.Member("_id"), fmt.Sprintf(`{"name":"N%d"}`, i), super, made.Header.Get("ETag"), "If-Match", `"a,b", %s`)
			mu.Lock()
			defer mu.Unlock()
			seen[got.Status]++
		})
	}
	all.Wait()
	if seen[200] != 1 || seen[412] != clients-1 {
		t.Errorf("%v", seen)
	}
}

// TestRulesGoByWhatIsWritten has a user made a super while a writer, who may not
// change one, keeps changing whatever is there.
func TestRulesGoByWhatIsWritten(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	one, err := a.Stack().Catalog.Resolve(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	writer := a.Token(t, one.ID, "basic", "write")
	for range 5 {
		bob := servertest.AddUser(t, one.Handle(), "bob", users.Role{})
		path := "/api/users/" + bob.ID.Hex()
		var both sync.WaitGroup
		both.Go(func() {
			if got := a.Send(t, "PATCH "+path, `{"role":{"name":"super"}}`, super, "", "If-Match", `*`); got.Status != 200 {
				t.Errorf("promoted: %d %s", got.Status, got.Text)
			}
		})
		both.Go(func() {
			for i := range 20 {
				got := a.Send(t, "PATCH "+path, fmt.Sprintf(`{"name":"N%d"}`, i), writer, "", "If-Match", `*`)
				if got.Status == 403 {
					return
				}
				if role, _ := got.Body["role"].(map[string]any); got.Status != 200 || role["name"] != "basic" {
					t.Errorf("changed: %d %s", got.Status, got.Text)
				}
			}
		})
		both.Wait()
		if err := users.In(one.Handle()).Delete(t.Context(), bob.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// TestExpandedTags reads a document with others in it: its tag tells when any of
// them changed, and is not the one that the document is changed by.
func TestExpandedTags(t *testing.T) {
	t.Parallel()
	n := openNotebook(t)
	path := "/api/notes/" + n.second.Hex()
	plain := n.Call(t, "GET "+path, "", bearer(n.super)...).Header.Get("ETag")
	read := func(status int, headers ...string) string {
		t.Helper()
		got := n.Send(t, "GET "+path+"?expand=author", "", n.super, plain, headers...)
		if got.Status != status {
			t.Errorf("%v: %d %s", headers, got.Status, got.Text)
		}
		return got.Header.Get("ETag")
	}
	first := read(200)
	if first == plain || first != read(200) {
		t.Errorf("the tags are %s, expanded %s", plain, first)
	}
	read(200, "If-None-Match", plain)
	if again := read(304, "If-None-Match", "W/"+first); again != first {
		t.Errorf("not modified: %s", again)
	}
	read(200, "If-Match", first)
	read(412, "If-Match", plain)
	if got := n.Send(t, "DELETE "+path, "", n.super, first, "If-Match", "%s"); got.Status != 412 {
		t.Errorf("deleted by the expanded tag: %d %s", got.Status, got.Text)
	}
	if got := n.Send(t, "PATCH /api/users/"+n.bob.Hex(), `{"name":"Bob B."}`, n.super, "", "If-Match", "*"); got.Status != 200 {
		t.Fatalf("%d %s", got.Status, got.Text)
	}
	second := read(200, "If-None-Match", first)
	if second == first {
		t.Errorf("after a change of the author: %s", second)
	}
	if _, err := n.db.Collection("notes").UpdateByID(t.Context(), n.second, bson.D{{Key: "$inc", Value: bson.D{{Key: "_rev", Value: int64(1)}}}}); err != nil {
		t.Fatal(err)
	}
	if third := read(200, "If-None-Match", second); third == second {
		t.Errorf("after a change of the note: %s", third)
	}
}

// TestOutrun holds a request's write until another request changed the document:
// what was demanded, and who may, is asked anew of what is there then.
func TestOutrun(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	a := servertest.Start(t, s.URI(), nil)
	one := a.Provision(t, "one")
	super, writer := a.Token(t, one.ID, "super"), a.Token(t, one.ID, "basic", "read", "write", "delete")
	const rename, remove = `PATCH {"name":"Ada L."}`, `DELETE `
	for _, test := range []struct {
		what, first, token, match, second string
		status                            int
		code, name                        string
	}{
		{"whatever it is", rename, writer, "*", `PATCH {"email":"a@example.com"}`, 200, "", "Ada L."},
		{"the state that was", rename, writer, "%s", `PATCH {"email":"a@example.com"}`, 412, "stale", "ada"},
		{"that or another", rename, writer, `"a,b", %s`, `PATCH {"email":"a@example.com"}`, 412, "stale", "ada"},
		{"whatever it is, made a super", rename, writer, "*", `PATCH {"role":{"name":"super"}}`, 403, "forbidden", "ada"},
		{"whatever it is, made the last super", `PATCH {"role":{"name":"auditor"}}`, super, "*", `PATCH {"role":{"name":"super"}}`, 409, "last_super", "ada"},
		{"whatever it is, gone", rename, writer, "*", remove, 404, "not_found", ""},
		{"removed, whatever it is", remove, writer, "*", `PATCH {"name":"X"}`, 204, "", ""},
		{"removed, the state that was", remove, writer, "%s", `PATCH {"name":"X"}`, 412, "stale", "X"},
		{"removed, made a super", remove, writer, "*", `PATCH {"role":{"name":"super"}}`, 403, "forbidden", "ada"},
		{"as it was sent back", `PATCH {"email":"ada@example.com"}`, writer, "*", `PATCH {"email":"a@example.com"}`, 403, "forbidden", "ada"},
	} {
		ada := servertest.AddUser(t, one.Handle(), "ada", users.Role{})
		path, tag := "/api/users/"+ada.ID.Hex(), `"`+ada.Rev().String()+`"`
		ask := func(request, token, match string) servertest.Response {
			method, body, _ := strings.Cut(request, " ")
			return a.Send(t, method+" "+path, body, token, tag, "If-Match", match)
		}
		command, at := "findAndModify", 1
		switch {
		case test.first == remove:
			command = "delete"
		case strings.Contains(test.first, "email"): // there is nothing to write, and it is read again
			command, at = "find", 2
		}
		held := s.On(command).In("users").Nth(at).Hold()
		answered := make(chan servertest.Response, 1)
		go func() { answered <- ask(test.first, test.token, test.match) }()
		<-held.Arrived()
		if got := ask(test.second, super, "*"); got.Status >= 300 {
			t.Errorf("%s: the second got %d %s", test.what, got.Status, got.Text)
		}
		held.Release()
		if got := <-answered; got.Status != test.status || got.Code() != test.code {
			t.Errorf("%s: %d %s", test.what, got.Status, got.Text)
		}
		if got := a.Call(t, "GET "+path, "", bearer(super)...); got.Member("name") != test.name {
			t.Errorf("%s: it is %s", test.what, got.Text)
		}
		s.Reset()
		if _, err := users.In(one.Handle()).Get(t.Context(), ada.ID); err == nil {
			if err := users.In(one.Handle()).Delete(t.Context(), ada.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
}
