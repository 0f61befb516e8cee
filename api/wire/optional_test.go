package wire_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/wire"
)

func TestOptional(t *testing.T) {
	var none wire.Optional[int64]
	zero := wire.Some[int64](0)
	if v, ok := none.Get(); ok || v != 0 || !none.IsZero() || none.Or(7) != 7 || none.String() != "(missing)" {
		t.Errorf("a missing one is %d, %v, %s", v, ok, none)
	}
	if v, ok := zero.Get(); !ok || v != 0 || zero.IsZero() || zero.Or(7) != 0 || zero.String() != "0" {
		t.Errorf("a zero is %d, %v, %s", v, ok, zero)
	}
	if zero == none || wire.Some(int64(0)) != zero {
		t.Error("they do not compare as their values do")
	}
	if n := testing.AllocsPerRun(100, func() { sink, _ = wire.Some[int64](7).Get() }); n > 0 {
		t.Errorf("it takes %v allocations", n)
	}
}

var sink int64

// A program that puts one into a struct of its own gets its value in JSON.
func TestOptionalInJSON(t *testing.T) {
	t.Parallel()
	type own struct {
		A wire.Optional[string] `json:"a"`
		B wire.Optional[int64]  `json:"b,omitzero"`
	}
	for want, v := range map[string]own{
		`{"a":null}`:       {},
		`{"a":"","b":0}`:   {A: wire.Some(""), B: wire.Some[int64](0)},
		`{"a":"x","b":-1}`: {A: wire.Some("x"), B: wire.Some[int64](-1)},
	} {
		text, err := json.Marshal(v)
		if err != nil || string(text) != want {
			t.Errorf("%s, %v; want %s", text, err, want)
		}
		back := own{A: wire.Some("old"), B: wire.Some[int64](9)}
		if err := json.Unmarshal(text, &back); err != nil || back.A != v.A || string(text) != `{"a":null}` && back.B != v.B {
			t.Errorf("%s is read as %v, %v", text, back, err)
		}
	}
	var wrong own
	if err := json.Unmarshal([]byte(`{"a":1}`), &wrong); err == nil {
		t.Errorf("a number is read as %v", wrong)
	}
}

// What may be missing is stored and rendered as the driver and encoding/json do it with a
// pointer.
func TestOptionalIsAPointer(t *testing.T) {
	t.Parallel()
	type pointers struct {
		N *int64  `bson:"n,omitempty" json:"n,omitempty"`
		S *string `bson:"s,omitempty" json:"s,omitempty"`
	}
	rapid.Check(t, func(t *rapid.T) {
		var want pointers
		var n wire.Optional[int64]
		var s wire.Optional[string]
		if rapid.Bool().Draw(t, "has n") {
			v := rapid.Int64().Draw(t, "n")
			want.N, n = &v, wire.Some(v)
		}
		if rapid.Bool().Draw(t, "has s") {
			v := rapid.StringMatching(`[a-z]{0,3}`).Draw(t, "s")
			want.S, s = &v, wire.Some(v)
		}
		doc := document(func(dst []byte) []byte {
			return wire.AppendOptional(wire.AppendOptional(dst, "n", n, wire.AppendInt), "s", s, wire.AppendString)
		})
		if have, err := bson.Marshal(want); err != nil || string(have) != string(doc) {
			t.Fatalf("%s, the driver stores %s, %v", bson.Raw(doc), bson.Raw(have), err)
		}
		if size := wire.DocumentOverhead + wire.SizeOptional("n", n, wire.SizeInt) + wire.SizeOptional("s", s, wire.SizeString); size != len(doc) {
			t.Fatalf("%d bytes were foretold, it has %d", size, len(doc))
		}
		text := wire.AppendJSONOptional([]byte{'{'}, `"n":`, n, wire.AppendJSONInt)
		text = wire.CloseJSON(wire.AppendJSONOptional(text, `"s":`, s, wire.AppendJSONString[string]))
		if have, err := json.Marshal(want); err != nil || string(have) != string(text) {
			t.Fatalf("%s, encoding/json has %s, %v", text, have, err)
		}
	})
}

func TestReadOptional(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{`{}`: "(missing) []", `{"n":null}`: "(missing) []", `{"n":0}`: "0 []", `{"n":"x"}`: "0 [{/n type must be a whole number}]"} {
		r, err := wire.NewJSONReader([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		var n wire.Optional[int64]
		r.Object(func(string) bool {
			n = wire.ReadOptional(r, (*wire.JSONReader).Int)
			return true
		})
		if have := fmt.Sprint(n, " ", r.Errors); have != want {
			t.Errorf("%s is read as %s, want %s", body, have, want)
		}
	}
}
