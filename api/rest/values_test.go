package rest_test

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
)

// Filters mean what they say, to the last digit.
func TestFiltersAreNotRounded(t *testing.T) {
	t.Parallel()
	a := servertest.Start(t, testdb.URI(t), nil)
	made := a.Provision(t, "one")
	super := bearer(a.Token(t, made.ID, "super"))
	first := time.Date(2026, 1, 31, 8, 30, 0, 998e6, time.UTC)
	people := testdb.Client(t).Database(made.Database).Collection("users")
	for i, name := range []string{"a", "b", "c"} {
		_, err := people.InsertOne(t.Context(), bson.D{
			{Key: "_id", Value: bson.NewObjectID()}, {Key: "name", Value: name}, {Key: "email", Value: name + "@example.com"}, {Key: "password", Value: "x"},
			{Key: "role", Value: bson.D{{Key: "name", Value: "hos"}}}, {Key: "createdAt", Value: first.Add(time.Duration(i) * time.Millisecond)},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	const between = "2026-01-31T08:30:00.9990000000001Z" // b, and a tenth of a picosecond
	for _, test := range []struct {
		name string
		text []string
		want []string
	}{
		{"createdAt", []string{"2026-01-31T09:30:00.999+01:00"}, []string{"b"}},
		{"createdAt", []string{between}, nil},
		{"createdAt[in]", []string{between, "2026-01-31T08:30:00.9989Z"}, nil},
		{"createdAt[in]", []string{between, "2026-01-31T08:30:00.99800Z"}, []string{"a"}},
		{"createdAt[gt]", []string{between}, []string{"c"}},
		{"createdAt[gte]", []string{between}, []string{"c"}},
		{"createdAt[lt]", []string{between}, []string{"a", "b"}},
		{"createdAt[lte]", []string{between}, []string{"a", "b"}},
	} {
		got := a.Call(t, "GET /api/users?"+url.Values{"role.name": {"hos"}, test.name: test.text}.Encode(), "", super...)
		var names []string
		for _, u := range got.List("users") {
			names = append(names, u["name"].(string))
		}
		if slices.Sort(names); got.Status != 200 || !slices.Equal(names, test.want) {
			t.Errorf("%s=%v: %d %v, want %v", test.name, test.text, got.Status, names, test.want)
		}
	}
	for query, want := range map[string]int{
		"email[prefix]=A": 1, "email[prefix]=+a@": 1, "email[prefix]=+": 0, "email[prefix]=a+": 0, "email[prefix]=": 3, "email=+A@EXAMPLE.com": 1,
	} {
		if got := a.Call(t, "GET /api/users?"+query, "", super...); got.Status != 200 || len(got.List("users")) != want {
			t.Errorf("%s: %d %s, want %d", query, got.Status, got.Text, want)
		}
	}
	for _, query := range []string{
		"role.name=hos&createdAt[gt]=now", "role.name=hos&createdAt[lt]=9999-12-31T23:59:59-00:01", "email=%ff", "email[prefix]=%ff",
	} {
		if got := a.Call(t, "GET /api/users?"+query, "", super...); got.Status != 400 || got.Code() != "query_invalid" {
			t.Errorf("%s: %d %s", query, got.Status, got.Text)
		}
	}
}
