package store_test

import (
	"testing"
	"time"

	"github.com/partywall/partywall/api/store"
)

// TestFingerprint changes one thing at a time.
func TestFingerprint(t *testing.T) {
	base := func() []store.Collection {
		return []store.Collection{
			{Name: "people", Indexes: []store.Index{{Name: "a_1", Keys: []store.Key{{Path: "a"}}}}},
			{Name: "tenants", Admin: true, Indexes: []store.Index{{Name: "name_1", Keys: []store.Key{{Path: "name"}}}}},
		}
	}
	want := store.Fingerprint(base())
	if len(want) != 32 || want != store.Fingerprint(base()) {
		t.Errorf("it is %q", want)
	}
	seen := map[string]string{want: "nothing"}
	for name, change := range map[string]func(c *store.Collection, x *store.Index){
		"collection": func(c *store.Collection, _ *store.Index) { c.Name = "persons" },
		"name":       func(_ *store.Collection, x *store.Index) { x.Name = "b" },
		"path":       func(_ *store.Collection, x *store.Index) { x.Keys[0].Path = "b" },
		"direction":  func(_ *store.Collection, x *store.Index) { x.Keys[0].Descending = true },
		"more keys":  func(_ *store.Collection, x *store.Index) { x.Keys = append(x.Keys, store.Key{Path: "b"}) },
		"unique":     func(_ *store.Collection, x *store.Index) { x.Unique = true },
		"expires":    func(_ *store.Collection, x *store.Index) { x.Expires = true },
		"ttl":        func(_ *store.Collection, x *store.Index) { x.TTL = time.Hour },
		"sparse":     func(_ *store.Collection, x *store.Index) { x.Sparse = true },
		"partial":    func(_ *store.Collection, x *store.Index) { x.Partial = []store.Condition{store.NewOneOf("a")} },
		"one more":   func(c *store.Collection, _ *store.Index) { c.Indexes = append(c.Indexes, store.Index{Name: "c"}) },
	} {
		collections := base()
		change(&collections[0], &collections[0].Indexes[0])
		got := store.Fingerprint(collections)
		if same, taken := seen[got]; taken {
			t.Errorf("%s: as with %s", name, same)
		}
		seen[got] = name
	}
	collections := base()
	collections[1].Indexes = nil
	if store.Fingerprint(collections) != want {
		t.Error("an index of the admin database counts")
	}
}
