package wire

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
)

func TestPointersOfReferences(t *testing.T) {
	id := bson.NewObjectID()
	doc, err := bson.Marshal(bson.D{
		{Key: "lead", Value: id},
		{Key: "authors", Value: bson.A{nil, id, "none"}},
		{Key: "parts", Value: bson.D{{Key: "a/~b", Value: bson.D{{Key: "makers", Value: bson.A{bson.D{}, bson.D{{Key: "id", Value: id}}}}}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{
		"lead": {"/lead"}, "authors": {"/authors/1"}, "parts.*.makers.id": {"/parts/a~1~0b/makers/1/id"}, "parts.*.makers": nil, "none": nil,
	} {
		var have []string
		References(doc, path, bson.TypeObjectID, func(at int, _ bson.RawValue) { have = append(have, PointerAt(doc, at)) })
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s (-want +have):\n%s", path, diff)
		}
	}
}
