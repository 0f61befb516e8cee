package rest

import (
	"net/http"
	"testing"
)

// TestPreconditionsOfWrites has a row for each that a request can make of a write: which
// can stand in its filter, and which only the document can tell.
func TestPreconditionsOfWrites(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		match, noneMatch string
		ok               bool
		conditions       int
		code             string // what becomes of it, where the tag is "1-2"
	}{
		"none":                  {"", "", false, 0, "if_match_required"},
		"what is not to be":     {"", `"1-3"`, false, 0, "if_match_required"},
		"whatever it is":        {"*", "", true, 0, ""},
		"a state":               {`"1-2"`, "", true, 1, ""},
		"another state":         {`"1-3"`, "", true, 1, "stale"},
		"weakly":                {`W/"1-2"`, "", false, 0, "stale"},
		"one of two":            {`"1-2", "1-3"`, "", false, 0, ""},
		"none of two":           {`"1-4", "1-3"`, "", false, 0, "stale"},
		"no state":              {`"x"`, "", false, 0, "stale"},
		"nothing in quotes":     {`""`, "", false, 0, "stale"},
		"a state, not another":  {`"1-2"`, `"1-3"`, false, 0, ""},
		"a state, not that one": {`"1-2"`, `"1-2"`, false, 0, "precondition_failed"},
		"whatever, but none":    {"*", "*", false, 0, "precondition_failed"},
	} {
		p, err := preconditionsOf(http.Header{headerIfMatch: {test.match}, headerIfNoneMatch: {test.noneMatch}})
		if err != nil {
			t.Fatal(err)
		}
		opts, ok := p.options("updatedAt")
		if ok != test.ok || ok && len(opts) != test.conditions {
			t.Errorf("%s: %d conditions, %v", name, len(opts), ok)
		}
		code := ""
		if err := p.checkWrite(`"1-2"`); err != nil {
			code = problemOf(err).Code
		}
		if code != test.code {
			t.Errorf("%s: %s", name, code)
		}
	}
	for _, h := range []http.Header{{headerIfMatch: {"x"}}, {headerIfNoneMatch: {"x"}}} {
		if _, err := preconditionsOf(h); said(err) != "header_invalid" {
			t.Errorf("%v: %v", h, err)
		}
	}
}
