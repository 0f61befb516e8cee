package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/partywall/partywall/tools/bench/internal/report"
)

// missed are the rows that miss their targets, by the reason why. Rows with one reason
// stand together.
type missed []missedRows

type missedRows struct {
	why string
	// rows are as the report has them, with their section's title first.
	rows []string
}

func missedBy(measured []report.Section) (m missed) {
	for _, s := range measured {
		for _, row := range s.Missed() {
			m = m.with(capital(reason(s.Title, row.What)), fmt.Sprintf("%s: %s (%s)", s.Title, row.What, row.Target))
		}
	}
	return m
}

func (m missed) with(why string, rows ...string) missed {
	i := slices.IndexFunc(m, func(r missedRows) bool { return r.why == why })
	if i < 0 {
		return append(m, missedRows{why, rows})
	}
	m[i].rows = append(m[i].rows, rows...)
	return m
}

// without leaves out the rows of sections.
func (m missed) without(titles []string) (left missed) {
	for _, r := range m {
		rows := slices.DeleteFunc(slices.Clone(r.rows), func(row string) bool {
			return slices.ContainsFunc(titles, func(title string) bool { return strings.HasPrefix(row, title+": ") })
		})
		if len(rows) > 0 {
			left = append(left, missedRows{r.why, rows})
		}
	}
	return left
}

const (
	missedTitle = "What is missed"
	nothing     = "Nothing."
	whyMark     = "- "
	rowMark     = "  - "
)

func (m missed) markdown() string {
	var b strings.Builder
	b.WriteString("\n## " + missedTitle + "\n\n")
	for _, r := range m {
		fmt.Fprintf(&b, "%s%s:\n%s%s\n", whyMark, r.why, rowMark, strings.Join(r.rows, "\n"+rowMark))
	}
	if len(m) == 0 {
		b.WriteString(nothing + "\n")
	}
	return b.String()
}

// parseMissed reads what markdown wrote.
func parseMissed(text string) (m missed, err error) {
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		switch row, isRow := strings.CutPrefix(line, rowMark); {
		case isRow && len(m) > 0:
			m[len(m)-1].rows = append(m[len(m)-1].rows, row)
		case strings.HasPrefix(line, whyMark) && strings.HasSuffix(line, ":"):
			m = append(m, missedRows{why: strings.TrimSuffix(strings.TrimPrefix(line, whyMark), ":")})
		case line != nothing:
			return nil, fmt.Errorf("%s: %.60q is neither a reason nor a row", missedTitle, line)
		}
	}
	return m, nil
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
