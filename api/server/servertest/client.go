package servertest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// Client is a client of the API that is served at Base, a URL without a path.
type Client struct{ Base string }

// Response is what a server said.
type Response struct {
	Status int
	Header http.Header
	// Text is the body, and Body what it is as JSON.
	Text string
	Body map[string]any
}

// Code returns that of a problem.
func (r Response) Code() string { return r.Member("code") }

// Member returns a member of the body that is a string, else an empty one.
func (r Response) Member(name string) string { s, _ := r.Body[name].(string); return s }

// List returns a member of the body that is a list of objects.
func (r Response) List(name string) []map[string]any {
	var out []map[string]any
	items, _ := r.Body[name].([]any)
	for _, item := range items {
		object, _ := item.(map[string]any)
		out = append(out, object)
	}
	return out
}

// Bearer returns the header that a token goes in, for Call.
func Bearer(token string) []string { return []string{"Authorization", "Bearer " + token} }

// Call sends a request: line is its method and path, headers come in pairs, Host among them. A
// body is sent as JSON.
func (c Client) Call(t *testing.T, line, body string, headers ...string) Response {
	t.Helper()
	req := c.request(t, line, body)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	req.Host = req.Header.Get("Host") // if it is empty, net/http sends the URL's
	req.Header.Del("Host")
	return do(t, req)
}

// Send returns Call by the bearer of token, with headers of which each pair is a line of its
// own, in whose values %s stands for tag.
func (c Client) Send(t *testing.T, line, body, token, tag string, headers ...string) Response {
	t.Helper()
	req := c.request(t, line, body)
	req.Header.Set("Authorization", "Bearer "+token)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], strings.ReplaceAll(headers[i+1], "%s", tag))
	}
	return do(t, req)
}

// Login returns the token of the user.
func (c Client) Login(t *testing.T, tenant, email, password string) string {
	t.Helper()
	got := c.Call(t, "POST /api/login", fmt.Sprintf(`{"email":%q,"password":%q}`, email, password), "X-Tenant", tenant)
	if got.Status != http.StatusOK {
		t.Fatalf("%s logs in to %s: %d %s", email, tenant, got.Status, got.Text)
	}
	return got.Member("token")
}

func (c Client) request(t *testing.T, line, body string) *http.Request {
	t.Helper()
	method, path, _ := strings.Cut(line, " ")
	req, err := http.NewRequestWithContext(t.Context(), method, c.Base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

func do(t *testing.T, req *http.Request) Response {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got := read(t, resp)
	hold(t, req, &got)
	return got
}

func read(t *testing.T, resp *http.Response) Response {
	t.Helper()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := Response{Status: resp.StatusCode, Header: resp.Header, Text: string(text)}
	if len(text) > 0 && strings.Contains(resp.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(text, &got.Body); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
	return got
}
