package script_test

import (
	"testing"

	"github.com/partywall/partywall/api/fleet/script"
)

// TestWhatFillsAnEmptyDatabase has to be done for each new tenant, and nothing else has.
func TestWhatFillsAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	for up, want := range map[string]bool{
		`{"update": "a", "updates": [{"q": {}, "u": {"$set": {"b": 1}}, "multi": true}]}`:          false,
		`{"update": "a", "updates": [{"q": {"_id": 1}, "u": {"$set": {"b": 1}}, "upsert": true}]}`: true,
		`{"insert": "a", "documents": [{"_id": 1}]}`:                                               true,
		`{"create": "a"}`: true,
		`{"drop": "a"}`:   false,
		`{"aggregate": "a", "pipeline": [{"$group": {"_id": "$b"}}, {"$merge": "c"}]}`:                                                 false,
		`{"aggregate": "a", "pipeline": [{"$unionWith": {"pipeline": [{"$documents": [{"_id": 1}]}]}}, {"$merge": "c"}]}`:              true,
		`{"aggregate": "a", "pipeline": [{"$facet": {"all": [{"$count": "n"}]}}, {"$set": {"_id": 1}}, {"$merge": {"into": "sums"}}]}`: true,
	} {
		loaded, err := script.Load(files(map[string]string{"0001_a.up.json": "[" + up + "]"}), nil, nil)
		if err != nil {
			t.Errorf("%s: %v", up, err)
			continue
		}
		if got := loaded.FillEmpty(); got != want {
			t.Errorf("%s: %t", up, got)
		}
	}
}
