package command

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/server"
)

// terminal is what a command works with, and where it reads and writes: results go
// to out, everything else to err.
type terminal struct {
	app      server.App
	in       io.Reader
	out, err io.Writer
	// asks says that somebody is there to answer.
	asks bool
	// columns are how wide out is, 0 if it is no terminal.
	columns int
}

// results is an output that remembers why it could not be written to.
type results struct {
	io.Writer
	failure error
}

// Write passes text on until that fails.
func (r *results) Write(text []byte) (int, error) {
	if r.failure != nil {
		return 0, r.failure
	}
	n, err := r.Writer.Write(text)
	r.failure = err
	return n, err
}

// The forms of output.
const (
	asTable  = "table"
	asJSON   = "json"
	asGitHub = "github"
)

// outputFlag adds --output, which takes one of forms, the first by default.
func outputFlag(cmd *cobra.Command, form *string, forms ...string) {
	cmd.Flags().StringVarP(form, "output", "o", forms[0], strings.Join(forms, ", "))
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if !slices.Contains(forms, *form) {
			return fmt.Errorf("--output takes %s, not %q", strings.Join(forms, ", "), *form)
		}
		return nil
	}
}

// complain says on standard error what is wrong.
func (t *terminal) complain(err error) {
	_, _ = fmt.Fprintln(t.err, "tenantctl:", printable(err.Error()))
}

// printable is text with the characters written out that would steer a terminal: names
// and messages come from databases that others write to.
func printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		if steers(r) {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// steers says that a terminal does something else with a character than show it.
func steers(r rune) bool {
	return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}

func (t *terminal) json(v any) error {
	enc := json.NewEncoder(t.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// wide are the headings of columns of sentences, which are broken into lines of
// widest characters.
var wide = []string{"detail", "problem", "to do", "why no run touches it"}

const (
	widest = 72
	// narrowest is how narrow a column gets for a table to fit the terminal.
	narrowest = 10
	// rules are what stands between the columns, for each.
	rules = 3
)

func (t *terminal) table(header table.Row, rows []table.Row) {
	for _, row := range rows {
		for i, cell := range row {
			if text, ok := cell.(string); ok {
				row[i] = printable(text)
			}
		}
	}
	w := table.NewWriter()
	w.SetOutputMirror(t.out)
	w.SetStyle(table.StyleLight)
	var columns []table.ColumnConfig
	for i, width := range widths(header, rows, t.columns) {
		columns = append(columns, table.ColumnConfig{Number: i + 1, WidthMax: width, WidthMaxEnforcer: text.WrapSoft})
	}
	w.SetColumnConfigs(columns)
	w.AppendHeader(header)
	w.AppendRows(rows)
	w.Render()
}

// widths are those of the columns: what they hold, but for sentences, and such that the
// table fits a terminal of so many columns, 0 for one that is none.
func widths(header table.Row, rows []table.Row, columns int) []int {
	list := make([]int, len(header))
	total := 1
	for i := range header {
		for _, row := range append([]table.Row{header}, rows...) {
			list[i] = max(list[i], text.LongestLineLen(fmt.Sprint(row[i])))
		}
		if slices.Contains(wide, fmt.Sprint(header[i])) {
			list[i] = min(list[i], widest)
		}
		total += list[i] + rules
	}
	for columns > 0 && total > columns {
		at := slices.Index(list, slices.Max(list))
		if list[at] <= narrowest {
			break
		}
		list[at]--
		total--
	}
	return list
}
