package raw_test

import (
	"testing"
	"time"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
)

// TestFingerprint changes one thing at a time.
func TestFingerprint(t *testing.T) {
	base := func() []raw.Collection {
		return []raw.Collection{
			{Collection: meta.Collection{Name: "people", Indexes: []meta.Index{{Name: "a_1", Keys: []meta.Key{{Path: "a"}}}}}},
			{Collection: meta.Collection{Name: "tenants", Admin: true, Indexes: []meta.Index{{Name: "name_1", Keys: []meta.Key{{Path: "name"}}}}}},
		}
	}
	want := raw.Fingerprint(base())
	if len(want) != 32 || want != raw.Fingerprint(base()) {
		t.Errorf("it is %q", want)
	}
	seen := map[string]string{want: "nothing"}
	for name, change := range map[string]func(c *raw.Collection, x *meta.Index){
		"collection": func(c *raw.Collection, _ *meta.Index) { c.Name = "persons" },
		"name":       func(_ *raw.Collection, x *meta.Index) { x.Name = "b" },
		"path":       func(_ *raw.Collection, x *meta.Index) { x.Keys[0].Path = "b" },
		"direction":  func(_ *raw.Collection, x *meta.Index) { x.Keys[0].Descending = true },
		"more keys":  func(_ *raw.Collection, x *meta.Index) { x.Keys = append(x.Keys, meta.Key{Path: "b"}) },
		"unique":     func(_ *raw.Collection, x *meta.Index) { x.Unique = true },
		"expires":    func(_ *raw.Collection, x *meta.Index) { x.Expires = true },
		"ttl":        func(_ *raw.Collection, x *meta.Index) { x.TTL = time.Hour },
		"sparse":     func(_ *raw.Collection, x *meta.Index) { x.Sparse = true },
		"partial":    func(_ *raw.Collection, x *meta.Index) { x.Partial = []meta.Condition{meta.NewOneOf("a")} },
		"one more":   func(c *raw.Collection, _ *meta.Index) { c.Indexes = append(c.Indexes, meta.Index{Name: "c"}) },
	} {
		collections := base()
		change(&collections[0], &collections[0].Indexes[0])
		got := raw.Fingerprint(collections)
		if same, taken := seen[got]; taken {
			t.Errorf("%s: as with %s", name, same)
		}
		seen[got] = name
	}
	collections := base()
	collections[1].Indexes = nil
	if raw.Fingerprint(collections) != want {
		t.Error("an index of the admin database counts")
	}
}
