package rest

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/partywall/partywall/api/store"
)

// TestEntityTagsAreRead has a row for each form of RFC 9110, section 8.8.3, and
// for what looks like one.
func TestEntityTagsAreRead(t *testing.T) {
	for name, test := range map[string]struct {
		lines []string
		any   bool
		tags  []string
	}{
		"none":                   {nil, false, nil},
		"an empty line":          {[]string{""}, false, nil},
		"one":                    {[]string{`"a"`}, false, []string{`"a"`}},
		"an empty one":           {[]string{`""`}, false, []string{`""`}},
		"a weak one":             {[]string{`W/"a"`}, false, []string{`W/"a"`}},
		"several":                {[]string{`"a", W/"b"` + "\t,\"c\""}, false, []string{`"a"`, `W/"b"`, `"c"`}},
		"several lines":          {[]string{`"a"`, `"b","c"`}, false, []string{`"a"`, `"b"`, `"c"`}},
		"empty elements":         {[]string{`,, "a" ,, "b",`, "", `,"c"`}, false, []string{`"a"`, `"b"`, `"c"`}},
		"commas within":          {[]string{`"a,b", ",", "\"`}, false, []string{`"a,b"`, `","`, `"\"`}},
		"a comma over two lines": {[]string{`"a`, `b"`}, false, []string{`"a,b"`}},
		"an asterisk within":     {[]string{`"*", W/"*"`}, false, []string{`"*"`, `W/"*"`}},
		"more than ASCII":        {[]string{`"caf` + "\xe9" + `"`}, false, []string{`"caf` + "\xe9" + `"`}},
		"anything":               {[]string{`*`}, true, nil},
		"anything, with blanks":  {[]string{" *\t"}, true, nil},
	} {
		got, err := readEntityTags(http.Header{headerIfMatch: test.lines}, headerIfMatch)
		if err != nil || got.any != test.any || !slices.Equal(got.tags, test.tags) {
			t.Errorf("%s: %v %v", name, got, err)
		}
	}
	for _, lines := range [][]string{
		{`a`}, {`'a'`}, {`"a`}, {`a"`}, {`"`}, {`W/`}, {`W/a`}, {`W/ "a"`}, {`w/"a"`}, {`W"a"`}, {`"a" "b"`}, {`"a";"b"`}, {`"a"b`},
		{`"a", b`}, {`*, "a"`}, {`"a"`, `*`}, {`*`, `*`}, {`**`}, {`"a b"`}, {"\"a\tb\""}, {"\"\x7f\""}, {"\"\x00\""},
	} {
		_, err := readEntityTags(http.Header{headerIfMatch: lines}, headerIfMatch)
		var p *problem
		if !errors.As(err, &p) || p.Status != http.StatusBadRequest || p.Code != "header_invalid" {
			t.Errorf("%q: %v", lines, err)
		}
	}
}

// TestPreconditions has a row for each way that a document's tag and what a
// request lists can compare (RFC 9110, sections 8.8.3.2 and 13.2.2).
func TestPreconditions(t *testing.T) {
	const tag = `"1-2"`
	for name, test := range map[string]struct {
		match, noneMatch string
		want             error
	}{
		"nothing":               {"", "", nil},
		"the same":              {tag, "", nil},
		"among others":          {`"0-0",` + tag, "", nil},
		"another":               {`"0-0"`, "", store.ErrStale},
		"a part":                {`"1"`, "", store.ErrStale},
		"weak":                  {"W/" + tag, "", store.ErrStale},
		"weak, and another":     {`"0-0",W/` + tag, "", store.ErrStale},
		"whatever there is":     {"*", "", nil},
		"known":                 {"", tag, errNotModified},
		"known, weakly":         {"", "W/" + tag, errNotModified},
		"known among others":    {"", `"0-0", W/` + tag, errNotModified},
		"not known":             {"", `"0-0", W/"0-0"`, nil},
		"none there is":         {"", "*", errNotModified},
		"the same, and known":   {tag, tag, errNotModified},
		"another, and known":    {`"0-0"`, tag, store.ErrStale},
		"the same, not known":   {tag, `"0-0"`, nil},
		"whatever, none at all": {"*", "*", errNotModified},
	} {
		p, err := preconditionsOf(http.Header{headerIfMatch: {test.match}, headerIfNoneMatch: {test.noneMatch}})
		if err != nil {
			t.Fatal(err)
		}
		if got := p.check(tag); !errors.Is(got, test.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
