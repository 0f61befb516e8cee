package server_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/server"
)

// TestDomains has a row for what hosts can be below, and for what looks like it.
func TestDomains(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a.", 124) + "com" // 251 characters
	for text, want := range map[string]server.Domains{
		"app.example.com":                 {"app.example.com"},
		" App.Example.COM ":               {"app.example.com"},
		"localhost":                       {"localhost"},
		"a.example,b.example , c.example": {"a.example", "b.example", "c.example"},
		"example.com,anexample.com":       {"example.com", "anexample.com"},
		"bücher.example":                  {"xn--bcher-kva.example"},
		"xn--bcher-kva.example":           {"xn--bcher-kva.example"},
		"ａｐｐ.example":                     {"app.example"},
		"3com.example":                    {"3com.example"},
		long:                              {long},
	} {
		var got server.Domains
		if err := got.UnmarshalText([]byte(text)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"": "number 1 is none", ",": "number 1 is none", "a.example,": "number 2 is none", ".": "number 1 is none", "app.example.com.": "number 1 is none",
		".example.com": "number 1 is none", "a..example": "number 1 is none", "*.example.com": "number 1 is none", "https://example.com": "number 1 is none",
		"example.com:8080": "number 1 is none", "example.com/": "number 1 is none", "a b": "number 1 is none", "a_b.example": "number 1 is none",
		"-a.example": "number 1 is none", "127.0.0.1": "number 1 is none", "[::1]": "number 1 is none", "::1": "number 1 is none", "1": "number 1 is none",
		"xn--a.example": "number 1 is none", "a" + long: "number 1 is none", strings.Repeat("a", 64) + ".example": "number 1 is none",
		"a.example,A.example": "number 2 is listed twice", "bücher.example,xn--bcher-kva.example": "number 2 is listed twice",
		"example.com,app.example.com": "number 2 is below another", "app.example.com,b.example,example.com": "number 3 is below another, or another below it",
	} {
		var got server.Domains
		if err := got.UnmarshalText([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q passes as %q, %v", text, got, err)
		}
	}
}
