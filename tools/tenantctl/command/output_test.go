package command

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
)

// TestTablesFit terminals of any width, as far as a column can still be read.
func TestTablesFit(t *testing.T) {
	header := table.Row{"tenant", "collection", "index", "problem", "detail"}
	sentence := strings.Repeat("documents repeat the keys of another; ", 6)
	rows := []table.Row{
		{"umbrella", "users", "role.name_1_createdAt_-1__id_-1", "different", sentence},
		{strings.Repeat("n", 63), "users", "email_1", "missing", "declared on email"},
	}
	for columns, want := range map[int]int{0: 201, 300: 201, 150: 150, 120: 120, 80: 80, 66: 66, 20: 65} {
		var out bytes.Buffer
		(&terminal{out: &out, columns: columns}).table(header, rows)
		longest := 0
		for line := range strings.Lines(out.String()) {
			longest = max(longest, utf8.RuneCountInString(strings.TrimRight(line, "\n")))
		}
		if longest != want {
			t.Errorf("%d columns: a line has %d, want %d\n%s", columns, longest, want, &out)
		}
		joined := strings.Join(strings.FieldsFunc(out.String(), func(r rune) bool { return strings.ContainsRune("│ \n", r) }), "")
		for _, word := range slices.Concat(strings.Fields(sentence)[:1], []string{"declared"}) {
			if columns != 20 && !strings.Contains(joined, word) {
				t.Errorf("%d columns: %s is lost\n%s", columns, word, &out)
			}
		}
	}
}
