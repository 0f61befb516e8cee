package check_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
)

func TestEntries(t *testing.T) {
	const dots = "is an entry whose name starts with $, or contains a dot or a zero byte"
	long := strings.Repeat("é", 128)
	m := map[string]int64{
		"": 1, "$a": 1, "a$": 1, "a.b": 1, "a\x00": 1, "a\xff": 1, long: 1, long[1:] + "a": 1, long[2:] + "a": 1, "a/~b": 7, " ": 1,
	}
	want := map[string]check.FieldError{
		"/":                  {Pointer: "/", Code: "entry_name", Message: "is an entry without a name"},
		"/$a":                {Pointer: "/$a", Code: "entry_name", Message: dots},
		"/a.b":               {Pointer: "/a.b", Code: "entry_name", Message: dots},
		"/a\x00":             {Pointer: "/a\x00", Code: "entry_name", Message: dots},
		"/a\xff":             {Pointer: "/a\xff", Code: "entry_name", Message: "is an entry whose name is not UTF-8"},
		"/" + long:           {Pointer: "/" + long, Code: "entry_name", Message: "is an entry whose name is longer than 255 bytes"},
		"/a~1~0b":            {Pointer: "/a~1~0b", Code: "seven", Message: "is 7"},
		"/" + long[1:] + "a": {Pointer: "/" + long[1:] + "a", Code: "entry_name", Message: "is an entry whose name is not UTF-8"},
	}
	var p check.FieldErrors
	seven := func(p *check.FieldErrors, at string, v int64) {
		if v == 7 {
			p.Add(at, "seven", "is 7")
		}
	}
	check.Entries(&p, "", m, seven)
	have := map[string]check.FieldError{}
	for _, problem := range p {
		have[problem.Pointer] = problem
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var none check.FieldErrors
	check.Entries(&none, "/m", map[string]int64{"a": 7, "$": 1}, nil)
	sized := func(n int) map[string]int64 {
		m := map[string]int64{}
		for i := range n {
			m[strconv.Itoa(i)] = 7
		}
		return m
	}
	(&check.Map[int64]{MinLen: 2}).Check(&none, "/few", sized(1))
	(&check.Map[int64]{MaxLen: 2}).Check(&none, "/many", sized(3))
	(&check.Map[int64]{MinLen: 2, MaxLen: 2}).Check(&none, "/right", sized(2))
	(&check.Map[int64]{MinLen: 2}).Check(&none, "/left out", nil)
	(&check.Map[int64]{MinLen: 2, Required: true}).Check(&none, "/missing", nil)
	(&check.Map[int64]{MinLen: 2}).Check(&none, "/empty", sized(0))
	(&check.Map[int64]{MinLen: 2, Each: seven}).Check(&none, "/within", sized(1))
	if diff := cmp.Diff(check.FieldErrors{
		{"/m/$", "entry_name", dots}, {"/few", "too_short", "must have at least 2 entries, has 1"}, {"/many", "too_long", "must have at most 2 entries, has 3"},
		{"/missing", "required", "must be given"}, {"/empty", "too_short", "must have at least 2 entries, has 0"}, {"/within/0", "seven", "is 7"}, {"/within", "too_short", "must have at least 2 entries, has 1"},
	}, none); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestDistinctIDs names every element whose _id an earlier one has; those without have none to
// compare.
func TestDistinctIDs(t *testing.T) {
	first, second := bson.ObjectID{11: 1}, bson.ObjectID{11: 2}
	list := check.List[bson.ObjectID]{ID: func(id bson.ObjectID) bson.ObjectID { return id }}
	var errs check.FieldErrors
	list.Check(&errs, "/a", []bson.ObjectID{first, {}, second, first, {}, second, first})
	var at []string
	for _, e := range errs {
		at = append(at, e.Pointer+" "+e.Code)
	}
	if diff := cmp.Diff([]string{"/a/3/_id duplicate", "/a/5/_id duplicate", "/a/6/_id duplicate"}, at); diff != "" {
		t.Error(diff)
	}
}
