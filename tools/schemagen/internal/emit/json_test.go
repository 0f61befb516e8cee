package emit

import (
	"math"
	"testing"
	"time"

	api "github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

func TestMissingJSON(t *testing.T) {
	tests := []struct {
		name  string
		field *kinds.Field
		want  string
	}{
		{"String", required(stringType), `""`},
		{"String with a default", defaulted(stringType, `<"é">`), `"<\"é\">"`},
		{"String with a default of escapes", defaulted(stringType, "\b\f\n\x01\\b\u2028"), `"\u0008\u000c\n\u0001\\b\u2028"`},
		{"Bool", required(boolType), `false`},
		{"Bool with a default", defaulted(boolType, true), `true`},
		{"Int", required(intType), `0`},
		{"Int with a default", defaulted(intType, int64(-9007199254740993)), `-9007199254740993`},
		{"Float", required(floatType), `0`},
		{"Float with a default", defaulted(floatType, 0.1), `0.1`},
		{"Time is left out", x(timeType), ``},
		{"Time with a default", defaulted(timeType, noon), `"2024-05-01T12:00:00.005Z"`},
		{"ObjectID is left out", x(objectIDType), ``},
		{"_id is left out", things().ID.Field(), ``},
		{"what is optional is left out", x(stringType), ``},
		{"a default of nothing", defaulted(stringType, ""), `""`},
		{"List with a default", defaulted(list(stringType), []any{"a", "<"}), `["a","<"]`},
		{"Map with a default", defaulted(mapOf(intType), map[string]any{"b": int64(2), "a": int64(1)}), `{"a":1,"b":2}`},
		{"Object of its fields' defaults", defaulted(richType, def.FieldDefaults), `{"level":"high","name":""}`},
		{"Enum is left out", x(stateType), ``},
		{"Enum with a default", defaulted(stateType, "on"), `"on"`},
		{"NamedEnum is left out", x(namedType), ``},
		{"NamedEnum with a default", defaulted(namedType, "high"), `"high"`},
		{"List", required(list(timeType)), `[]`},
		{"Set", required(set(stringType)), `[]`},
		{"Object", required(plainType), `{}`},
		{"Object with defaults", required(richType), `{"level":"high","name":""}`},
		{"Object whose members are left out", required(&kinds.Type{Kind: plainType.Kind, Struct: &kinds.Struct{Fields: []*kinds.Field{x(timeType)}}}), `{}`},
	}
	for _, test := range tests {
		if have := test.field.MissingJSON(); have != test.want {
			t.Errorf("%s: %s, want %s", test.name, have, test.want)
		}
	}
}

// What stands for a missing value reads as the value would, were it stored.
func TestMissingJSONIsAsStored(t *testing.T) {
	for _, s := range []string{"plain", `"\/`, "<&>", "\x00\b\t\n\f\r\x1b\x7f", `\b\\f`, "é\u2028\u2029\U0001f600"} {
		if have, want := defaulted(stringType, s).MissingJSON(), string(api.AppendJSONString(nil, s)); have != want {
			t.Errorf("%q: %s, want %s", s, have, want)
		}
	}
	for _, v := range []float64{0.1, -1.5, 1e6, 1e21, 1e-7, math.MaxFloat64} {
		if have, want := defaulted(floatType, v).MissingJSON(), string(api.AppendJSONFloat(nil, v)); have != want {
			t.Errorf("%v: %s, want %s", v, have, want)
		}
	}
	for _, v := range []int64{-1, math.MaxInt64, math.MinInt64} {
		if have, want := defaulted(intType, v).MissingJSON(), string(api.AppendJSONInt(nil, v)); have != want {
			t.Errorf("%v: %s, want %s", v, have, want)
		}
	}
	for _, v := range []time.Time{noon, time.UnixMilli(-1).UTC(), time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)} {
		if have, want := defaulted(timeType, v).MissingJSON(), string(api.AppendJSONTime(nil, v)); have != want {
			t.Errorf("%v: %s, want %s", v, have, want)
		}
	}
}
