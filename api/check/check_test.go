package check_test

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
)

func TestText(t *testing.T) {
	vowels := regexp.MustCompile("^(?:[aeiou]+)$")
	for _, test := range []struct {
		text string
		rule check.Text
		want check.FieldErrors
	}{
		{"", check.Text{}, nil},
		{"", check.Text{Required: true}, check.FieldErrors{{"/v", "required", "must be given"}}},
		{"", check.Text{MinLen: 3, Pattern: vowels, Format: check.Email}, check.FieldErrors{{"/v", "too_short", "must have at least 3 characters, has 0"}}},
		{"", check.Text{Pattern: vowels}, check.FieldErrors{{"/v", "pattern", "must match ^(?:[aeiou]+)$"}}},
		{" ", check.Text{Format: check.Email}, check.FieldErrors{{"/v", "format", "must be an email address"}}},
		{"", check.Text{MaxLen: 3}, nil},
		{" \t", check.Text{Required: true, Format: check.Email}, check.FieldErrors{{"/v", "required", "must be given"}}},
		{" ", check.Text{Required: true}, nil},
		{"ab", check.Text{MinLen: 3}, check.FieldErrors{{"/v", "too_short", "must have at least 3 characters, has 2"}}},
		{"äöü", check.Text{MinLen: 3, MaxLen: 3}, nil},
		{"äöüß", check.Text{MaxLen: 3}, check.FieldErrors{{"/v", "too_long", "must have at most 3 characters, has 4"}}},
		{"😀😀", check.Text{MinLen: 2, MaxLen: 2}, nil},
		{"aei", check.Text{Pattern: vowels}, nil},
		{"aeix", check.Text{Pattern: vowels}, check.FieldErrors{{"/v", "pattern", "must match ^(?:[aeiou]+)$"}}},
		{"aei\n", check.Text{Pattern: vowels}, check.FieldErrors{{"/v", "pattern", "must match ^(?:[aeiou]+)$"}}},
		{"x", check.Text{MinLen: 2, Pattern: vowels, Format: check.Email}, check.FieldErrors{{"/v", "too_short", "must have at least 2 characters, has 1"}}},
		{"a\xff", check.Text{}, check.FieldErrors{{"/v", "format", "must be UTF-8"}}},
		{"\x00", check.Text{}, check.FieldErrors{{"/v", "format", "must not contain the character U+0000"}}},
		{"a\x00", check.Text{}, check.FieldErrors{{"/v", "format", "must not contain the character U+0000"}}},
		{"\x00", check.Text{MinLen: 2}, check.FieldErrors{{"/v", "too_short", "must have at least 2 characters, has 1"}}},
		{"\xff@example.com", check.Text{Format: check.Email}, check.FieldErrors{{"/v", "format", "must be UTF-8"}}},
		{"  A@B  ", check.Text{Format: check.Email, MaxLen: 3}, nil},
		{"A@B", check.Text{Format: check.Email, Pattern: regexp.MustCompile("^[a-z@]+$")}, nil},
		{"A@B", check.Text{Pattern: regexp.MustCompile("^[a-z@]+$")}, check.FieldErrors{{"/v", "pattern", "must match ^[a-z@]+$"}}},
	} {
		var p check.FieldErrors
		test.rule.Check(&p, "/v", test.text)
		if diff := cmp.Diff(test.want, p); diff != "" {
			t.Errorf("%q under %+v: -want +got:\n%s", test.text, test.rule, diff)
		}
	}
	var p check.FieldErrors
	check.AnyText(&p, "/list/0", "")
	check.AnyText(&p, "/list/1", "a\xff")
	if diff := cmp.Diff(check.FieldErrors{{"/list/1", "format", "must be UTF-8"}}, p); diff != "" {
		t.Errorf("elements: -want +got:\n%s", diff)
	}
}

