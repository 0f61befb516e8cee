package command

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/indexes"
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

// TestNothingSteersTheTerminal: names come from databases that others write to.
func TestNothingSteersTheTerminal(t *testing.T) {
	t.Parallel()
	const name = "x\x1b[31m\r\u009b2K\u202eü😀"
	const shown = `x\x1b[31m\r\u009b2K\u202eü😀`
	report := &fleet.Report{Tenants: 1, Findings: []indexes.Finding{{Tenant: "one", Collection: "users", Index: name, Problem: indexes.Extra, Detail: "not declared; on " + name}}}
	for form, want := range map[string]string{
		asTable: shown, asGitHub: strings.ReplaceAll(shown, `\r`, "%0D"), asJSON: `x\u001b[31m\r`,
	} {
		var out, errs bytes.Buffer
		term := &terminal{out: &out, err: &errs}
		if err := term.report(form, report, true); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), want) || strings.ContainsAny(out.String(), "\x1b\r") {
			t.Errorf("%s: %q", form, &out)
		}
		term.printError(errors.New(name + "\nand more"))
		if want := "tenantctl: " + shown + "\nand more\n"; errs.String() != want {
			t.Errorf("%q, want %q", &errs, want)
		}
	}
}

// TestIgnoredIndexes are named where that is asked for, and are no drift for workflows.
func TestIgnoredIndexes(t *testing.T) {
	t.Parallel()
	report := &fleet.Report{Tenants: 1, Findings: []indexes.Finding{
		{Tenant: "one", Collection: "users", Index: "old_1", Problem: indexes.Ignored, Detail: "the schema ignores old_*"},
		{Tenant: "one", Collection: "users", Index: "more_1", Problem: indexes.Extra, Detail: "not declared"},
	}}
	var out bytes.Buffer
	if err := (&terminal{out: &out}).report(asGitHub, report, false); err != nil {
		t.Fatal(err)
	}
	const extra = "::error title=Index drift::tenant one, collection users, index more_1 is extra: not declared\n"
	if want := "::notice title=Ignored index::tenant one, collection users, index old_1 is ignored: the schema ignores old_*\n" +
		extra + "1 tenants, 2 findings, 1 open\n"; out.String() != want {
		t.Errorf("%s, want %s", &out, want)
	}
	out.Reset()
	report.OmitIgnored()
	if err := (&terminal{out: &out}).report(asGitHub, report, false); err != nil {
		t.Fatal(err)
	}
	if want := extra + "1 tenants, 1 findings, 1 open\n"; out.String() != want {
		t.Errorf("%s, want %s", &out, want)
	}
}
