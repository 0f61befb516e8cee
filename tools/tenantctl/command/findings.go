package command

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/partywall/partywall/api/fleet"
)

// report prints what was found; tenants that agree are only counted. A plan also
// says what ensure would do.
func (t *terminal) report(form string, r *fleet.Report, plan bool) error {
	switch {
	case form == asJSON:
		return t.json(r)
	case form == asGitHub:
		t.annotate(r, plan)
	case len(r.Findings) > 0:
		t.findings(r, plan)
	}
	_, err := fmt.Fprintf(t.out, "%d tenants, %d findings, %d open\n", r.Tenants, len(r.Findings), len(r.Open()))
	return err
}

func (t *terminal) findings(r *fleet.Report, plan bool) {
	header := table.Row{"tenant", "collection", "index", "problem", "detail"}
	if plan {
		header = append(header, "ensure would")
	}
	rows := make([]table.Row, len(r.Findings))
	for i, f := range r.Findings {
		rows[i] = table.Row{f.Tenant, f.Collection, f.Index, problemText(f), f.Detail}
		if plan {
			rows[i] = append(rows[i], remedyText(&f))
		}
	}
	t.table(header, rows)
}

func problemText(f fleet.Finding) string {
	if f.Done {
		return string(f.Problem) + ", mended"
	}
	return string(f.Problem)
}

// remedyText is what ensure would do, and what it takes to make it do so.
func remedyText(f *fleet.Finding) string {
	text, known := remedies[f.Remedy]
	switch {
	case !known:
		return "do nothing"
	case f.TakesPrune():
		return text + ", with --prune"
	}
	return text
}

var remedies = map[fleet.Remedy]string{
	fleet.Create:  "create it with its indexes",
	fleet.Build:   "build it",
	fleet.Change:  "change it",
	fleet.Convert: "make it unique",
	fleet.Replace: "build another beside it, then drop it",
	fleet.Rebuild: "drop it, then build it",
	fleet.Drop:    "drop it",
	fleet.Refuse:  "refuse",
}

// annotate prints the findings as workflow commands, which GitHub shows beside the
// run: errors for what is open, notices for what was mended or is no drift, and for a
// plan.
func (t *terminal) annotate(r *fleet.Report, plan bool) {
	for _, f := range r.Findings {
		level, title, text := "error", "Index drift", f.String()
		switch {
		case f.Done:
			level, title = "notice", "Index drift, mended"
		case f.Problem == fleet.Renamed:
			level, title = "notice", "Index of another name"
		case plan && (f.Remedy == "" || f.Remedy == fleet.Refuse):
			level = "warning"
		case plan:
			level = "notice"
		}
		if plan {
			title, text = "Index plan", text+"; ensure would "+remedyText(&f)
		}
		t.annotation(level, title, text)
	}
}

// annotation prints a workflow command.
func (t *terminal) annotation(level, title, text string) {
	_, _ = fmt.Fprintf(t.out, "::%s title=%s::%s\n", level, title, printable(annotationEscapes.Replace(text)))
}

// annotationEscapes are those of workflow commands' messages.
var annotationEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
