package runtime_test

import (
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen/users"
)

var parseEnum = runtime.ParseEnum(wire.NewEnum("red", "blue"))

func decimalOf(t testing.TB, text string) bson.Decimal128 {
	t.Helper()
	d, err := bson.ParseDecimal128(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// The texts of URLs mean values, or are refused in words that say what to write.
func TestTextsOfURLs(t *testing.T) {
	id := bson.NewObjectID()
	serial := store.NewUUID()
	at := time.Date(2026, 1, 31, 8, 30, 0, 123e6, time.UTC)
	for name, test := range map[string]struct {
		parse func(string) (meta.Operand, error)
		means map[string]any
		none  string
		not   []string
	}{
		"text":    {runtime.ParseString, map[string]any{"": "", " A ": " A ", "é": "é", "a\x00": "a\x00"}, "must be UTF-8", []string{"\xff", "a\xed\xa0\x80"}},
		"address": {runtime.ParseFolded(&address), map[string]any{" Ada@Example.COM": "ada@example.com", "": ""}, "must be UTF-8", []string{"\xff@x"}},
		"beginning of an address": {
			runtime.ParseFoldedPrefix(&address), map[string]any{" ADA ": "ada ", " ": " "}, "must be UTF-8", []string{"\xff"},
		},
		"boolean": {runtime.ParseBool, map[string]any{"true": true, "false": false}, "must be true or false", []string{"", "True", "1", "no", "true "}},
		"whole number": {
			runtime.ParseInt, map[string]any{"0": int64(0), "-9223372036854775808": int64(-1 << 63), "9223372036854775807": int64(1<<63 - 1), "007": int64(7)},
			"must be a whole number of 64 bits", []string{"", "2.5", "2.0", "1e3", "9223372036854775808", "0x1", "1_0", " 1", "x"},
		},
		"number": {
			runtime.ParseFloat, map[string]any{"0": 0.0, "-2.5e3": -2500.0, "1.7976931348623157e308": 1.7976931348623157e308},
			"must be a number that 64 bits can hold", []string{"", "NaN", "inf", "-Infinity", "1e309", "1,5", "x", " 1"},
		},
		"date": {
			runtime.ParseTime, map[string]any{"2026-01-31T08:30:00.123Z": at, "2026-01-31T09:30:00.123000+01:00": at},
			"must be an RFC 3339 date and time such as 2026-01-31T08:30:00Z", []string{"", "2026-01-31", "now", "1769848200123"},
		},
		"decimal": {
			runtime.ParseDecimal, map[string]any{"12.50": decimalOf(t, "12.50"), "-1E+3": decimalOf(t, "-1E+3"), "0": decimalOf(t, "0")},
			`must be a decimal number of at most 34 digits, such as "12.50"`, []string{"", "NaN", "1,5", strings.Repeat("9", 35)},
		},
		"bytes":    {runtime.ParseBytes, map[string]any{"": []byte{}, "AP8=": []byte{0, 255}}, "must be in base64, with padding", []string{"AP8", "A", "_w=="}},
		"ObjectID": {runtime.ParseObjectID, map[string]any{id.Hex(): id, strings.ToUpper(id.Hex()): id}, "must be an ObjectID of 24 hexadecimal digits", []string{"", "x", id.Hex()[1:]}},
		"UUID": {
			runtime.ParseUUID,
			map[string]any{serial.String(): bson.Binary{Subtype: bson.TypeBinaryUUID, Data: serial[:]}, strings.ToUpper(serial.String()): bson.Binary{Subtype: bson.TypeBinaryUUID, Data: serial[:]}},
			"must be a UUID such as 123e4567-e89b-42d3-a456-426614174000", []string{"", "x", serial.String()[1:]},
		},
		"enum": {parseEnum, map[string]any{"red": "red", "blue": "blue"}, "must be one of red or blue", []string{"", "Red", "green"}},
	} {
		path := meta.Path{Name: "p", Parse: test.parse}
		for text, value := range test.means {
			want := marshalled(t, bson.D{{Key: "v", Value: value}}).Lookup("v")
			for _, op := range []meta.Op{meta.Eq, meta.Lt, meta.Lte, meta.Gt, meta.Gte, meta.Ne, meta.Prefix} {
				if c, err := path.Condition(op, text); err != nil || c.Path != "p" || c.Op != op || !c.Value.Equal(want) {
					t.Errorf("%s: %s %q is %v, %v, want %v", name, op, text, c, err, want)
				}
			}
		}
		for _, text := range test.not {
			for _, texts := range [][]string{{text}, {text, text}} {
				op := meta.Eq
				if len(texts) > 1 {
					op = meta.OneOf
				}
				if c, err := path.Condition(op, texts...); err == nil || err.Error() != test.none || !c.Value.IsZero() {
					t.Errorf("%s: %q is %v, %v", name, texts, c, err)
				}
			}
		}
	}
}

func TestSeveralTextsOfAURL(t *testing.T) {
	path := meta.Path{Name: "n", Parse: runtime.ParseInt}
	c, err := path.Condition(meta.OneOf, "3", "-1", "3")
	if err != nil || c.Path != "n" || c.Op != meta.OneOf || c.Value.String() != `[{"$numberLong":"3"},{"$numberLong":"-1"},{"$numberLong":"3"}]` {
		t.Errorf("%v, %v", c, err)
	}
	if _, err := path.Condition(meta.OneOf, "3", "x"); err == nil {
		t.Error("one that is none is passed over")
	}
	if c, err := path.Condition(meta.OneOf); err != nil || c.Op != meta.OneOf || c.Value.String() != "[]" {
		t.Errorf("none at all: %v, %v", c, err)
	}
}

// A beginning is read in a way of its own where there is one, and only for Prefix.
func TestBeginningsInURLs(t *testing.T) {
	for _, p := range users.Collection().Paths {
		if p.Name != "email" {
			continue
		}
		for op, want := range map[meta.Op]string{meta.Prefix: "ada ", meta.Eq: "ada", meta.Gt: "ada"} {
			if c, err := p.Condition(op, " ADA "); err != nil || c.Value.StringValue() != want {
				t.Errorf("%s: %v, %v", op, c, err)
			}
		}
		return
	}
	t.Error("there is no path email")
}

// marshalled returns doc as it is stored.
func marshalled(t *testing.T, doc bson.D) bson.Raw {
	t.Helper()
	stored, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

// address are the constraints on an address.
var address = wire.Text{Text: check.Text{Format: check.Email}}
