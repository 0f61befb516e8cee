package emit

import (
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	long := strings.Repeat("x", 100)
	tests := []struct{ name, text, want string }{
		{"one line", "One is one.", "// One is one."},
		{"white space", "  One\tis  one. ", "// One is one."},
		{"line breaks", "One.\n\nTwo.", "// One.\n//\n// Two."},
		{"nothing", "", "//"},
		{"77 characters", strings.Repeat("x", 70) + " 345678", "// " + strings.Repeat("x", 70) + "\n// 345678"},
		{"76 characters", strings.Repeat("x", 70) + " 34567", "// " + strings.Repeat("x", 70) + " 34567"},
		{"characters, not bytes", strings.Repeat("é", 70) + " ééééé", "// " + strings.Repeat("é", 70) + " ééééé"},
		{"a long word alone", long, "// " + long},
		{"a long word within", "One " + long + " one.", "// One\n// " + long + "\n// one."},
	}
	for _, test := range tests {
		if have := wrap(test.text); have != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, have, test.want)
		}
	}
}

func TestListing(t *testing.T) {
	for _, test := range []struct {
		values []string
		want   string
	}{
		{[]string{"a"}, "a"},
		{[]string{"a", "b"}, "a or b"},
		{[]string{"a", "b", "c"}, "a, b or c"},
	} {
		if have := listing(test.values); have != test.want {
			t.Errorf("%q: %q, want %q", test.values, have, test.want)
		}
	}
}

func TestSentence(t *testing.T) {
	for doc, want := range map[string]string{
		"X is one": "X is one.", "X is one. ": "X is one.", "X is one!": "X is one!", "Is X one?": "Is X one?",
	} {
		if have := sentence(doc); have != want {
			t.Errorf("%q: %q, want %q", doc, have, want)
		}
	}
}

func TestRawLiteral(t *testing.T) {
	check(t, []statement{
		{"plain", rawLiteral("plain"), `"plain"`},
		{"with quotes", rawLiteral(`"x":`), "`\"x\":`"},
		{"with a backslash", rawLiteral(`\d`), "`\\d`"},
		{"with a backquote", rawLiteral("\"`\""), "\"\\\"`\\\"\""},
	})
}
