package documents

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// boxes has members that are stored under other names.
var boxes = raw.Collection{
	Collection: meta.Collection{Name: "boxes", Stored: "Box", Fields: []meta.Field{
		{Name: "size", Stored: "_size", Kind: "Object", Fields: []meta.Field{{Name: "w", Stored: "_w", Kind: "Int", Required: true}}},
		{Name: "days", Stored: "_days", Kind: "Map", IsMap: true, Elem: &meta.Field{Kind: "Int"}},
		{Name: "code", Stored: "_code", Kind: "Int", Required: true},
	}},
	Codec: raw.Codec{JSON: readBox, Check: func(_ bson.Raw, errs *check.FieldErrors) error {
		errs.Add("/size/w", "too_small", "must be at least 1")
		errs.Add("/days/a", "too_small", "must be at least 2")
		errs.Add("/code", "too_small", "must be at least 3")
		return nil
	}},
}

// readBox reads a box as generated code would.
func readBox(r *wire.Reader, dst []byte) []byte {
	for end := r.EnterDocument(); r.Next(end); {
		switch string(r.Key()) {
		case "_size":
			for end := r.EnterDocument(); r.Next(end); {
				if string(r.Key()) == "_w" {
					dst = r.JSONInt(dst)
				}
			}
		case "_days":
			dst = wire.JSONMap(r, dst, (*wire.Reader).JSONInt)
		case "_code":
			dst = r.JSONInt(dst)
		}
	}
	return dst
}

// TestProblemsHaveStoredPaths: operators look for them in the database. What does not fit is not
// said to be out of bounds as well.
func TestProblemsHaveStoredPaths(t *testing.T) {
	for text, want := range map[string][]string{
		`{"_size":{"_w":"x"},"_days":{"a":"y"},"_code":1}`: {"_size._w must be a whole number, is a string", "_days.* must be a whole number, is a string", "+_code must be at least 3"},
		`{"_size":{},"_code":"z"}`:                         {"_code must be a whole number, is a string", "+_size._w must be given", "+_days.* must be at least 2"},
	} {
		if diff := cmp.Diff(want, said(&boxes, true, document(t, text))); diff != "" {
			t.Errorf("%s (-want +have):\n%s", text, diff)
		}
	}
}

// TestSelectsByStoredName, which is what operators know.
func TestSelectsByStoredName(t *testing.T) {
	if list, err := Select([]raw.Collection{boxes}, []string{"Box"}); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	if _, err := Select([]raw.Collection{boxes}, []string{"boxes"}); err == nil || err.Error() != `no tenant has a collection "boxes"; there are Box` {
		t.Errorf("%v", err)
	}
}
