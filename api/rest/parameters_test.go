package rest

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestParseQuery has a row for each way to write a query, and for each that could
// be read as another one.
func TestParseQuery(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]url.Values{
		"":                            {},
		"a=b":                         {"a": {"b"}},
		"a":                           {"a": {""}},
		"a=":                          {"a": {""}},
		"a=b=c":                       {"a": {"b=c"}},
		"a=1&b=2&a=3":                 {"a": {"1", "3"}, "b": {"2"}},
		"&&a=1&&b=2&":                 {"a": {"1"}, "b": {"2"}},
		"a+b=c+d":                     {"a b": {"c d"}},
		"a=%2B%26%3D%3B%25%23":        {"a": {"+&=;%#"}},
		"a[gte]=1&a%5Blt%5D=2":        {"a[gte]": {"1"}, "a[lt]": {"2"}},
		"a=%e3%81%93&b=こ&c=caf%C3%A9": {"a": {"こ"}, "b": {"こ"}, "c": {"café"}},
		"a=?/:@!$'()*,":               {"a": {"?/:@!$'()*,"}},
	} {
		got, err := parseQuery(raw)
		if err != nil {
			t.Errorf("%q: %v", raw, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q:\n%s", raw, diff)
		}
	}
	for raw, want := range map[string]string{
		"email=no;body@x.example": "email has a ; that might separate parameters; write it as %3B",
		"limit=1;":                "limit has a ; that might separate parameters; write it as %3B",
		"limit=1;email=x":         "limit has a ; that might separate parameters; write it as %3B",
		"a;b=1":                   "has a ; that might separate parameters; write it as %3B",
		"a%3Bb=1;":                "a;b has a ; that might separate parameters; write it as %3B",
		"email=100%@x.example":    "email has a % that is not followed by two hexadecimal digits; write % as %25",
		"email=%zz":               "email has a % that is not followed by two hexadecimal digits; write % as %25",
		"a=1&after=%":             "after has a % that is not followed by two hexadecimal digits; write % as %25",
		"a=%4":                    "a has a % that is not followed by two hexadecimal digits; write % as %25",
		"%zz=1":                   "has a % that is not followed by two hexadecimal digits; write % as %25",
		"=x":                      "has no name before its =",
		"=":                       "has no name before its =",
		"a=1&=2":                  "has no name before its =",
		"a=1#b":                   "a has a # that might end the query; write it as %23",
		"a=%ff":                   "a is not UTF-8",
		"a=\xff":                  "a is not UTF-8",
		"a=%c0%80":                "a is not UTF-8",
		"a=%ed%a0%80":             "a is not UTF-8",
		"%e3%81=1":                "is not UTF-8",
		"a=b%00":                  "a has the character U+0000",
		"a%00=b":                  "has the character U+0000",
		strings.Repeat("a=1&", maxParameters) + "email": "has more than 1000 parameters",
	} {
		query, err := parseQuery(raw)
		var p *problem
		if !errors.As(err, &p) || p.Status != 400 || p.Code != "query_invalid" || p.Detail != "The query cannot be served: "+want || query != nil {
			t.Errorf("%.60q: %v, %v", raw, query, err)
		}
	}
	if query, err := parseQuery(strings.Repeat("a=1&", maxParameters)); err != nil || len(query["a"]) != maxParameters {
		t.Errorf("as many as there may be: %v", err)
	}
}

// TestParseQueryAgrees reads any text as net/url does, or not at all, and what
// net/url writes as it was meant.
func TestParseQueryAgrees(t *testing.T) {
	t.Parallel()
	text := rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune("a=&;%+#25zF\x00[]é")), rapid.Rune()))
	rapid.Check(t, func(t *rapid.T) {
		raw := text.Draw(t, "raw")
		got, err := parseQuery(raw)
		want, theirs := url.ParseQuery(raw)
		switch {
		case err == nil && theirs != nil:
			t.Fatalf("%q is read as %v, but %v", raw, got, theirs)
		case err == nil && !cmp.Equal(got, want):
			t.Fatalf("%q is read as %v, want %v", raw, got, want)
		}
	})
	plain := rapid.String().Filter(func(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, 0) })
	named := rapid.MapOfN(plain.Filter(func(s string) bool { return s != "" }), rapid.SliceOfN(plain, 1, 3), 0, 5)
	rapid.Check(t, func(t *rapid.T) {
		want := url.Values(named.Draw(t, "query"))
		got, err := parseQuery(want.Encode())
		if err != nil || !cmp.Equal(got, want) {
			t.Fatalf("%q is read as %v, %v", want.Encode(), got, err)
		}
	})
}
