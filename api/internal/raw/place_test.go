package raw

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
)

// TestBehind has the conditions as they are sent: the rest of the suite walks with them, and
// they give each alternative bounds in an index.
func TestBehind(t *testing.T) {
	later := `["bool","date","timestamp","dbPointer","javascript","javascriptWithScope","maxKey"]`
	earlier := `["minKey","null","number","string","symbol","object","binData"]`
	behindString := `["object","binData","objectId","bool","date","timestamp","regex","dbPointer","javascript","javascriptWithScope","maxKey"]`
	id := valueOf(bson.ObjectID{11: 1})
	const oid = `{"$oid":"000000000000000000000001"}`
	date := valueOf(bson.NewDateTimeFromTime(time.Unix(0, 0)))
	const day = `{"$date":"1970-01-01T00:00:00Z"}`
	const firstDay = `{"$date":{"$numberLong":"-9223372036854775808"}}`
	for name, test := range map[string]struct {
		order string
		place place
		want  []string
	}{
		"_id": {"_id", place{keys: []bson.RawValue{id}}, []string{
			`{"_id":{"$gt":` + oid + `}}`, `{"_id":{"$type":` + later + `}}`,
		}},
		"a date": {"at _id", place{keys: []bson.RawValue{date, id}}, []string{
			`{"at":{"$gt":` + day + `,"$not":{"$lte":` + day + `}}}`,
			`{"at":{"$type":["timestamp","regex","dbPointer","javascript","javascriptWithScope","maxKey"]}}`,
			`{"at":{"$eq":` + day + `,"$not":{"$lt":` + day + `}},"_id":{"$gt":` + oid + `}}`,
			`{"at":{"$eq":` + day + `,"$not":{"$lt":` + day + `}},"_id":{"$type":` + later + `}}`,
		}},
		"a date, descending": {"-at -_id", place{keys: []bson.RawValue{date, id}}, []string{
			`{"at":{"$lt":` + day + `,"$not":{"$gte":` + day + `}}}`,
			`{"at":{"$type":["minKey","undefined","null","number","string","symbol","object","binData","objectId","bool"]}}`,
			`{"at":{"$eq":[]}}`,
			`{"at":{"$exists":false}}`,
			`{"at":{"$type":"array","$not":{"$gte":` + firstDay + `},"$ne":null}}`,
			`{"at":{"$eq":` + day + `,"$not":{"$gt":` + day + `}},"_id":{"$lt":` + oid + `}}`,
			`{"at":{"$eq":` + day + `,"$not":{"$gt":` + day + `}},"_id":{"$type":` + earlier + `}}`,
		}},
		"a symbol": {"name _id", place{keys: []bson.RawValue{valueOf(bson.Symbol("x")), id}}, []string{
			`{"name":{"$gt":"x","$not":{"$lte":"x"}}}`,
			`{"name":{"$type":` + behindString + `}}`,
			`{"name":{"$type":"array","$not":{"$gte":""},"$ne":null}}`,
			`{"name":{"$eq":"x","$not":{"$lt":"x"}},"_id":{"$gt":` + oid + `}}`,
			`{"name":{"$eq":"x","$not":{"$lt":"x"}},"_id":{"$type":` + later + `}}`,
		}},
		"text through documents": {"b.c _id", place{keys: []bson.RawValue{valueOf("x"), id}}, []string{
			`{"b.c":{"$gt":"x","$not":{"$lte":"x"}}}`,
			`{"b.c":{"$type":` + behindString + `}}`,
			`{"b.c":{"$type":"array","$not":{"$gte":""},"$ne":null}}`,
			`{"b.c":{"$eq":"x","$not":{"$lt":"x"}},"_id":{"$gt":` + oid + `}}`,
			`{"b.c":{"$eq":"x","$not":{"$lt":"x"}},"_id":{"$type":` + later + `}}`,
		}},
		// There null may be what one of several documents lacks.
		"a date through documents, descending": {"-b.c -_id", place{keys: []bson.RawValue{date, id}}, []string{
			`{"b.c":{"$lt":` + day + `,"$not":{"$gte":` + day + `}}}`,
			`{"b.c":{"$type":["minKey","undefined","null","number","string","symbol","object","binData","objectId","bool"]}}`,
			`{"b.c":{"$eq":[]}}`,
			`{"b.c":{"$exists":false}}`,
			`{"b.c":{"$type":"array","$not":{"$gte":` + firstDay + `}}}`,
			`{"b.c":{"$eq":` + day + `,"$not":{"$gt":` + day + `}},"_id":{"$lt":` + oid + `}}`,
			`{"b.c":{"$eq":` + day + `,"$not":{"$gt":` + day + `}},"_id":{"$type":` + earlier + `}}`,
		}},
		"a number, descending": {"-n _id", place{keys: []bson.RawValue{valueOf(int32(5)), id}}, []string{
			`{"n":{"$lt":5,"$not":{"$gte":5}}}`,
			`{"n":{"$type":"number","$not":{"$gte":{"$numberDouble":"-Infinity"}}}}`,
			`{"n":{"$type":["minKey","undefined","null"]}}`,
			`{"n":{"$eq":[]}}`,
			`{"n":{"$exists":false}}`,
			`{"n":{"$eq":5,"$not":{"$gt":5}},"_id":{"$gt":` + oid + `}}`,
			`{"n":{"$eq":5,"$not":{"$gt":5}},"_id":{"$type":` + later + `}}`,
		}},
		"NaN, descending": {"-n _id", place{keys: []bson.RawValue{valueOf(math.NaN()), id}}, []string{
			`{"n":{"$type":["minKey","undefined","null"]}}`,
			`{"n":{"$eq":[]}}`,
			`{"n":{"$exists":false}}`,
			`{"n":{"$eq":{"$numberDouble":"NaN"}},"_id":{"$gt":` + oid + `}}`,
			`{"n":{"$eq":{"$numberDouble":"NaN"}},"_id":{"$type":` + later + `}}`,
		}},
		"null, descending": {"-b.c -_id", place{keys: []bson.RawValue{valueOf(nil), id}}, []string{
			`{"b.c":{"$type":["minKey","undefined"]}}`,
			`{"b.c":{"$eq":[]}}`,
			`{"b.c":{"$type":"null"},"_id":{"$lt":` + oid + `}}`,
			`{"b.c":{"$exists":false},"_id":{"$lt":` + oid + `}}`,
			`{"b.c":{"$type":"null"},"_id":{"$type":` + earlier + `}}`,
			`{"b.c":{"$exists":false},"_id":{"$type":` + earlier + `}}`,
		}},
		"a regular expression": {"x _id", place{keys: []bson.RawValue{valueOf(bson.Regex{Pattern: "a"}), id}}, []string{
			`{"x":{"$type":"regex"}}`, `{"x":{"$type":["dbPointer","javascript","javascriptWithScope","maxKey"]}}`,
		}},
		"code": {"x _id", place{keys: []bson.RawValue{valueOf(bson.JavaScript("f")), id}}, []string{
			`{"x":{"$gt":{"$code":"f"}}}`, `{"x":{"$type":["javascriptWithScope","maxKey"]}}`,
			`{"x":{"$eq":{"$code":"f"}},"_id":{"$gt":` + oid + `}}`, `{"x":{"$eq":{"$code":"f"}},"_id":{"$type":` + later + `}}`,
		}},
		"MaxKey": {"x _id", place{keys: []bson.RawValue{valueOf(bson.MaxKey{}), id}}, []string{
			`{"x":{"$type":"maxKey"},"_id":{"$gt":` + oid + `}}`, `{"x":{"$type":"maxKey"},"_id":{"$type":` + later + `}}`,
		}},
		"a unique key": {"email", place{keys: []bson.RawValue{valueOf("x")}, shown: []bson.RawValue{id}}, []string{
			`{"email":{"$gt":"x","$not":{"$lte":"x"}}}`,
			`{"email":{"$type":` + behindString + `}}`,
			`{"email":{"$type":"array","$not":{"$gte":""},"$ne":null}}`,
			`{"email":{"$eq":"x","$not":{"$lt":"x"}},"_id":{"$nin":[` + oid + `]}}`,
		}},
		"a key that is tied": {"n _id", place{keys: []bson.RawValue{valueOf(bson.MaxKey{}), id}, shown: []bson.RawValue{valueOf(1)}}, []string{
			`{"n":{"$type":"maxKey"},"_id":{"$gt":` + oid + `,"$nin":[1]}}`,
			`{"n":{"$type":"maxKey"},"_id":{"$type":` + later + `,"$nin":[1]}}`,
		}},
		"no key": {"", place{shown: []bson.RawValue{id}}, []string{`{"_id":{"$nin":[` + oid + `]}}`}},
		// One element's values may be on one side each.
		"two keys through the same arrays": {"r.a r.b", place{keys: []bson.RawValue{valueOf(bson.MaxKey{}), valueOf(false)}, shown: []bson.RawValue{id}}, []string{
			`{"r.a":{"$type":"maxKey"},"r.b":{"$gt":false}}`,
			`{"r.a":{"$type":"maxKey"},"r.b":{"$type":["date","timestamp","regex","dbPointer","javascript","javascriptWithScope","maxKey"]}}`,
			`{"r.a":{"$type":"maxKey"},"r.b":{"$eq":false},"_id":{"$nin":[` + oid + `]}}`,
		}},
	} {
		var order []meta.Key
		for _, path := range strings.Fields(test.order) {
			order = append(order, meta.Key{Path: strings.TrimPrefix(path, "-"), Descending: path[0] == '-'})
		}
		got := []string{}
		for _, alternative := range test.place.behind(order) {
			text, err := bson.MarshalExtJSON(alternative, false, false)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(text))
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
		}
	}
}
