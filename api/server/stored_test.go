package server_test

import (
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server/servertest"
)

// testStored is about a collection whose documents have other names in the database, as it has
// itself: everything that is asked and answered has those of JSON.
func (m *market) testStored(t *testing.T) {
	coll := m.db.Collection("Bin")
	for _, name := range []string{"Bin", "depots"} {
		if _, err := m.db.Collection(name).DeleteMany(t.Context(), bson.D{}); err != nil {
			t.Fatal(err)
		}
	}
	m.make(t, "depots", `{"_id":"north"}`)
	made := m.make(t, "bins", `{"_id":1,"depot":"north","beside":[],"label":"a","size":{"width":30},"goods":{"tea":2}}`)
	if text := made.Text; !strings.Contains(text, `"size":{"width":30}`) || !strings.Contains(text, `"created_at":"`) || !strings.Contains(text, `"modified":"`) {
		t.Errorf("%s", text)
	}
	expect := func(what string, want bson.D) {
		t.Helper()
		doc, err := coll.FindOne(t.Context(), bson.D{{Key: "_id", Value: 1}}).Raw()
		if err != nil {
			t.Fatal(err)
		}
		var have bson.D
		if err := bson.Unmarshal(doc, &have); err != nil {
			t.Fatal(err)
		}
		for _, e := range want {
			if v := doc.Lookup(strings.Split(e.Key, ".")...); fmt.Sprint(valueIn(t, v)) != fmt.Sprint(e.Value) {
				t.Errorf("%s: %s is %s, want %v\n%v", what, e.Key, v, e.Value, have)
			}
		}
		for _, name := range []string{"depot", "label", "size", "goods", "createdAt", "updatedAt"} {
			if v := doc.Lookup(name); !v.IsZero() {
				t.Errorf("%s: stored is %s as %s", what, name, v)
			}
		}
	}
	expect("made", bson.D{{Key: "_depot", Value: "north"}, {Key: "_label", Value: "a"}, {Key: "_size.w", Value: 30}, {Key: "_goods.tea", Value: 2}})
	patch := func(body string) servertest.Response {
		return m.Send(t, "PATCH /api/bins/1", body, m.owner, "", "If-Match", "*")
	}
	patch(`{"label":"b","size":{"depth":5},"goods":{"tea":null,"salt":1},"beside":[1]}`)
	expect("changed", bson.D{{Key: "_label", Value: "b"}, {Key: "_size.w", Value: 30}, {Key: "_size.d", Value: 5}, {Key: "_goods.salt", Value: 1}})
	got := m.Send(t, "GET /api/bins/1?expand=depot,beside", "", m.owner, "")
	if !strings.Contains(got.Text, `"depot":{"_id":"north"}`) || !strings.Contains(got.Text, `"beside":[{"_id":1,`) {
		t.Errorf("%s", got.Text)
	}
	part := m.Send(t, "GET /api/bins/1?fields=label,size.width,created_at", "", m.owner, "")
	if !strings.HasPrefix(part.Text, `{"_id":1,"label":"b","size":{"width":30},"created_at":"`) {
		t.Errorf("%s", part.Text)
	}
	if got := m.Send(t, "GET /api/bins/1?fields=_label", "", m.owner, ""); got.Status != 400 || strings.Contains(got.Text, `there are _id, _depot`) {
		t.Errorf("%d %s", got.Status, got.Text)
	}
	whole := m.Send(t, "GET /api/bins/1", "", m.owner, "")
	back := m.Send(t, "PATCH /api/bins/1", whole.Text, m.owner, "", "If-Match", whole.Header.Get("ETag"))
	if back.Status != 200 || back.Header.Get("ETag") != whole.Header.Get("ETag") {
		t.Errorf("sent back: %d %s", back.Status, back.Text)
	}
	m.testStoredRefusals(t, patch)
	m.make(t, "bins", `{"_id":2,"depot":"north"}`)
	m.testQueries(t, "bins", map[string]int{
		"label=b": 1, "depot=north": 2, "size.width=30": 1, "size.width=30&sort=-created_at": 1, "size.width[gte]=1": 1, "sort=size.width": 2, "sort=size.width,-created_at": 2, "sort=size.width,created_at": 400,
		"_label=b": 400, "_size.w=30": 400, "sort=_size.w": 400, "sort=-_depot": 400, "sort=size.width,-_created": 400, "sort=_size.w,-created_at": 400, "expand=_depot": 400, "createdAt[gte]=2020-01-01T00:00:00Z": 400,
	})
	m.testStoredMisfit(t)
}

