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

// terminal is the environment of a command: results go to out, everything else to
// err.
type terminal struct {
	app      server.App
	in       io.Reader
	out, err io.Writer
	// interactive reports whether there is somebody to ask.
	interactive bool
	// columns is the width of out, 0 if it is no terminal.
	columns int
}

// results is an output that remembers a failed write.
type results struct {
	io.Writer
	failure error
}

// Write writes text until a write fails.
func (r *results) Write(text []byte) (int, error) {
	if r.failure != nil {
		return 0, r.failure
	}
	n, err := r.Writer.Write(text)
	r.failure = err
	return n, err
}

// Forms of output.
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

// printError prints an error on standard error.
func (t *terminal) printError(err error) {
	_, _ = fmt.Fprintln(t.err, "tenantctl:", printable(err.Error()))
}

// printable escapes the control characters of a text: names and messages come from
// databases that others write to.
func printable(text string) string {
	var b strings.Builder
	for _, r := range text {
		if isControl(r) {
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isControl reports whether a terminal interprets a character instead of showing
// it.
func isControl(r rune) bool {
	return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}

func (t *terminal) json(v any) error {
	enc := json.NewEncoder(t.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// wideColumns are the headings of columns with sentences, which are wrapped at
// wideColumnWidth characters.
var wideColumns = []string{"detail", "problem", "collections", "such as", "to do", "why no run can migrate it"}

const (
	wideColumnWidth = 72
	// minColumnWidth is how narrow a column may get for a table to fit the
	// terminal.
	minColumnWidth = 10
	// separatorWidth is the width between columns.
	separatorWidth = 3
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

// widths returns the widths of the columns: that of their contents, except for
// sentences, such that the table fits a terminal of that many columns, 0 for none.
func widths(header table.Row, rows []table.Row, columns int) []int {
	list := make([]int, len(header))
	total := 1
	for i := range header {
		for _, row := range append([]table.Row{header}, rows...) {
			list[i] = max(list[i], text.LongestLineLen(fmt.Sprint(row[i])))
		}
		if slices.Contains(wideColumns, fmt.Sprint(header[i])) {
			list[i] = min(list[i], wideColumnWidth)
		}
		total += list[i] + separatorWidth
	}
	for columns > 0 && total > columns {
		at := slices.Index(list, slices.Max(list))
		if list[at] <= minColumnWidth {
			break
		}
		list[at]--
		total--
	}
	return list
}
