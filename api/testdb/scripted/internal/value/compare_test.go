package value_test

import (
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/literal"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// ascending are values in the order in which MongoDB's manual sorts them: lines are
// ever greater, those of one line are equal.
var ascending = [][]string{
	{`{"$minKey": 1}`},
	{``, `{"$undefined": true}`},
	{`null`},
	{`{"$numberDouble": "NaN"}`, `{"$numberDecimal": "NaN"}`},
	{`{"$numberDouble": "-Infinity"}`, `{"$numberDecimal": "-Infinity"}`},
	{`{"$numberDecimal": "-9.9E+6144"}`},
	{`{"$numberLong": "-9223372036854775808"}`, `{"$numberDouble": "-9223372036854775808"}`, `{"$numberDecimal": "-9223372036854775808"}`},
	{`{"$numberInt": "-1"}`},
	{`{"$numberInt": "0"}`, `{"$numberDouble": "-0.0"}`, `{"$numberDouble": "0"}`, `{"$numberDecimal": "-0"}`, `{"$numberDecimal": "0E+3"}`},
	{`{"$numberDecimal": "1E-6176"}`},
	{`{"$numberDecimal": "0.1"}`, `{"$numberDecimal": "0.10"}`},
	{`{"$numberDouble": "0.1"}`}, // a little more than a tenth
	{`{"$numberInt": "1"}`, `{"$numberLong": "1"}`, `{"$numberDouble": "1"}`, `{"$numberDecimal": "1.000"}`},
	{`{"$numberLong": "9007199254740992"}`, `{"$numberDouble": "9007199254740992"}`},
	{`{"$numberLong": "9007199254740993"}`, `{"$numberDecimal": "9007199254740993"}`},
	{`{"$numberLong": "9223372036854775807"}`},
	{`{"$numberDouble": "9223372036854775808"}`},
	{`{"$numberDouble": "Infinity"}`, `{"$numberDecimal": "Infinity"}`},
	{`""`},
	{`"A"`, `{"$symbol": "A"}`},
	{`"a"`},
	{`"a\u0000"`},
	{`"aa"`},
	{`"é"`},
	{`{}`},
	{`{"a": null}`},
	{`{"b": {"$numberInt": "1"}}`},
	{`{"b": {"$numberInt": "1"}, "a": {"$numberInt": "1"}}`},
	{`{"b": {"$numberInt": "2"}}`},
	{`{"a": "x"}`}, // types before names
	{`[]`},
	{`[null]`},
	{`[1]`},
	{`[1, 1]`},
	{`[2]`},
	{`["a"]`},
	{`[[]]`},
	{`{"$binary": {"base64": "", "subType": "80"}}`},
	{`{"$binary": {"base64": "/w==", "subType": "00"}}`},
	{`{"$binary": {"base64": "AA==", "subType": "80"}}`},
	{`{"$binary": {"base64": "AQ==", "subType": "80"}}`},
	{`{"$binary": {"base64": "AAA=", "subType": "00"}}`},
	{`{"$oid": "000000000000000000000000"}`},
	{`{"$oid": "000000000000000000000001"}`},
	{`false`},
	{`true`},
	{`{"$date": {"$numberLong": "-1"}}`},
	{`{"$date": {"$numberLong": "0"}}`},
	{`{"$timestamp": {"t": 0, "i": 1}}`},
	{`{"$timestamp": {"t": 1, "i": 0}}`},
	{`{"$timestamp": {"t": 2147483648, "i": 0}}`},
	{`{"$regularExpression": {"pattern": "a", "options": ""}}`},
	{`{"$regularExpression": {"pattern": "a", "options": "i"}}`},
	{`{"$regularExpression": {"pattern": "b", "options": ""}}`},
	{`{"$dbPointer": {"$ref": "b", "$id": {"$oid": "000000000000000000000000"}}}`},
	{`{"$dbPointer": {"$ref": "aa", "$id": {"$oid": "000000000000000000000000"}}}`},
	{`{"$code": "a"}`},
	{`{"$code": "b"}`},
	{`{"$code": "a", "$scope": {}}`},
	{`{"$code": "a", "$scope": {"x": 1}}`},
	{`{"$maxKey": 1}`},
}

func TestCompare(t *testing.T) {
	t.Parallel()
	for i, left := range ascending {
		for j, right := range ascending {
			for _, a := range left {
				for _, b := range right {
					x, y := literal.Value(t, a), literal.Value(t, b)
					if got, want := value.Compare(x, y), sign(i-j); got != want {
						t.Errorf("%s and %s: got %d, want %d", a, b, got, want)
					}
					if same := value.Key(x) == value.Key(y); same != (i == j) {
						t.Errorf("%s and %s: the same key is %t", a, b, same)
					}
				}
			}
		}
	}
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}

// TestDocumentsStayAsTheyAre takes each type apart and puts it together.
func TestDocumentsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	text, n := "", 0
	for _, line := range ascending {
		for _, v := range line {
			if v != "" {
				text += fmt.Sprintf(`, "f%d": %s`, n, v)
				n++
			}
		}
	}
	doc := literal.Doc(t, "{"+text[2:]+"}")
	fields := value.Fields(doc)
	if len(fields) != n || string(value.Encode(fields)) != string(doc) {
		t.Errorf("%d fields: %s", len(fields), value.Encode(fields))
	}
	elements := value.Elements(value.Of([]bson.Raw{doc, doc}))
	if len(elements) != 2 || string(elements[1].Value) != string(doc) {
		t.Errorf("%v", elements)
	}
}

func TestTypes(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int64{
		"double": 1, "string": 2, "object": 3, "array": 4, "binData": 5, "undefined": 6, "objectId": 7, "bool": 8, "date": 9, "null": 10, "regex": 11,
		"dbPointer": 12, "javascript": 13, "symbol": 14, "javascriptWithScope": 15, "int": 16, "timestamp": 17, "long": 18, "decimal": 19, "minKey": -1, "maxKey": 127,
	} {
		named, ok := value.TypeNamed(name)
		numbered, known := value.TypeNumbered(n)
		if !ok || !known || named != numbered || value.TypeName(named) != name {
			t.Errorf("%s is %v, %d is %v", name, named, n, numbered)
		}
	}
	for _, n := range []int64{0, 20, 255, -2} {
		if got, ok := value.TypeNumbered(n); ok {
			t.Errorf("%d is %v", n, got)
		}
	}
}

func TestWholeNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		`{"$numberInt": "7"}`:                    {"7", "7"},
		`{"$numberDouble": "7.9"}`:               {"none", "7"},
		`{"$numberDouble": "-7.9"}`:              {"none", "-7"},
		`{"$numberDecimal": "7.00"}`:             {"7", "7"},
		`{"$numberDecimal": "1E+30"}`:            {"none", "none"},
		`{"$numberDouble": "NaN"}`:               {"none", "none"},
		`{"$numberDecimal": "-Infinity"}`:        {"none", "none"},
		`"7"`:                                    {"none", "none"},
		``:                                       {"none", "none"},
		`{"$numberDouble": "1e19"}`:              {"none", "none"},
		`{"$numberLong": "4611686018427387905"}`: {"4611686018427387905", "4611686018427387905"},
	} {
		v := literal.Value(t, text)
		got := [2]string{said(value.Whole(v)), said(value.Truncated(v))}
		if got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

func said(n int64, ok bool) string {
	if !ok {
		return "none"
	}
	return fmt.Sprint(n)
}