// valueIn returns a number or a text.
func valueIn(t *testing.T, v bson.RawValue) any {
	t.Helper()
	if text, ok := v.StringValueOK(); ok {
		return text
	}
	n, ok := v.AsInt64OK()
	if !ok {
		return v.String()
	}
	return n
}

// testStoredRefusals: what is refused is named as requests name it.
func (m *market) testStoredRefusals(t *testing.T, patch func(body string) servertest.Response) {
	m.make(t, "bins", `{"_id":3,"depot":"north","label":"taken"}`)
	for body, want := range map[string]string{
		`{"label":"` + strings.Repeat("x", 21) + `"}`: "422 /label too_long",
		`{"label":"taken"}`:                           "409 /label duplicate",
		`{"depot":"south"}`:                           "422 /depot reference_missing",
		`{"beside":[1,7]}`:                            "422 /beside/1 reference_missing",
		`{"goods":{"a":1,"b":1,"c":1}}`:               "422 /goods too_long",
		`{"size":{"width":0}}`:                        "422 /size/width too_small",
		`{"size":{"width":100}}`:                      "422 /reason required",
		`{"_label":"c"}`:                              "422 /_label unknown_field",
		`{"size":{"w":1}}`:                            "422 /size/w unknown_field",
		`{"created_at":"2026-01-01T00:00:00Z"}`:       "422 /created_at read_only",
		`{"createdAt":"2026-01-01T00:00:00Z"}`:        "422 /createdAt unknown_field",
	} {
		got := patch(body)
		have := fmt.Sprint(got.Status)
		for _, e := range got.List("errors") {
			have += fmt.Sprint(" ", e["pointer"], " ", e["code"])
		}
		if have != want {
			t.Errorf("%s: %s, want %s\n%s", body, have, want, got.Text)
		}
	}
	got := m.Send(t, "PATCH /api/bins/3", `{"size":{"depth":1}}`, m.owner, "", "If-Match", "*")
	if errs := got.List("errors"); got.Status != 422 || len(errs) != 1 || errs[0]["pointer"] != "/size/width" {
		t.Errorf("without a width: %d %s", got.Status, got.Text)
	}
	if got := m.Send(t, "DELETE /api/bins/3", "", m.owner, "", "If-Match", "*"); got.Status != 204 {
		t.Errorf("%d %s", got.Status, got.Text)
	}
}

// testStoredMisfit: a document that does not fit is named by the path that can mend it, and a
// tag goes by the declared timestamp.
func (m *market) testStoredMisfit(t *testing.T) {
	coll := m.db.Collection("Bin")
	odd := bson.D{{Key: "_size.w", Value: "wide"}}
	if _, err := coll.UpdateOne(t.Context(), bson.D{{Key: "_id", Value: 1}}, bson.D{{Key: "$set", Value: odd}}); err != nil {
		t.Fatal(err)
	}
	invalid := m.Send(t, "GET /api/bins?limit=9", "", m.owner, "").List("invalid")
	if len(invalid) != 1 || invalid[0]["path"] != "size.width" || invalid[0]["_id"] != "1" {
		t.Errorf("invalid are %v", invalid)
	}
	got := m.Send(t, "GET /api/bins/1", "", m.owner, "")
	if errs := got.List("errors"); got.Code() != "document_invalid" || len(errs) != 1 || errs[0]["pointer"] != "/size/width" {
		t.Errorf("%d %s", got.Status, got.Text)
	}
	mended := m.Send(t, "PATCH /api/bins/1", `{"size":{"width":4}}`, m.owner, "", "If-Match", got.Header.Get("ETag"))
	if mended.Status != 200 || !strings.Contains(mended.Text, `"size":{"width":4,"depth":5}`) {
		t.Errorf("%d %s", mended.Status, mended.Text)
	}
	touched := bson.D{{Key: "modified", Value: bson.DateTime(7)}}
	if _, err := coll.UpdateOne(t.Context(), bson.D{{Key: "_id", Value: 1}}, bson.D{{Key: "$set", Value: touched}}); err != nil {
		t.Fatal(err)
	}
	if got := m.Send(t, "DELETE /api/bins/1", "", m.owner, "", "If-Match", mended.Header.Get("ETag")); got.Status != 412 {
		t.Errorf("another program wrote it: %d %s", got.Status, got.Text)
	}
}
