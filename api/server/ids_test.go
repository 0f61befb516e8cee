package server_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// testIDs makes documents that are known by text, numbers, UUIDs and chosen ObjectIDs, and asks
// for them in every way.
func (m *market) testIDs(t *testing.T) {
	for _, name := range []string{"depots", "Bin", "parcels", "slips"} {
		if _, err := m.db.Collection(name).DeleteMany(t.Context(), bson.D{}); err != nil {
			t.Fatal(err)
		}
	}
	m.testTextIDs(t)
	m.testNumberIDs(t)
	m.testMadeIDs(t)
	m.testReferencesToIDs(t)
	m.testOtherIDs(t)
}

// exchange is a request, and what must come of it: the status, and the code or the _id.
type exchange struct {
	line, body string
	status     int
	want       string
}

func (m *market) testExchanges(t *testing.T, list []exchange) {
	t.Helper()
	for _, e := range list {
		got := m.Send(t, e.line, e.body, m.owner, "", "If-Match", "*")
		have := got.Code()
		if id, ok := got.Body["_id"]; ok {
			have = fmt.Sprint(id)
		}
		if got.Status != e.status || have != e.want {
			t.Errorf("%s %.80s: %d %s, want %d %s\n%.300s", e.line, e.body, got.Status, have, e.status, e.want, got.Text)
		}
	}
}

