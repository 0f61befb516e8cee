package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/users"
)

// TestConditionalRequests has a row for each kind of condition and method. %s is
// the document's tag. Nothing that is refused changes anything.
func TestConditionalRequests(t *testing.T) {
	t.Parallel()
	a, super := one(t)
	made := a.call(t, "POST /api/users", newUser, bearer(super)...)
	path, tag := "/api/users/"+made.string("_id"), made.header.Get("ETag")
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
			got := a.send(t, line, body, super, tag, test.headers...)
			if got.status != test.status || got.code() != test.code {
				t.Errorf("%s, %s: %d %s", test.name, line, got.status, got.text)
			}
			if (got.status == 304 || got.status == 200) && got.header.Get("ETag") != tag {
				t.Errorf("%s: the tag is %s", test.name, got.header.Get("ETag"))
			}
			if got.status == 304 && (got.text != "" || got.header.Get("Cache-Control") != "no-store") {
				t.Errorf("%s: %s %v", test.name, got.text, got.header)
			}
		}
	}
	if got := a.call(t, "GET "+path, "", bearer(super)...); got.text != made.text {
		t.Errorf("a refusal changed %s\nto %s", made.text, got.text)
	}
	got := a.send(t, "PATCH "+path, `{"name":"Ada L."}`, super, tag, "If-Match", `"a,b"`, "If-Match", `"*", %s`)
	if got.status != 200 || got.header.Get("ETag") == tag {
		t.Errorf("one of several: %d %s", got.status, got.text)
	}
	if got := a.send(t, "DELETE "+path, "", super, "", "If-Match", `*`); got.status != 204 {
		t.Errorf("whatever it is: %d %s", got.status, got.text)
	}
}

// send returns call with headers of which each pair is a line of its own, in whose
// values %s stands for tag.
func (a *api) send(t *testing.T, line, body, token, tag string, headers ...string) printRequested {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	req, err := http.NewRequestWithContext(t.Context(), method, a.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], strings.ReplaceAll(headers[i+1], "%s", tag))
	}
	return do(t, req)
}

// TestWhateverItIs has many clients change a document at once, each on condition
// that it is there: none is told that it is not, and none is lost.
func TestWhateverItIs(t *testing.T) {
	t.Parallel()
	const clients = 60
	a, super := one(t)
	made := a.call(t, "POST /api/users", newUser, bearer(super)...)
	path := "/api/users/" + made.string("_id")
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			got := a.send(t, "PATCH "+path, fmt.Sprintf(`{"name":"N%d"}`, i), super, "", "If-Match", `*`)
			if got.status != 200 || got.string("name") == "" {
				t.Errorf("%d %s", got.status, got.text)
			}
		})
	}
	all.Wait()
	if got := a.call(t, "GET "+path, "", bearer(super)...); !strings.HasPrefix(got.header.Get("ETag"), fmt.Sprintf(`"%d-`, 1+clients)) {
		t.Errorf("after %d changes: %s", clients, got.header.Get("ETag"))
	}
	deleted := map[int]int{}
	var mu sync.Mutex
	for range clients {
		all.Go(func() {
			got := a.send(t, "DELETE "+path, "", super, "", "If-Match", `*`)
			mu.Lock()
			defer mu.Unlock()
			deleted[got.status]++
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
	made := a.call(t, "POST /api/users", newUser, bearer(super)...)
	seen := map[int]int{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			got := a.send(t, "PATCH /api/users/"+made.string("_id"), fmt.Sprintf(`{"name":"N%d"}`, i), super, made.header.Get("ETag"), "If-Match", `"a,b", %s`)
			mu.Lock()
			defer mu.Unlock()
			seen[got.status]++
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
	writer := a.token(t, one.ID, "basic", "write")
	for range 5 {
		bob := addUser(t, one.Handle(), "bob", users.Role{})
		path := "/api/users/" + bob.ID.Hex()
		var both sync.WaitGroup
		both.Go(func() {
			if got := a.send(t, "PATCH "+path, `{"role":{"name":"super"}}`, super, "", "If-Match", `*`); got.status != 200 {
				t.Errorf("promoted: %d %s", got.status, got.text)
			}
		})
		both.Go(func() {
			for i := range 20 {
				got := a.send(t, "PATCH "+path, fmt.Sprintf(`{"name":"N%d"}`, i), writer, "", "If-Match", `*`)
				if got.status == 403 {
					return
				}
				if role, _ := got.body["role"].(map[string]any); got.status != 200 || role["name"] != "basic" {
					t.Errorf("changed: %d %s", got.status, got.text)
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
	plain := n.call(t, "GET "+path, "", bearer(n.super)...).header.Get("ETag")
	read := func(status int, headers ...string) string {
		t.Helper()
		got := n.send(t, "GET "+path+"?expand=author", "", n.super, plain, headers...)
		if got.status != status {
			t.Errorf("%v: %d %s", headers, got.status, got.text)
		}
		return got.header.Get("ETag")
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
	if got := n.send(t, "DELETE "+path, "", n.super, first, "If-Match", "%s"); got.status != 412 {
		t.Errorf("deleted by the expanded tag: %d %s", got.status, got.text)
	}
	if got := n.send(t, "PATCH /api/users/"+n.bob.Hex(), `{"name":"Bob B."}`, n.super, "", "If-Match", "*"); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.text)
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
	a := start(t, s.URI(), nil)
	one := a.provision(t, "one")
	super, writer := a.token(t, one.ID, "super"), a.token(t, one.ID, "basic", "read", "write", "delete")
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
		ada := addUser(t, one.Handle(), "ada", users.Role{})
		path, tag := "/api/users/"+ada.ID.Hex(), `"`+ada.Rev().String()+`"`
		ask := func(request, token, match string) printRequested {
			method, body, _ := strings.Cut(request, " ")
			return a.send(t, method+" "+path, body, token, tag, "If-Match", match)
		}
		command, at := "findAndModify", 1
		switch {
		case test.first == remove:
			command = "delete"
		case strings.Contains(test.first, "email"): // there is nothing to write, and it is read again
			command, at = "find", 2
		}
		held := s.On(command).In("users").Nth(at).Hold()
		answered := make(chan printRequested, 1)
		go func() { answered <- ask(test.first, test.token, test.match) }()
		<-held.Arrived()
		if got := ask(test.second, super, "*"); got.status >= 300 {
			t.Errorf("%s: the second got %d %s", test.what, got.status, got.text)
		}
		held.Release()
		if got := <-answered; got.status != test.status || got.code() != test.code {
			t.Errorf("%s: %d %s", test.what, got.status, got.text)
		}
		if got := a.call(t, "GET "+path, "", bearer(super)...); got.string("name") != test.name {
			t.Errorf("%s: it is %s", test.what, got.text)
		}
		s.Reset()
		if _, err := users.In(one.Handle()).Get(t.Context(), ada.ID); err == nil {
			if err := users.In(one.Handle()).Delete(t.Context(), ada.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
}
