package check_test

import (
	"strings"
	"testing"

	"github.com/partywall/partywall/api/check"
)

func TestFormats(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 63)
	for _, test := range []struct {
		name   string
		format *check.Format
		good   map[string]string // as they are stored
		bad    []string
	}{
		{
			"URL", check.URL,
			map[string]string{"https://example.com": "https://example.com", "http://[::1]:8080/a%20b?c=d#e": "http://[::1]:8080/a%20b?c=d#e", "https://bücher.example/": "https://bücher.example/"},
			[]string{"", "example.com", "//example.com", "ftp://example.com", "https://", "https://:80/", "http://u:p@example.com", "https://a b", "https://a\n", "javascript:alert(1)", "https://a\x00", "http://%zz"},
		},
		{
			"UUID", check.UUIDText,
			map[string]string{"123E4567-e89b-42d3-a456-426614174000": "123e4567-e89b-42d3-a456-426614174000"},
			[]string{"", "123e4567e89b42d3a456426614174000", "{123e4567-e89b-42d3-a456-426614174000}", "123e4567-e89b-42d3-a456-42661417400g", "123e4567-e89b-42d3-a456-426614174000\n"},
		},
		{
			"host name", check.Hostname,
			map[string]string{"a": "a", "WWW.Example.COM.": "www.example.com", "bücher.example": "xn--bcher-kva.example", long + ".a": long + ".a", "127.0.0.1": "127.0.0.1"},
			[]string{"", ".", "a..b", "-a.b", "a-.b", "a_b.c", "a b", long + "a.b", strings.Repeat("a.", 127) + "aa", "xn--a", "a\n", strings.Repeat("ü", 2000)},
		},
		{
			"telephone number", check.E164,
			map[string]string{"+4930123456": "+4930123456", "+123456789012345": "+123456789012345", "+12": "+12"},
			[]string{"", "+1", "030123456", "+49 30 123456", "+0123", "+1234567890123456", "4930123456", "+49a"},
		},
		{"date", check.Date, map[string]string{"2028-02-29": "2028-02-29", "0001-01-01": "0001-01-01"}, []string{"", "2026-02-29", "2026-2-1", "2026-02-01T00:00:00Z", "26-02-01", "2026-13-01"}},
		{
			"time zone", check.TimeZone, map[string]string{"UTC": "UTC", "Europe/Berlin": "Europe/Berlin", "America/Argentina/Ushuaia": "America/Argentina/Ushuaia"},
			[]string{"", "Local", "Berlin", "../../etc/passwd", "/etc/localtime", "Europe/Berlin\n", "europe"},
		},
		{"currency", check.Currency, map[string]string{"eur": "EUR", "CHF": "CHF"}, []string{"", "EURO", "E", "ZZZ", "€"}},
		{"email", check.Email, map[string]string{" Ada@Example.COM": "ada@example.com"}, []string{"", "ada", "@", "a@b@c"}},
	} {
		rule := check.Text{Format: test.format}
		for text, want := range test.good {
			var errs check.FieldErrors
			if rule.Check(&errs, "/v", text); len(errs) > 0 || rule.Fold(text) != want || rule.Fold(want) != want {
				t.Errorf("%s %q: %v, stored as %q and then %q", test.name, text, errs, rule.Fold(text), rule.Fold(rule.Fold(text)))
			}
		}
		for _, text := range test.bad {
			var errs check.FieldErrors
			if rule.Check(&errs, "/v", text); len(errs) != 1 || errs[0].Code != "format" || !strings.HasPrefix(errs[0].Message, "must be a") && !strings.HasPrefix(errs[0].Message, "must be the") {
				t.Errorf("%s %q: %v", test.name, text, errs)
			}
		}
	}
}

func TestFoldedText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rule                 check.Text
		text, folded, prefix string
		folds                bool
	}{
		{check.Text{}, " Aé ", " Aé ", " Aé ", false},
		{check.Text{Trim: true}, "\u00a0 A b \n", "A b", "A b \n", true},
		{check.Text{Lower: true}, " AÉß ", " aéß ", " aéß ", true},
		{check.Text{Upper: true, Trim: true}, " aé ", "AÉ", "AÉ ", true},
		{check.Text{Format: check.Currency}, "eu", "EU", "EU", true},
		{check.Text{Format: check.URL}, "A", "A", "A", false},
	} {
		if have := test.rule.Fold(test.text); have != test.folded {
			t.Errorf("%+v stores %q as %q", test.rule, test.text, have)
		}
		if have := test.rule.FoldPrefix(test.text); have != test.prefix {
			t.Errorf("%+v begins %q as %q", test.rule, test.text, have)
		}
		if have := test.rule.Folds(); have != test.folds {
			t.Errorf("%+v folds: %v", test.rule, have)
		}
	}
}