func TestBytes(t *testing.T) {
	var p check.FieldErrors
	(&check.Bytes{MinLen: 2}).Check(&p, "/none", nil)
	(&check.Bytes{Required: true, MinLen: 2}).Check(&p, "/required", nil)
	(&check.Bytes{MinLen: 2}).Check(&p, "/short", []byte{1})
	(&check.Bytes{MaxLen: 2}).Check(&p, "/long", []byte{1, 2, 3})
	(&check.Bytes{Required: true, MinLen: 2, MaxLen: 2}).Check(&p, "/right", []byte{1, 2})
	if codes(p) != "required too_short too_long" {
		t.Errorf("the problems are %v", p)
	}
}

func TestEmail(t *testing.T) {
	for _, test := range []struct {
		address string
		ok      bool
	}{
		{"ada@example.com", true},
		{"ADA@EXAMPLE.COM", true},
		{"  ada@example.com\n", true},
		{"a@b", true},
		{"ada+tag@example.com", true},
		{"o'hara@example.com", true},
		{"ädä@exämple.com", true},
		{"ada@[192.0.2.1]", true},
		{strings.Repeat("a", 252) + "@b", true},
		{strings.Repeat("a", 253) + "@b", false},
		{"ada", false},
		{"@", false},
		{"ada@", false},
		{"@example.com", false},
		{"ada@example@com", false},
		{"a da@example.com", false},
		{"ada@exam\tple.com", false},
		{"ada@example.com\nbcc: eve@example.com", false},
		{"ada\u00a0@example.com", false},
		{"ada@example.com.", true},
		{"ada@example.com..", false},
		{"ada@example..com", false},
		{"ada@.example.com", false},
		{"ada@.", false},
		{"ada@xn--exmple-cua.com", true},
		{"ada@XN--EXMPLE-CUA.com", true},
		{"ada@sub.xn--exmple-cua.com.", true},
		{"ada@xn--a.com", false},
		{"ada@xn--.com", false},
		{"ada@exämple..com", false},
		{"ada@exä mple.com", false},
		{"ada@-exämple.com", false},
		{"ada@ex_ämple.com", false},
		{"ada@my_host.example", true},
		{"ada@a\u200db.com", false},
		{"ada@نامه\u200cای.com", true},
		{"\u200b@example.com", false},
		{"ada@\u200b", false},
		{"ada@" + strings.Repeat("ä", 200) + ".com", true},
		{"ada@" + strings.Repeat("ä", 250) + ".com", false},
		{"ada@exa\u0000mple.com", false},
		{"ada@exa\u0085mple.com", false},
	} {
		var p check.FieldErrors
		(&check.Text{Format: check.Email}).Check(&p, "/email", test.address)
		if test.ok != (len(p) == 0) {
			t.Errorf("%q: %v", test.address, p)
		}
		if !test.ok && (len(p) != 1 || p[0] != check.FieldError{Pointer: "/email", Code: "format", Message: "must be an email address"}) {
			t.Errorf("%q: %v", test.address, p)
		}
	}
}

