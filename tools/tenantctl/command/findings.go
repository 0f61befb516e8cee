package command

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/indexes"
)

// report prints the findings; tenants without any are only counted, as are collections
// that are not there yet. A plan also says what ensure would do.
func (t *terminal) report(form string, r *fleet.Report, plan bool) error {
	switch {
	case form == asJSON:
		return t.json(r)
	case form == asGitHub:
		t.annotate(r, plan)
	case len(r.Findings) > 0:
		t.findings(r, plan)
	}
	_, err := fmt.Fprintf(t.out, "%d tenants, %d findings, %d open%s\n", r.Tenants, len(r.Findings), len(r.Open()), notThereYet(r.NotThereYet))
	return err
}

// notThereYet returns how many collections come with their first document, nothing if there is none.
func notThereYet(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "; 1 collection is not there yet"
	}
	return fmt.Sprintf("; %d collections are not there yet", n)
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

func problemText(f indexes.Finding) string {
	if f.Done {
		return string(f.Problem) + ", repaired"
	}
	return string(f.Problem)
}

// remedyText returns what ensure would do, and which flag it needs for that.
func remedyText(f *indexes.Finding) string {
	text, known := remedies[f.Remedy]
	switch {
	case !known:
		return "do nothing"
	case f.TakesPrune():
		return text + ", with --prune"
	}
	return text
}

var remedies = map[indexes.Remedy]string{
	indexes.Create:  "create it with its indexes",
	indexes.Build:   "build it",
	indexes.Change:  "change it",
	indexes.Convert: "make it unique",
	indexes.Replace: "build the new one, then drop it",
	indexes.Rebuild: "drop it, then build it",
	indexes.Drop:    "drop it",
	indexes.Refuse:  "refuse",
}

// annotate prints the findings as workflow commands, which GitHub shows with the
// run: errors for what is open, notices for what was repaired or is no drift, and
// for a plan.
func (t *terminal) annotate(r *fleet.Report, plan bool) {
	for _, f := range r.Findings {
		level, title, text := "error", "Index drift", f.String()
		switch {
		case f.Done:
			level, title = "notice", "Index drift, repaired"
		case f.Problem == indexes.Renamed:
			level, title = "notice", "Index with another name"
		case f.Problem == indexes.Ignored:
			level, title = "notice", "Ignored index"
		case plan && (f.Remedy == "" || f.Remedy == indexes.Refuse):
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

// annotationEscapes are the escapes in the messages of workflow commands.
var annotationEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
