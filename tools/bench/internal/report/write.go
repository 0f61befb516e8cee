package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Table writes a section for a terminal.
func (s Section) Table(w io.Writer) {
	rows := [][]string{headings}
	for _, r := range s.Rows {
		cells := r.cells()
		cells[len(cells)-1] = strings.Trim(r.Result, "*")
		rows = append(rows, cells)
	}
	widths := make([]int, len(headings))
	for _, cells := range rows {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(plain(cell)))
		}
	}
	var b strings.Builder
	b.WriteString("\n" + s.Title + "\n")
	for _, cells := range rows {
		for i, cell := range cells {
			text := plain(cell)
			b.WriteString(text + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text)+2))
		}
		b.WriteString("\n")
	}
	_, _ = io.WriteString(w, trimLines(b.String()))
}

// plain is Markdown without its marks.
func plain(text string) string { return strings.ReplaceAll(text, "`", "") }

func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// Markdown is a section for a document.
func (s Section) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", s.Title, s.Text)
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(headings)
	b.WriteString(strings.Repeat("|---", len(headings)) + "|\n")
	for _, r := range s.Rows {
		line(r.cells())
	}
	return b.String()
}
