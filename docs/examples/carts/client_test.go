package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb"
)

// answer is what the server said.
type answer struct {
	status int
	text   string
	body   map[string]any
}

// list returns a member of the answer that is a list of objects.
func (a answer) list(name string) []map[string]any {
	var objects []map[string]any
	elements, _ := a.body[name].([]any)
	for _, element := range elements {
		object, _ := element.(map[string]any)
		objects = append(objects, object)
	}
	return objects
}

// call sends a request, whose line is its method and path, as the owner. Changes are made to
// whatever is there.
func (s *shop) call(t *testing.T, line, body string) answer {
	t.Helper()
	a, err := s.send(t.Context(), line, body)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// send is call for goroutines, which end no test.
func (s *shop) send(ctx context.Context, line, body string) (answer, error) {
	method, path, _ := strings.Cut(line, " ")
	req, err := http.NewRequestWithContext(ctx, method, s.base+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if method == http.MethodPatch || method == http.MethodDelete {
		req.Header.Set("If-Match", "*")
	}
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{status: resp.StatusCode, text: string(text)}
	if len(text) > 0 {
		err = json.Unmarshal(text, &a.body)
	}
	return a, err
}

// tenantctl runs the operators' command, and returns its exit code and what it printed.
func (s *shop) tenantctl(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), asTenantctl+"=1", "MONGO_URI="+testdb.URI(t), "ADMIN_DB="+s.adminDB)
	text, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(text)
}

// expectExit runs the operators' command, and misses the exit code or a word of what it prints.
func (s *shop) expectExit(t *testing.T, want int, word string, args ...string) {
	t.Helper()
	if code, out := s.tenantctl(t, args...); code != want || !strings.Contains(out, word) {
		t.Errorf("tenantctl %s: exit code %d, want %d and %q:\n%s", strings.Join(args, " "), code, want, word, out)
	}
}

// document returns what is stored.
func (s *shop) document(t *testing.T, collection string, id any) bson.Raw {
	t.Helper()
	doc, err := s.stored.Collection(collection).FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Raw()
	if err != nil {
		t.Fatalf("%s %v: %v", collection, id, err)
	}
	return doc
}
