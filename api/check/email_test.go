package check_test

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/check"
)

func TestFoldEmail(t *testing.T) {
	for address, want := range map[string]string{
		"": "", " ": "", "Ada@Example.COM": "ada@example.com", "\u00a0ÄDA@x\r\n": "äda@x", "a b@c": "a b@c",
		// NFC, in the local part and the domain
		"cafe\u0301@example.com": "café@example.com", "CAFE\u0301@EXAMPLE.com": "café@example.com",
		"ada@cafe\u0301.example": "ada@xn--caf-dma.example", "\u212a@example.com": "k@example.com",
		// characters that only format
		"\u200bada@example.com": "ada@example.com", "a\u00adda@example.com": "ada@example.com", "\u202eada\u202c@example.com": "ada@example.com",
		"ada@exam\u200bple.com\ufeff": "ada@example.com", " \ufeff ada@example.com \u200e ": "ada@example.com",
		"a\u200dda@example.com": "ada@example.com", "\U000e0041ada@example.com": "ada@example.com",
		// the domain as DNS has it
		"ada@münchen.de": "ada@xn--mnchen-3ya.de", "ada@MÜNCHEN.DE": "ada@xn--mnchen-3ya.de", "ada@XN--MNCHEN-3YA.de": "ada@xn--mnchen-3ya.de",
		"ada@faß.de": "ada@xn--fa-hia.de", "ada@example\u3002com": "ada@example.com", "ada@ｅｘａｍｐｌｅ.com": "ada@example.com",
		"ada@نامه\u200cای.com": "ada@xn--mgba3gch31f060k.com",
		// dots at the end
		"ada@example.com.": "ada@example.com", "ada@münchen.de.": "ada@xn--mnchen-3ya.de", "ada@example.com\u3002": "ada@example.com",
		"ada@example.com. ": "ada@example.com", "ada.": "ada.", "ada@.": "ada@.", "ada@example.com..": "ada@example.com..",
		// what is no address stays one that is none
		"ada@ex..com": "ada@ex..com", "ada@ü..com": "ada@xn--tda..com", "ada@a\u200dü.com": "ada@a\u200dü.com", "ada@ü@b": "ada@ü@b", "@": "@",
		"ü@x@": "ü@x@", "ada@ü b.com": "ada@ü b.com", "a @b": "a @b", "a@ b": "a@ b",
	} {
		if got := check.FoldEmail(address); got != want {
			t.Errorf("%q folds to %q, want %q", address, got, want)
		}
	}
}

// TestFoldEmailByByte has each byte at each place among eight.
func TestFoldEmailByByte(t *testing.T) {
	for at := range 19 {
		for c := range 256 {
			b := []byte("ada.lovelace@exampl")
			b[at] = byte(c)
			want := strings.ToLower(strings.TrimSpace(string(b)))
			if at == 18 {
				want = strings.TrimSuffix(want, ".")
			}
			if got := check.FoldEmail(string(b)); got != want {
				t.Errorf("%q folds to %q, want %q", b, got, want)
			}
		}
	}
}

// What is folded is found without folding it: this keeps it quick.
func TestIsFolded(t *testing.T) {
	for at := range 19 {
		for c := range 256 {
			b := []byte("ada.lovelace@exampl")
			b[at] = byte(c)
			want := ' ' < c && c < 0x80 && (c < 'A' || 'Z' < c)
			if check.IsFolded(string(b)) != want || check.IsFolded(string(b[at:])) != want {
				t.Errorf("%q: %v", b, !want)
			}
		}
	}
}

// TestLongDomainsAreLeftAlone: to bring them to ASCII takes the square of their
// length, and none of them is an address.
func TestLongDomainsAreLeftAlone(t *testing.T) {
	for _, domain := range []string{strings.Repeat("ü", 1<<20), "xn--" + strings.Repeat("a", 1<<20), strings.Repeat("ü", 509)} {
		address := "ada@" + domain
		if got := check.FoldEmail(strings.ToUpper(address)); got != address {
			t.Errorf("%d bytes fold to %d: %.20q…", len(address), len(got), got)
		}
		var p check.FieldErrors
		if (&check.Text{Format: check.Email}).Check(&p, "/email", address); len(p) != 1 || p[0].Code != "format" {
			t.Errorf("%d bytes: %v", len(address), p)
		}
	}
}

// anyAddress draws what has the parts of an address, in odd shapes.
func anyAddress(t *rapid.T) string {
	odd := rapid.SampledFrom([]string{
		"a", "B", "é", "e\u0301", "É", "İ", "ß", "ẞ", "\u200b", "\u200c", "\u200d", "\u00ad", "ü", "U\u0308", "\u3002", ".", "..", "@", " ", "xn--", "-", "_",
		"\u0345", "ς", "Σ", "ǅ", "\u1e9e", "ｅ", "Å", "\u212b", "\u0915\u094d\u200d", "א", "1", "\U0001f600", "\ufeff", "\x00", "\u0130", "\u0958", "\u2126", "ᾼ",
	})
	part := rapid.OneOf(odd, rapid.StringN(0, 3, -1))
	return strings.Join(rapid.SliceOfN(part, 0, 8).Draw(t, "parts"), "")
}

// TestFoldedStaysFolded: a folded address is its own form, or it would be another
// one each time it is stored.
func TestFoldedStaysFolded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		folded := check.FoldEmail(anyAddress(t))
		if again := check.FoldEmail(folded); again != folded {
			t.Errorf("%q folds to %q", folded, again)
		}
	})
}

// TestFormOfAddresses: what is taken for an address is stored in the form that is
// promised.
func TestFormOfAddresses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		address := "a" + anyAddress(t) + rapid.SampledFrom([]string{"@", "@x", ""}).Draw(t, "at") + anyAddress(t)
		var p check.FieldErrors
		if (&check.Text{Required: true, Format: check.Email}).Check(&p, "/email", address); len(p) > 0 {
			t.Skip("no address")
		}
		folded := check.FoldEmail(address)
		local, domain, _ := strings.Cut(folded, "@")
		format := func(r rune) bool { return unicode.Is(unicode.Cf, r) || unicode.IsSpace(r) }
		beyond := func(r rune) bool { return r > unicode.MaxASCII }
		if !norm.NFC.IsNormalString(folded) || folded != strings.ToLower(folded) || strings.ContainsFunc(folded, format) ||
			local == "" || strings.ContainsFunc(domain, beyond) || strings.Contains("."+domain+".", "..") {
			t.Errorf("%q is stored as %q", address, folded)
		}
	})
}

func TestBeginningOfAnAddress(t *testing.T) {
	for beginning, want := range map[string]string{
		"ADA": "ada", " ada@Exa": "ada@exa", "ada@example.": "ada@example.", "ada ": "ada ", " ": " ", "": "",
		"CAFE\u0301": "café", "\u200bada": "ada", "\u200b": "\u200b", "ada@xn--M": "ada@xn--m",
	} {
		if got := check.FoldEmailPrefix(beginning); got != want {
			t.Errorf("%q begins with %q, want %q", beginning, got, want)
		}
	}
}

func TestComposeText(t *testing.T) {
	for text, want := range map[string]string{"": "", "cafe\u0301": "café", "ＡＢ  c": "ＡＢ  c", "\u200b": "\u200b", "\xff": "\xff"} {
		if got := check.ComposeText(text); got != want {
			t.Errorf("%q is composed to %q, want %q", text, got, want)
		}
	}
}
