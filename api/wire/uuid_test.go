package wire_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/wire"
)

const uuidText = "123e4567-e89b-42d3-a456-426614174000"

// uuidIn returns the UUID that doc has as v.
func uuidIn(doc bson.Raw) (wire.UUID, error) {
	var u wire.UUID
	r := wire.NewReader(doc)
	defer r.Release()
	for end := r.EnterDocument(); r.Next(end); {
		u = r.UUID()
	}
	return u, r.Err()
}

// TestUUIDIsTheDrivers: what is written the driver reads, and the other way round; texts
// lead back to where they came from.
func TestUUIDIsTheDrivers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		u := wire.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "u"))
		written, start := wire.BeginDocument(nil)
		written = wire.EndDocument(wire.AppendUUID(written, "v", u), start)
		want, err := bson.Marshal(bson.D{{Key: "v", Value: bson.Binary{Subtype: bson.TypeBinaryUUID, Data: u[:]}}})
		if err != nil {
			t.Fatal(err)
		}
		if string(written) != string(want) || len(written) != wire.DocumentOverhead+wire.SizeUUID("v", u) {
			t.Fatalf("%x, the driver writes %x", written, want)
		}
		if got, err := uuidIn(want); got != u || err != nil {
			t.Fatalf("%s is read as %s, %v", u, got, err)
		}
		if got, err := wire.ParseUUID(u.String()); got != u || err != nil {
			t.Fatalf("%s is parsed as %s, %v", u, got, err)
		}
		text, err := json.Marshal(u)
		if err != nil || string(text) != string(wire.AppendJSONUUID(nil, u)) {
			t.Fatalf("%s, %v", text, err)
		}
		var back wire.UUID
		if err := json.Unmarshal(text, &back); err != nil || back != u {
			t.Fatalf("%s is read as %s, %v", text, back, err)
		}
	})
}

func TestUUIDTexts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{uuidText, "123E4567-E89B-42D3-A456-426614174000"} {
		if u, err := wire.ParseUUID(text); err != nil || u.String() != uuidText {
			t.Errorf("%s is read as %s, %v", text, u, err)
		}
	}
	const want = "must be a UUID such as 123e4567-e89b-42d3-a456-426614174000"
	for text, problem := range map[string]string{
		"": want, "x": want, uuidText[1:]: want, uuidText + "0": want, "{" + uuidText[1:35] + "}": want,
		"123e4567e89b42d3a456426614174000":     want,
		"123e4567-e89b-42d3-a456-42661417400g": want,
		"123e4567-e89b-42d3-a4564-26614174000": want,
		"123e4567-e89b-42d3-a456-4266141-4000": want,
		"123e4567xe89b-42d3-a456-426614174000": want,
	} {
		if u, err := wire.ParseUUID(text); err == nil || err.Error() != problem || !u.IsZero() {
			t.Errorf("%q is read as %s, %v; want %q", text, u, err, problem)
		}
	}
}

func TestNewUUID(t *testing.T) {
	t.Parallel()
	met := map[wire.UUID]bool{}
	for range 1000 {
		u := wire.NewUUID()
		if text := u.String(); met[u] || text[14] != '4' || (text[19] != '8' && text[19] != '9' && text[19] != 'a' && text[19] != 'b') {
			t.Fatalf("%s is none of version 4, or a second one", text)
		}
		met[u] = true
	}
}

// What is stored otherwise is refused by what it is, and a missing one is none.
func TestReadUUID(t *testing.T) {
	t.Parallel()
	binary := func(subtype byte, n int) bson.Binary { return bson.Binary{Subtype: subtype, Data: make([]byte, n)} }
	for _, test := range []struct {
		stored any
		want   string
	}{
		{nil, ""}, {binary(bson.TypeBinaryUUID, 16), ""},
		{uuidText, "v must be a UUID, is a string"},
		{binary(bson.TypeBinaryUUIDOld, 16), "v must be a UUID, is binary data"},
		{binary(bson.TypeBinaryGeneric, 16), "v must be a UUID, is binary data"},
		{binary(bson.TypeBinaryUUID, 15), "v must be a UUID, is binary data"},
		{binary(bson.TypeBinaryUUID, 17), "v must be a UUID, is binary data"},
		{binary(bson.TypeBinaryUUID, 0), "v must be a UUID, is binary data"},
	} {
		u, err := uuidIn(raw(t, bson.D{{Key: "v", Value: test.stored}}))
		if errText(err) != test.want || !u.IsZero() {
			t.Errorf("%v is read as %s, %v; want %q", test.stored, u, err, test.want)
		}
	}
}

// Requests have it as a text, and one that is sent back as it is stored changes nothing.
func TestRequestUUID(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ body, current, want, members string }{
		{`{"v":"` + uuidText + `"}`, `{}`, "", "[v]"},
		{`{"v":"123E4567-E89B-42D3-A456-426614174000"}`, `{"v":"` + uuidText + `"}`, "", "[]"},
		{`{"v":"00000000-0000-0000-0000-000000000000"}`, `{}`, "", "[v]"},
		{`{"v":17}`, `{}`, "/v type", "[v]"},
		{`{"v":"x"}`, `{}`, "/v format", "[v]"},
	} {
		request, err := wire.NewJSONReader([]byte(test.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Against([]byte(test.current))
		request.Object(func(string) bool { request.UUID(); return true })
		problems := ""
		for _, p := range request.Errors {
			problems += p.Pointer + " " + p.Code
		}
		if members := fmt.Sprint(request.Members()); problems != test.want || members != test.members {
			t.Errorf("%s: %q, sets %s; want %q, %s", test.body, problems, members, test.want, test.members)
		}
	}
}