func TestNumber(t *testing.T) {
	for _, test := range []struct {
		v           int64
		least, most *int64
		want        check.FieldErrors
	}{
		{math.MinInt64, nil, nil, nil},
		{1, new(int64(1)), new(int64(1)), nil},
		{0, new(int64(1)), nil, check.FieldErrors{{"/v", "too_small", "must be at least 1"}}},
		{2, nil, new(int64(1)), check.FieldErrors{{"/v", "too_large", "must be at most 1"}}},
		{-1, new(int64(0)), new(int64(5)), check.FieldErrors{{"/v", "too_small", "must be at least 0"}}},
	} {
		var p check.FieldErrors
		(&check.Number[int64]{Min: test.least, Max: test.most}).Check(&p, "/v", test.v)
		if diff := cmp.Diff(test.want, p); diff != "" {
			t.Errorf("%d: -want +got:\n%s", test.v, diff)
		}
	}
	var p check.FieldErrors
	(&check.Number[float64]{Min: new(0.75)}).Check(&p, "/f", 0.5)
	(&check.Number[float64]{Max: new(1.25)}).Check(&p, "/g", 1.5)
	(&check.Number[float64]{Min: new(1.25), Max: new(1.25)}).Check(&p, "/h", 1.25)
	(&check.Number[float64]{Max: new(1.25)}).Check(&p, "/i", math.Inf(1))
	(&check.Number[int64]{Min: new(int64(1))}).Check(&p, "/zero", 0)
	if diff := cmp.Diff(check.FieldErrors{{"/f", "too_small", "must be at least 0.75"}, {"/g", "too_large", "must be at most 1.25"},
		{"/i", "type", "must be a finite number"}, {"/zero", "too_small", "must be at least 1"}}, p); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTime(t *testing.T) {
	first, last := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)
	var none time.Time
	for _, test := range []struct {
		v, first, last time.Time
		want           check.FieldErrors
	}{
		{none, first, last, check.FieldErrors{{"/v", "too_small", "must not be before 2026-01-01T00:00:00Z"}}},
		{none, none, none, nil},
		{first, none, none, nil},
		{none.AddDate(-1, 0, 0), none, none, nil},
		{first, first, last, nil},
		{last, first, last, nil},
		{first.Add(-1), first, last, check.FieldErrors{{"/v", "too_small", "must not be before 2026-01-01T00:00:00Z"}}},
		{last.Add(1), first, last, check.FieldErrors{{"/v", "too_large", "must not be after 2026-12-31T00:00:00Z"}}},
		{first.Add(-1), none, last, nil},
		{last.Add(1), first, none, nil},
	} {
		var p check.FieldErrors
		(&check.Time{Min: test.first, Max: test.last}).Check(&p, "/v", test.v)
		if diff := cmp.Diff(test.want, p); diff != "" {
			t.Errorf("%v: -want +got:\n%s", test.v, diff)
		}
	}
}

