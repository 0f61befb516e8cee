package wire_test

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/wire"
)

func TestBytes(t *testing.T) {
	for text, want := range map[string][]byte{"": {}, "AA==": {0}, "/wD/": {255, 0, 255}} {
		if b, err := wire.ParseBytes(text); err != nil || !slices.Equal(b, want) || string(wire.AppendJSONBytes(nil, b)) != `"`+text+`"` {
			t.Errorf("%q reads as %x, error %v", text, b, err)
		}
	}
	for _, text := range []string{"A", "AA", "AA=", "AB==", "_wD_", "A A=", "AA==AA==", "AA\n=="} {
		if b, err := wire.ParseBytes(text); err == nil || !strings.HasPrefix(err.Error(), "must be ") {
			t.Errorf("%q reads as %x, error %v", text, b, err)
		}
	}
}

// The old binary subtype states its length twice.
func TestOldBytesThatLie(t *testing.T) {
	for _, data := range []string{"", "\x00\x00\x00", "\x02\x00\x00\x00a", "\xff\xff\xff\xffa", "\x01\x00\x00\x00ab"} {
		doc, start := wire.BeginDocument(nil)
		doc = wire.AppendHeader(doc, bson.TypeBinary, "b")
		doc = append(append(doc, byte(len(data)), 0, 0, 0, bson.TypeBinaryBinaryOld), data...)
		r := wire.NewReader(wire.EndDocument(doc, start))
		for end := r.EnterDocument(); r.Next(end); {
			if b := r.Bytes(); len(b) > 0 || r.Err() == nil {
				t.Errorf("%q reads as %q, error %v", data, b, r.Err())
			}
		}
	}
}

// Binary data is read as the driver reads it, whatever its subtype, and answered in
// base64 as the standard library writes it.
func TestAnyBytes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		data := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(rt, "data")
		subtype := rapid.SampledFrom([]byte{0, 0, 2, 2, 3, 4, 5, 128}).Draw(rt, "subtype")
		doc := raw(t, bson.D{{Key: "X", Value: bson.Binary{Subtype: subtype, Data: data}}})
		r := wire.NewReader(doc)
		for end := r.EnterDocument(); r.Next(end); {
			have := r.Bytes()
			if text := string(r.JSONBytes([]byte("x"))); subtype <= 2 && text != `x"`+base64.StdEncoding.EncodeToString(data)+`"` {
				t.Errorf("%x is %s", data, text)
			}
			if generic := subtype == 0 || subtype == 2; generic != (r.Err() == nil) || generic && !bytes.Equal(have, data) {
				t.Errorf("%x of subtype %d reads as %x, %v", data, subtype, have, r.Err())
			}
			clear(doc)
			if generic := subtype == 0 || subtype == 2; generic && !bytes.Equal(have, data) {
				t.Error("they are not copied")
			}
		}
		if have, want := wire.AppendBytes(nil, "X", data), raw(t, bson.D{{Key: "X", Value: data}}); !bytes.Equal(have, want[4:len(want)-1]) || wire.SizeBytes("X", data) != len(have) {
			t.Errorf("appended is %x, want %x", have, want)
		}
		if v := wire.BytesValue(data); v.Type != bson.TypeBinary || !v.Equal(bson.Raw(raw(t, bson.D{{Key: "v", Value: data}})).Lookup("v")) {
			t.Errorf("as a value it is %v", v)
		}
	})
}

// One form is read, with what encoding/base64 says.
func TestAnyBase64(t *testing.T) {
	read, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		text := rapid.OneOf(
			rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 9), base64.StdEncoding.EncodeToString),
			rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 9), base64.URLEncoding.EncodeToString),
			rapid.StringMatching(`[AQgw+/=\r\n ]{0,8}`),
		).Draw(rt, "text")
		want, err := base64.StdEncoding.DecodeString(text)
		right := err == nil && base64.StdEncoding.EncodeToString(want) == text
		have, err := wire.ParseBytes(text)
		if right != (err == nil) || right && !bytes.Equal(have, want) {
			t.Errorf("%q reads as %x, %v", text, have, err)
		}
		if right {
			read++
		} else {
			refused++
		}
		body, parsed := requestOf(t, text), []byte(nil)
		body.Object(func(string) bool { parsed = body.Bytes(); return true })
		if !bytes.Equal(parsed, have) || right != (len(body.Errors) == 0) || !right && body.Errors[0] != (check.FieldError{Pointer: "/v", Code: "format", Message: "must be in base64, with padding"}) {
			t.Errorf("in a request %q reads as %x, %v", text, parsed, body.Errors)
		}
	})
	if read == 0 || refused == 0 { // how many is chance
		t.Errorf("%d were read, %d refused", read, refused)
	}
}

func TestBytesOfAnotherType(t *testing.T) {
	for body, want := range map[string]string{`{"v":1}`: "/v type must be a string in base64", `{"v":null}`: ""} {
		r, err := wire.NewJSONReader([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Object(func(string) bool {
			if b := r.Bytes(); b != nil {
				t.Errorf("%s reads as %x", body, b)
			}
			return true
		})
		problem := ""
		for _, p := range r.Errors {
			problem = p.Pointer + " " + p.Code + " " + p.Message
		}
		if problem != want {
			t.Errorf("%s: %s", body, problem)
		}
	}
}
