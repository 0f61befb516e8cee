package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/docs/examples/messages/gen"
	"github.com/partywall/partywall/docs/examples/messages/gen/messages"
)

// stored are the collections' names in the database, by those in URLs.
var stored = map[string]string{
	"conversations": "conversations", "messages": "messages", "presets": "presets", "subscribers": "subscribers",
	"devices": "devices", "notifications": "notifications", "layouts": "layouts", "audit": "AuditEntry",
}

// TestEveryDocumentIsRead lists and gets all that Mongoose left.
func TestEveryDocumentIsRead(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.login(t)
	left := seed(t)
	for name, collection := range stored {
		body := c.send(t, http.MethodGet, "/api/"+name+"?limit=100&count=true", "").is(http.StatusOK)
		listed, _ := body[name].([]any)
		living := 0
		for _, doc := range left[collection] {
			if doc.Lookup("deletedAt").Type != bson.TypeDateTime {
				living++
			}
		}
		if len(listed) != living || body["count"] != float64(living) || body["invalid"] != nil {
			t.Errorf("%s: %d listed and %v counted of %d, invalid: %v", name, len(listed), body["count"], living, body["invalid"])
		}
		for _, doc := range listed {
			id := doc.(map[string]any)["_id"].(string)
			got := c.send(t, http.MethodGet, "/api/"+name+"/"+url.PathEscape(id), "").is(http.StatusOK)
			if len(got) == 0 {
				t.Errorf("%s %s is empty", name, id)
			}
		}
	}
	const partywalls = 5 // tenants, sessions, runs, leases and users
	if len(left) != len(stored) || len(gen.Collections()) != len(stored)+partywalls {
		t.Errorf("%d of %d collections were read, and the seed has %d", len(stored), len(gen.Collections())-partywalls, len(left))
	}
	deleted := c.send(t, http.MethodGet, "/api/layouts?deleted=true", "").is(http.StatusOK)["layouts"].([]any)
	if len(deleted) != 3 {
		t.Errorf("%d layouts are deleted, not 3", len(deleted))
	}
}

// TestMixedIsReadAsStored compares values of every type, as JSON and in Go.
func TestMixedIsReadAsStored(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.login(t)
	entry, err := c.stack.Catalog.Resolve(t.Context(), c.tenant)
	if err != nil {
		t.Fatal(err)
	}
	values := 0
	for _, doc := range seed(t)["messages"] {
		want := doc.Lookup("metadata")
		if want.Type == 0 || want.Type == bson.TypeNull {
			continue
		}
		values++
		id := doc.Lookup("_id").ObjectID()
		m, err := messages.In(entry.Handle()).Get(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if !m.Metadata.Equal(want) {
			t.Errorf("%s in Go: %s, not %s", id.Hex(), m.Metadata, want)
		}
		got := c.send(t, http.MethodGet, "/api/messages/"+id.Hex()+"?fields=metadata", "")
		got.is(http.StatusOK)
		relaxed, err := bson.MarshalExtJSON(bson.D{{Key: "_id", Value: id.Hex()}, {Key: "metadata", Value: want}}, false, false)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(numbers(t, relaxed), numbers(t, got.body)); diff != "" {
			t.Errorf("%s as JSON (-stored +got):\n%s", id.Hex(), diff)
		}
	}
	if values != 4 {
		t.Errorf("%d values were compared", values)
	}
}

// numbers parses JSON with its numbers as they are written.
func numbers(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}