func (m *market) testTextIDs(t *testing.T) {
	for _, id := range []string{"north", "a b", "é𝄞", "a?b#c%2F&d=e", "a.b", "...", "~", ";", "+", `"\`, "%", "Ⅷ", strings.Repeat("ü", 128)} {
		body := fmt.Sprintf(`{"_id":%q,"phone":"1"}`, id)
		made := m.make(t, "depots", body)
		path := "/api/depots/" + url.PathEscape(id)
		if made.Member("_id") != id || made.Header.Get("Location") != path {
			t.Errorf("%s: %s at %s", id, made.Text, made.Header.Get("Location"))
		}
		m.testExchanges(t, []exchange{
			{"GET " + path, "", 200, id},
			{"POST /api/depots", body, 409, "duplicate"},
			{"PATCH " + path, `{"phone":"2"}`, 200, id},
			{"PATCH " + path, `{"_id":"other"}`, 422, "validation_failed"},
			{"PATCH " + path, `{"_id":null}`, 422, "validation_failed"},
			{"PATCH " + path, body, 200, id},
			{"DELETE " + path, "", 204, ""},
			{"GET " + path, "", 404, "not_found"},
		})
		again := m.make(t, "depots", body)
		if again.Header.Get("ETag") == made.Header.Get("ETag") {
			t.Errorf("%s: the tag %s came again", id, again.Header.Get("ETag"))
		}
	}
	taken := m.Send(t, "POST /api/depots", `{"_id":"north"}`, m.owner, "")
	if errs := taken.List("errors"); len(errs) != 1 || errs[0]["pointer"] != "/_id" || errs[0]["code"] != "duplicate" {
		t.Errorf("%s", taken.Text)
	}
	m.testExchanges(t, []exchange{
		{"POST /api/depots", `{}`, 422, "validation_failed"},
		{"POST /api/depots", `{"_id":null}`, 422, "validation_failed"},
		{"POST /api/depots", `{"_id":".."}`, 422, "validation_failed"},
		{"POST /api/depots", `{"_id":{"$gt":""}}`, 422, "validation_failed"},
		{"GET /api/depots/a%2Fb", "", 404, "not_found"},
		{"GET /api/depots/%ff", "", 400, "path_invalid"},
		{"GET /api/depots/%00", "", 400, "path_invalid"},
		{"GET /api/depots/" + strings.Repeat("x", 2000), "", 404, "not_found"},
	})
	m.testQueries(t, "depots", map[string]int{
		"_id=north": 1, "_id=North": 0, "_id[in]=north&_id[in]=...": 2, "_id[prefix]=a": 3, "_id[gte]=north&_id[lt]=o": 1, "sort=-_id": 13,
	})
	m.testWalk(t, "depots", 13)
}

// testWalk goes through a collection, a page of one at a time.
func (m *market) testWalk(t *testing.T, collection string, want int) {
	t.Helper()
	var seen []string
	after := ""
	for range want + 2 {
		got := m.Send(t, "GET /api/"+collection+"?limit=1&sort=-_id"+after, "", m.owner, "")
		if got.Status != 200 {
			t.Fatalf("%d %s", got.Status, got.Text)
		}
		for _, doc := range got.List(collection) {
			seen = append(seen, fmt.Sprint(doc["_id"]))
		}
		for _, doc := range got.List("invalid") {
			seen = append(seen, fmt.Sprint("invalid ", doc["_id"]))
		}
		if got.Member("next") == "" {
			break
		}
		after = "&after=" + got.Member("next")
	}
	slices.Sort(seen)
	if distinct := slices.Compact(slices.Clone(seen)); len(seen) != want || len(distinct) != want {
		t.Errorf("%s: %d documents, %d of them different, want %d: %q", collection, len(seen), len(distinct), want, seen)
	}
}

func (m *market) testNumberIDs(t *testing.T) {
	list := []exchange{
		{"POST /api/bins", `{"_id":1e3,"depot":"north"}`, 201, "1000"},
		{"POST /api/bins", `{"_id":1000,"depot":"north"}`, 409, "duplicate"},
		{"POST /api/bins", `{"_id":-0,"depot":"north"}`, 201, "0"},
		{"POST /api/bins", `{"_id":-9223372036854775808,"depot":"north"}`, 201, "-9.223372036854776e+18"},
		{"POST /api/bins", `{"_id":9223372036854775808,"depot":"north"}`, 422, "validation_failed"},
		{"POST /api/bins", `{"_id":1.5,"depot":"north"}`, 422, "validation_failed"},
		{"POST /api/bins", `{"_id":"7","depot":"north"}`, 422, "validation_failed"},
		{"POST /api/bins", `{"depot":"north"}`, 422, "validation_failed"},
		{"GET /api/bins/1000", "", 200, "1000"},
		{"GET /api/bins/0", "", 200, "0"},
		{"GET /api/bins/-9223372036854775808", "", 200, "-9.223372036854776e+18"},
		{"GET /api/bins/7", "", 404, "not_found"},
		{"PATCH /api/bins/0", `{"_id":1}`, 422, "validation_failed"},
		{"PATCH /api/bins/0", `{"_id":0,"label":"a"}`, 200, "0"},
		{"PATCH /api/bins/1000", `{"label":"a"}`, 409, "duplicate"},
	}
	for _, text := range []string{"1e3", "+1000", "01000", "-0", "1000.0", "9223372036854775808", "0x10", "%201000", "north", "5f0000000000000000000001"} {
		list = append(list, exchange{"GET /api/bins/" + text, "", 400, "id_invalid"}, exchange{"DELETE /api/bins/" + text, "", 400, "id_invalid"})
	}
	m.testExchanges(t, list)
	m.testQueries(t, "bins", map[string]int{"_id=1000": 1, "_id[gt]=-1": 2, "_id[lt]=0": 1, "_id=a": 400, "_id[prefix]=1": 400, "depot=north": 3, "depot[prefix]=n": 400})
	m.testWalk(t, "bins", 3)
}

func (m *market) testMadeIDs(t *testing.T) {
	const uuid, oid = "123e4567-e89b-42d3-a456-426614174000", "5f00000000000000000000aa"
	m.testExchanges(t, []exchange{
		{"POST /api/parcels", `{"_id":"` + strings.ToUpper(uuid) + `"}`, 201, uuid},
		{"POST /api/parcels", `{"_id":"` + uuid + `"}`, 409, "duplicate"},
		{"POST /api/parcels", `{"_id":"{` + uuid + `}"}`, 422, "validation_failed"},
		{"POST /api/parcels", `{"_id":"00000000-0000-0000-0000-000000000000"}`, 422, "validation_failed"},
		{"GET /api/parcels/" + uuid, "", 200, uuid},
		{"GET /api/parcels/" + strings.ToUpper(uuid), "", 200, uuid},
		{"GET /api/parcels/%7B" + uuid + "%7D", "", 400, "id_invalid"},
		{"PATCH /api/parcels/" + uuid, `{"_id":"` + uuid + `"}`, 200, uuid},
		{"POST /api/slips", `{"_id":"` + oid + `"}`, 201, oid},
		{"POST /api/slips", `{"_id":"` + oid + `"}`, 409, "duplicate"},
		{"POST /api/slips", `{"_id":"000000000000000000000000"}`, 422, "validation_failed"},
		{"POST /api/slips", `{"_id":"5f"}`, 422, "validation_failed"},
		{"POST /api/products", `{"_id":"` + oid + `","sku":"x","price":1}`, 422, "validation_failed"},
	})
	for _, name := range []string{"parcels", "slips"} {
		first, second := m.make(t, name, `{"_id":null}`), m.make(t, name, `{}`)
		if first.Member("_id") == second.Member("_id") {
			t.Errorf("made are %s and %s", first.Text, second.Text)
		}
		m.testWalk(t, name, 3)
	}
}

// testReferencesToIDs refers to documents by each kind of _id, in a cycle and to themselves.
func (m *market) testReferencesToIDs(t *testing.T) {
	const uuid = "123e4567-e89b-42d3-a456-426614174000"
	m.testExchanges(t, []exchange{
		{"PATCH /api/depots/north", `{"busiest":1000}`, 200, "north"},
		{"PATCH /api/depots/north", `{"busiest":1001}`, 422, "validation_failed"},
		{"PATCH /api/depots/north", `{"busiest":"1000"}`, 422, "validation_failed"},
		{"PATCH /api/bins/0", `{"beside":[1000,0]}`, 200, "0"},
		{"PATCH /api/bins/0", `{"beside":[1000,7]}`, 422, "validation_failed"},
		{"POST /api/bins", `{"_id":5,"depot":"South"}`, 422, "validation_failed"},
		{"POST /api/bins", `{"_id":5,"depot":""}`, 422, "validation_failed"},
		{"POST /api/bins", `{"_id":5,"depot":"north","beside":[5]}`, 201, "5"},
		{"PATCH /api/parcels/" + uuid, `{"stops":{"monday":[0,5],"tuesday":[]},"replaces":"` + uuid + `"}`, 200, uuid},
		{"PATCH /api/parcels/" + uuid, `{"stops":{"monday":[1]}}`, 422, "validation_failed"},
	})
	missing := m.Send(t, "PATCH /api/parcels/"+uuid, `{"stops":{"monday":[0,1]}}`, m.owner, "", "If-Match", "*")
	if errs := missing.List("errors"); len(errs) != 1 || errs[0]["pointer"] != "/stops/monday/1" || errs[0]["code"] != "reference_missing" {
		t.Errorf("%s", missing.Text)
	}
	m.testQueries(t, "parcels", map[string]int{"replaces=" + uuid: 1, "replaces=" + strings.ToUpper(uuid): 1, "replaces=5": 400})
	got := m.Send(t, "GET /api/bins/0?expand=depot,beside", "", m.owner, "")
	depot, _ := got.Body["depot"].(map[string]any)
	beside := got.List("beside")
	if depot["_id"] != "north" || depot["busiest"] != 1000.0 || len(beside) != 2 || beside[0]["_id"] != 1000.0 || beside[1]["depot"] != "north" {
		t.Errorf("expanded: %s", got.Text)
	}
	got = m.Send(t, "GET /api/parcels/"+uuid+"?expand=stops.*,replaces", "", m.owner, "")
	replaces, _ := got.Body["replaces"].(map[string]any)
	if !strings.Contains(got.Text, `"monday":[{"_id":0,`) || !strings.Contains(got.Text, `"tuesday":[]`) || replaces["_id"] != uuid || replaces["replaces"] != uuid {
		t.Errorf("expanded: %s", got.Text)
	}
}

// testOtherIDs is about what an older program stored, known by what the schema does not declare.
func (m *market) testOtherIDs(t *testing.T) {
	oid := bson.ObjectID{0x5f, 11: 0x02}
	for collection, ids := range map[string][]any{
		"depots":  {oid, int64(7), "a/b", "$x", ".", strings.Repeat("y", 300)},
		"Bin":     {oid, "7", 1.5, 8.0, int32(9)},
		"parcels": {oid, "123e4567-e89b-42d3-a456-426614174001", bson.Binary{Subtype: 3, Data: make([]byte, 16)}},
		"slips":   {"5f0000000000000000000003"},
	} {
		for _, id := range ids {
			if _, err := m.db.Collection(collection).InsertOne(t.Context(), bson.D{{Key: "_id", Value: id}, {Key: "_depot", Value: "north"}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for collection, want := range map[string]string{
		"depots": "7 5f0000000000000000000002", "bins": "1.5 7 5f0000000000000000000002",
		"slips": "5f0000000000000000000003", "parcels": `123e4567-e89b-42d3-a456-426614174001 {"$binary":{"base64":"AAAAAAAAAAAAAAAAAAAAAA==","subType":"03"}} 5f0000000000000000000002`,
	} {
		got := m.Send(t, "GET /api/"+collection+"?limit=200", "", m.owner, "")
		var named []string
		for _, e := range got.List("invalid") {
			named = append(named, strings.NewReplacer(`{"$numberDouble":"1.5"}`, "1.5").Replace(fmt.Sprint(e["_id"])))
			if e["path"] != "_id" {
				t.Errorf("%s: %v", collection, e)
			}
		}
		if have := strings.Join(named, " "); have != want {
			t.Errorf("%s: invalid are %s, want %s", collection, have, want)
		}
	}
	m.testExchanges(t, []exchange{
		{"GET /api/depots/" + oid.Hex(), "", 404, "not_found"},
		{"GET /api/depots/7", "", 404, "not_found"},
		{"GET /api/depots/a%2Fb", "", 200, "a/b"},
		{"PATCH /api/depots/%24x", `{"phone":"3"}`, 200, "$x"},
		{"DELETE /api/depots/" + strings.Repeat("y", 300), "", 204, ""},
		{"GET /api/bins/8", "", 200, "8"},
		{"PATCH /api/bins/9", `{"label":"nine"}`, 200, "9"},
		{"DELETE /api/bins/8", "", 204, ""},
		{"GET /api/slips/5f0000000000000000000003", "", 404, "not_found"},
		{"PATCH /api/bins/0", `{"beside":[9]}`, 200, "0"},
	})
	m.testWalk(t, "bins", 8)
	m.testWalk(t, "depots", 18)
}
