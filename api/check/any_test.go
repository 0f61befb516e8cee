package check_test

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
)

func anyOf(t *testing.T, v any) bson.RawValue {
	t.Helper()
	kind, value, err := bson.MarshalValue(v)
	if err != nil {
		t.Fatal(err)
	}
	return bson.RawValue{Type: kind, Value: value}
}

// within returns v in n documents, one in the other.
func within(n int, v any) any {
	for range n {
		v = bson.D{{Key: "a", Value: v}}
	}
	return v
}

func TestAny(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rule check.Any
		v    bson.RawValue
		want string
	}{
		"not given":           {check.Any{}, bson.RawValue{}, ""},
		"required":            {check.Any{Required: true}, bson.RawValue{}, "/v required"},
		"required, and null":  {check.Any{Required: true}, anyOf(t, bson.Null{}), "/v required"},
		"undefined":           {check.Any{Required: true}, anyOf(t, bson.Undefined{}), "/v required"},
		"a text":              {check.Any{Required: true}, anyOf(t, "x"), ""},
		"no document":         {check.Any{}, bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: []byte{5}}, "/v format"},
		"bytes behind it":     {check.Any{}, bson.RawValue{Type: bson.TypeInt32, Value: make([]byte, 8)}, "/v format"},
		"another element":     {check.Any{}, bson.RawValue{Type: bson.TypeBoolean, Value: []byte{1, 10, 'a', 0}}, "/v format"},
		"of no type":          {check.Any{}, bson.RawValue{Type: 0x42, Value: []byte{1}}, "/v format"},
		"as large as may be":  {check.Any{}, anyOf(t, strings.Repeat("x", 64<<10-5)), ""},
		"too large":           {check.Any{}, anyOf(t, strings.Repeat("x", 64<<10-4)), "/v too_long"},
		"larger than its own": {check.Any{MaxLen: 8}, anyOf(t, "1234"), "/v too_long"},
		"smaller":             {check.Any{MinLen: 9}, anyOf(t, "123"), "/v too_short"},
		"large, as it may be": {check.Any{MaxLen: 1 << 20}, anyOf(t, strings.Repeat("x", 64<<10)), ""},
		"names":               {check.Any{}, anyOf(t, bson.D{{Key: "$a", Value: 1}, {Key: "b.c", Value: 1}, {Key: "", Value: 1}, {Key: "d$", Value: bson.A{bson.D{{Key: "\xff", Value: 1}}}}}), "/v/$a entry_name, /v/b.c entry_name, /v/ entry_name, /v/d$/0/\xff entry_name"},
		"names of prototypes": {check.Any{}, anyOf(t, bson.D{{Key: "__proto__", Value: bson.D{{Key: "constructor", Value: 1}}}}), ""},
		"a name that is long": {check.Any{}, anyOf(t, bson.D{{Key: strings.Repeat("n", 256), Value: bson.D{{Key: "$", Value: 1}}}}), "/v/" + strings.Repeat("n", 256) + " entry_name"},
		"a name in code":      {check.Any{}, anyOf(t, bson.D{{Key: "f", Value: bson.CodeWithScope{Scope: bson.D{{Key: "$a", Value: 1}}}}}), "/v/f/$scope/$a entry_name"},
		"texts":               {check.Any{}, anyOf(t, bson.A{"\xff", bson.Symbol("\xff"), bson.JavaScript("\xff"), bson.Regex{Pattern: "\xff"}, bson.DBPointer{DB: "\xff"}, bson.CodeWithScope{Code: "\xff", Scope: bson.D{}}, "a\x00"}), "/v/0 format, /v/1 format, /v/2 format, /v/3 format, /v/4 format, /v/5 format"},
		"as deep as may be":   {check.Any{}, anyOf(t, within(31, 1)), ""},
		"too deep":            {check.Any{}, anyOf(t, within(32, 1)), "/v" + strings.Repeat("/a", 31) + " too_deep"},
		"deep, and a form":    {check.Any{}, anyOf(t, within(28, bson.NewObjectID())), ""},
		"too deep for a form": {check.Any{}, anyOf(t, within(29, bson.NewObjectID())), "/v" + strings.Repeat("/a", 29) + " too_deep"},
	} {
		var errs check.FieldErrors
		test.rule.Check(&errs, "/v", test.v)
		var have []string
		for _, e := range errs {
			have = append(have, e.Pointer+" "+e.Code)
		}
		if strings.Join(have, ", ") != test.want {
			t.Errorf("%s: %q, want %q", name, have, test.want)
		}
	}
	var errs check.FieldErrors
	if check.AnyValue(&errs, "/list/0", anyOf(t, bson.D{{Key: "$a", Value: 1}})); len(errs) != 1 {
		t.Errorf("an element: %v", errs)
	}
}
