package meta_test

import (
	"testing"
	"time"

	"github.com/partywall/partywall/api/meta"
)

// TestFingerprint changes one thing at a time.
func TestFingerprint(t *testing.T) {
	base := func() []meta.Collection {
		return []meta.Collection{
			{Name: "people", Indexes: []meta.Index{{Name: "a_1", Keys: []meta.Key{{Path: "a"}}}}},
			{Name: "tenants", Admin: true, Indexes: []meta.Index{{Name: "name_1", Keys: []meta.Key{{Path: "name"}}}}},
		}
	}
	want := meta.Fingerprint(base())
	if len(want) != 32 || want != meta.Fingerprint(base()) {
		t.Errorf("it is %q", want)
	}
	seen := map[string]string{want: "nothing"}
	for name, change := range map[string]func(c *meta.Collection, x *meta.Index){
		"collection": func(c *meta.Collection, _ *meta.Index) { c.Name = "persons" },
		"name":       func(_ *meta.Collection, x *meta.Index) { x.Name = "b" },
		"path":       func(_ *meta.Collection, x *meta.Index) { x.Keys[0].Path = "b" },
		"direction":  func(_ *meta.Collection, x *meta.Index) { x.Keys[0].Descending = true },
		"more keys":  func(_ *meta.Collection, x *meta.Index) { x.Keys = append(x.Keys, meta.Key{Path: "b"}) },
		"unique":     func(_ *meta.Collection, x *meta.Index) { x.Unique = true },
		"expires":    func(_ *meta.Collection, x *meta.Index) { x.Expires = true },
		"ttl":        func(_ *meta.Collection, x *meta.Index) { x.TTL = time.Hour },
		"sparse":     func(_ *meta.Collection, x *meta.Index) { x.Sparse = true },
		"partial":    func(_ *meta.Collection, x *meta.Index) { x.Partial = []meta.Condition{meta.NewOneOf("a")} },
		"one more":   func(c *meta.Collection, _ *meta.Index) { c.Indexes = append(c.Indexes, meta.Index{Name: "c"}) },
	} {
		collections := base()
		change(&collections[0], &collections[0].Indexes[0])
		got := meta.Fingerprint(collections)
		if same, taken := seen[got]; taken {
			t.Errorf("%s: as with %s", name, same)
		}
		seen[got] = name
	}
	collections := base()
	collections[1].Indexes = nil
	if meta.Fingerprint(collections) != want {
		t.Error("an index of the admin database counts")
	}
}
