package command

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/documents"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/server"
)

func documentsCommand(t *terminal) *cobra.Command {
	return group("documents", "Find stored documents that do not fit the schema", checkDocumentsCommand(t))
}

// defaultExamples is how many documents a finding names by default, maxExamples how many it
// names at most.
const (
	defaultExamples = 3
	maxExamples     = 100
)

func checkDocumentsCommand(t *terminal) *cobra.Command {
	var form string
	var only []string
	var run visit.Options
	var opts documents.Options
	cmd := &cobra.Command{
		Use: "check", Short: "Read all documents, and show what does not fit the schema; exit 1 if any does: CI's second gate", Args: noArgument,
	}
	cmd.RunE = withStack(t, func(cmd *cobra.Command, stack *server.Stack, env *environment, _ []string) (err error) {
		if run.Parallel, err = parallelism(cmd, env.MaxPoolSize); err != nil {
			return err
		}
		if opts.Examples < 0 || opts.Examples > maxExamples {
			return fmt.Errorf("--limit takes a number from 0 to %d, not %d", maxExamples, opts.Examples)
		}
		if opts.Collections, err = documents.Select(t.app.Collections, only); err != nil {
			return fmt.Errorf("--collection: %w", err)
		}
		progress := t.progress("check")
		run.Progress = progress.set
		report, err := stack.Fleet.CheckDocuments(cmd.Context(), run, opts)
		progress.end()
		if err != nil {
			return err
		}
		if err := t.documents(form, report); err != nil {
			return err
		}
		if len(report.Findings)+len(report.Failed) > 0 {
			return errNo
		}
		return nil
	})
	tenantFlag(cmd, &run.Tenants)
	namesFlag(cmd, &only, "collection", "only these collections, `NAME,…`")
	cmd.Flags().BoolVar(&opts.Strict, "strict", false, "also find what fits, but no write would store: missing, too long, out of bounds, of another format")
	cmd.Flags().IntVar(&opts.Examples, "limit", defaultExamples, "the number of documents that each finding names")
	cmd.Flags().Int(parallelFlag, defaultParallel, "the number of tenants to check in parallel, at most MAX_POOL_SIZE")
	outputFlag(cmd, &form, asTable, asJSON, asGitHub)
	return cmd
}

// documents prints what was found; tenants whose documents all fit are only counted.
func (t *terminal) documents(form string, r *fleet.DocumentReport) error {
	switch form {
	case asJSON:
		return t.json(r)
	case asGitHub:
		for _, f := range r.Findings {
			t.annotation("error", misfitTitle(&f), misfitText(&f))
		}
		t.annotations("error", "Tenant not checked", r.Failed)
	default:
		t.misfits(r.Findings)
		t.failures("problem", r.Failed)
	}
	_, err := fmt.Fprintf(t.out, "%d tenants, %d documents, %d findings, %d tenants not checked\n", r.Tenants, r.Documents, len(r.Findings), len(r.Failed))
	return err
}

func (t *terminal) misfits(list []documents.Finding) {
	if len(list) == 0 {
		return
	}
	rows := make([]table.Row, len(list))
	for i, f := range list {
		rows[i] = table.Row{f.Collection, f.Path, f.Problem, f.Documents, f.Tenants, exampleText(&f)}
	}
	t.table(table.Row{"collection", "path", "problem", "documents", "tenants", "such as"}, rows)
}

func misfitTitle(f *documents.Finding) string {
	if f.Fits {
		return "Documents that no write would store"
	}
	return "Documents that do not fit"
}

// misfitText returns a finding as one line.
func misfitText(f *documents.Finding) string {
	place := "collection " + f.Collection
	if f.Path != "" {
		place += ", path " + f.Path
	}
	text := fmt.Sprintf("%s %s: %s of %s", place, f.Problem, count(f.Documents, "document"), count(f.Tenants, "tenant"))
	if len(f.Examples) > 0 {
		text += ", such as " + exampleText(f)
	}
	return text
}

func exampleText(f *documents.Finding) string {
	list := make([]string, len(f.Examples))
	for i, e := range f.Examples {
		list[i] = e.Tenant + " " + e.ID
	}
	return strings.Join(list, ", ")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
