package command

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

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

func (t *terminal) json(v any) error {
	enc := json.NewEncoder(t.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// wide are the headings of columns of sentences, which are broken into lines of
// widest characters.
var wide = []string{"detail", "problem", "to do", "why no run touches it"}

const widest = 72

func (t *terminal) table(header table.Row, rows []table.Row) {
	w := table.NewWriter()
	w.SetOutputMirror(t.out)
	w.SetStyle(table.StyleLight)
	var columns []table.ColumnConfig
	for _, name := range wide {
		columns = append(columns, table.ColumnConfig{Name: name, WidthMax: widest, WidthMaxEnforcer: text.WrapSoft})
	}
	w.SetColumnConfigs(columns)
	w.AppendHeader(header)
	w.AppendRows(rows)
	w.Render()
}