func TestRequiredTime(t *testing.T) {
	var p check.FieldErrors
	rule := check.Time{Required: true, Min: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	rule.Check(&p, "/none", time.Time{})
	rule.Check(&p, "/early", time.UnixMilli(0))
	if diff := cmp.Diff(check.FieldErrors{
		{"/none", "required", "must be given"}, {"/early", "too_small", "must not be before 2026-01-01T00:00:00Z"},
	}, p); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestList(t *testing.T) {
	for _, test := range []struct {
		n, least, most int
		want           check.FieldErrors
	}{
		{0, 0, 0, nil},
		{1000, 0, 0, nil},
		{2, 2, 2, nil},
		{2, 0, 1, check.FieldErrors{{"/v", "too_long", "must have at most 1 elements, has 2"}}},
		{1, 2, 3, check.FieldErrors{{"/v", "too_short", "must have at least 2 elements, has 1"}}},
		{4, 2, 3, check.FieldErrors{{"/v", "too_long", "must have at most 3 elements, has 4"}}},
	} {
		var p check.FieldErrors
		(&check.List[int]{MinLen: test.least, MaxLen: test.most}).Check(&p, "/v", make([]int, test.n))
		if diff := cmp.Diff(test.want, p); diff != "" {
			t.Errorf("%+v: -want +got:\n%s", test, diff)
		}
	}
	var p check.FieldErrors
	(&check.List[colour]{MinLen: 2}).Check(&p, "/left out", nil)
	(&check.List[colour]{MinLen: 2}).Check(&p, "/short", []colour{"red"})
	(&check.List[colour]{Required: true, MinLen: 2}).Check(&p, "/required", nil)
	(&check.List[colour]{MinLen: 1}).Check(&p, "/none", []colour{})
	(&check.List[colour]{MaxLen: 1, Each: colourEnum.Check}).Check(&p, "/elements", []colour{"red", "green"})
	(&check.Set[colour]{MinLen: 2, MaxLen: 2, Each: colourEnum.Check}).Check(&p, "/set", []colour{"red", "blue", "red"})
	(&check.Set[colour]{MinLen: 2}).Check(&p, "/one", []colour{"red", "red"})
	(&check.Set[colour]{Each: colourEnum.Check}).Check(&p, "/green", []colour{"green"})
	if diff := cmp.Diff(check.FieldErrors{
		{"/short", "too_short", "must have at least 2 elements, has 1"},
		{"/required", "required", "must be given"},
		{"/none", "too_short", "must have at least 1 elements, has 0"},
		{"/elements/1", "not_allowed", "must be one of red or blue"}, {"/elements", "too_long", "must have at most 1 elements, has 2"},
		{"/one", "too_short", "must have at least 2 elements, has 1"},
		{"/green/0", "not_allowed", "must be one of red or blue"},
	}, p); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

type colour string

var colourEnum = check.NewEnum[colour]("red", "blue")

func TestOtherChecks(t *testing.T) {
	var p check.FieldErrors
	p.Given("/given", true)
	p.Given("/missing", false)
	check.Finite(&p, "/number", 1e308)
	check.Finite(&p, "/nan", math.NaN())
	check.Finite(&p, "/infinite", math.Inf(-1))
	colourEnum.Check(&p, "/red", "red")
	colourEnum.Check(&p, "/green", "green")
	colourEnum.CheckRequired(&p, "/blue", "blue")
	colourEnum.CheckRequired(&p, "/none", "")
	colourEnum.CheckRequired(&p, "/grey", "grey")
	check.Each(&p, "/colours", []colour{"red", "", "blue", "RED"}, colourEnum.Check)
	check.Each(&p, "/floats", []float64{1, math.Inf(1)}, check.Finite)
	want := check.FieldErrors{
		{"/missing", "required", "must be given"},
		{"/nan", "type", "must be a finite number"},
		{"/infinite", "type", "must be a finite number"},
		{"/green", "not_allowed", "must be one of red or blue"},
		{"/none", "required", "must be given"},
		{"/grey", "not_allowed", "must be one of red or blue"},
		{"/colours/1", "not_allowed", "must be one of red or blue"},
		{"/colours/3", "not_allowed", "must be one of red or blue"},
		{"/floats/1", "type", "must be a finite number"},
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestProblemsNameAValueOnce(t *testing.T) {
	var p check.FieldErrors
	for _, pointer := range []string{"/a", "/a", "/a/b", "/ab", "/c/d", "/c", "/c/d/e", "/c/f", "/", "//x"} {
		p.Add(pointer, "code", "message")
	}
	got := []string{}
	for _, problem := range p {
		got = append(got, problem.Pointer)
	}
	if diff := cmp.Diff([]string{"/a", "/ab", "/c/d", "/c", "/"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	p = nil
	p.Add("", "code", "the whole")
	p.Add("/a", "code", "a part")
	if len(p) != 1 {
		t.Errorf("a part of what is wrong as a whole: %v", p)
	}
}

func TestProblemsAreBounded(t *testing.T) {
	var p check.FieldErrors
	for i := range 1000 {
		p.Add(fmt.Sprintf("/%d", i), "code", "message")
	}
	if len(p) != 100 || p[99].Pointer != "/99" {
		t.Errorf("%d problems, the last %v", len(p), p[len(p)-1])
	}
}

func TestNotZero(t *testing.T) {
	var p check.FieldErrors
	check.NotZero(&p, "/some", bson.ObjectID{1})
	check.NotZero(&p, "/none", bson.ObjectID{})
	if diff := cmp.Diff(check.FieldErrors{{"/none", "required", "must be given"}}, p); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestOverflows(t *testing.T) {
	for _, test := range []struct {
		a, b int64
		want bool
	}{
		{0, 0, false}, {math.MaxInt64, 0, false}, {math.MinInt64, 0, false}, {math.MaxInt64, math.MinInt64, false},
		{math.MaxInt64 - 1, 1, false}, {math.MaxInt64, 1, true}, {1, math.MaxInt64, true},
		{math.MinInt64 + 1, -1, false}, {math.MinInt64, -1, true}, {-1, math.MinInt64, true},
	} {
		if got := check.Overflows(test.a, test.b); got != test.want {
			t.Errorf("%d and %d: %v", test.a, test.b, got)
		}
	}
}
