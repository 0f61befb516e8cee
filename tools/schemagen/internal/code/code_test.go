package code

import (
	"fmt"
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
		if have := Wrap(test.text); have != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, have, test.want)
		}
	}
}

func TestRawLiteral(t *testing.T) {
	for text, want := range map[string]string{
		"plain": `"plain"`, `"x":`: "`\"x\":`", `\d`: "`\\d`", "\"`\"": "\"\\\"`\\\"\"",
	} {
		if have := fmt.Sprintf("%#v", RawLiteral(text)); have != want {
			t.Errorf("%s: %s, want %s", text, have, want)
		}
	}
}
