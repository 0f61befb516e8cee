package clients_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/partywall/partywall/docs/examples/clients/gen"
	"github.com/partywall/partywall/docs/examples/clients/ogen"
)

// list is the operation that lists a collection, as the document has it.
type list struct {
	Parameters []struct {
		Name   string
		Needs  json.RawMessage `json:"x-needs"`
		Schema kind
	}
}

type kind struct {
	Type, Format, Pattern string
	Enum                  []string
	Items                 *kind
}

// sample is a value as a query has it.
func (s kind) sample() string {
	switch {
	case s.Items != nil:
		return s.Items.sample()
	case s.Enum != nil:
		return s.Enum[0]
	case s.Format == "date-time":
		return "2026-01-01T00:00:00Z"
	case s.Pattern != "":
		return "6b049d63d28cf555e0d01131"
	case s.Type == "boolean":
		return "true"
	}
	return "1"
}

// TestWhatFiltersNeed asks for each filter and sort with what the document says it
// needs, and with less: the first is served, the second is not.
func TestWhatFiltersNeed(t *testing.T) {
	var document struct {
		Paths map[string]struct{ Get list }
	}
	if err := json.Unmarshal(gen.OpenAPI, &document); err != nil {
		t.Fatal(err)
	}
	base := serve(t)
	c, err := ogen.NewClient(base, &bearer{})
	if err != nil {
		t.Fatal(err)
	}
	granted, err := c.Login(t.Context(), &ogen.LoginReq{Email: email, Password: password}, ogen.LoginParams{XTenant: ogen.NewOptString(library)})
	a := asker{base, as[*ogen.APIGrantHeaders](t, granted, err).Response.Token}
	for _, path := range []string{"/api/authors", "/api/books", "/api/users"} {
		filters := map[string]kind{}
		for _, p := range document.Paths[path].Get.Parameters {
			filters[p.Name] = p.Schema
		}
		for _, p := range document.Paths[path].Get.Parameters {
			switch p.Name {
			case "": // a reference to what all operations have
			case "limit", "after", "expand", "fields", "count":
			case "sort":
				needs := map[string][][]string{}
				read(t, p.Needs, &needs)
				for _, by := range p.Schema.Enum {
					a.tryEach(t, path, filters, "sort="+by, needs[strings.ReplaceAll(by, "-", "")])
				}
			default:
				var needs [][]string
				read(t, p.Needs, &needs)
				a.tryEach(t, path, filters, filled(filters, p.Name+"="), needs)
			}
		}
		a.tryUndeclared(t, path, filters)
	}
}

func read(t *testing.T, text json.RawMessage, to any) {
	t.Helper()
	if text == nil {
		return
	}
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatal(err)
	}
}

// filled is a filter with a value.
func filled(filters map[string]kind, filter string) string {
	name, value, _ := strings.Cut(filter, "=")
	if value == "" {
		value = filters[name].sample()
	}
	return url.QueryEscape(name) + "=" + url.QueryEscape(value)
}

// asker asks with a token.
type asker struct{ base, token string }

// tryEach asks for one parameter with each of the alternatives that it needs, and
// with all but one filter of each.
func (a asker) tryEach(t *testing.T, path string, filters map[string]kind, parameter string, alternatives [][]string) {
	t.Helper()
	if alternatives == nil {
		a.try(t, path, http.StatusOK, parameter)
	}
	for _, needs := range alternatives {
		for without := range len(needs) + 1 {
			query, status := []string{parameter}, http.StatusOK
			for i, filter := range needs {
				if i == without {
					status = http.StatusBadRequest
					continue
				}
				query = append(query, filled(filters, filter))
			}
			a.try(t, path, status, query...)
		}
	}
}

// tryUndeclared asks for the filters that the document leaves out.
func (a asker) tryUndeclared(t *testing.T, path string, filters map[string]kind) {
	t.Helper()
	for name, s := range filters {
		base, _, operated := strings.Cut(name, "[")
		for _, op := range []string{"", "[in]", "[gt]", "[gte]", "[lt]", "[lte]", "[prefix]", "[ne]", "[exists]"} {
			if _, declared := filters[base+op]; !declared && base != "" {
				a.try(t, path, http.StatusBadRequest, url.QueryEscape(base+op)+"="+s.sample())
			}
		}
		if !operated && base != "" {
			a.try(t, path, http.StatusBadRequest, base+".x=1")
		}
	}
}

func (a asker) try(t *testing.T, path string, status int, query ...string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprint(a.base, path, "?", strings.Join(query, "&")), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		t.Errorf("%s: %d, want %d: %.300s %v", req.URL, resp.StatusCode, status, text, err)
	}
}
