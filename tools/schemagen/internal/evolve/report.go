package evolve

import (
	"fmt"
	"io"
	"strings"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// Report writes what the changes mean for stored documents, grouped by collection.
func (r Result) Report(w io.Writer) error {
	var b strings.Builder
	collection := ""
	for _, c := range r.Changes {
		if c.Collection != collection {
			collection = c.Collection
			fmt.Fprintf(&b, "%s, whose documents are stored:\n", collection)
		}
		fmt.Fprintf(&b, "  %-7s  %s %s\n", c.Severity, c.Path, c.What)
		if c.Severity != Needed {
			continue
		}
		for _, line := range r.carried(c) {
			fmt.Fprintf(&b, "           %s\n", line)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// carried returns what is done about a change that needs something.
func (r Result) carried(c Change) []string {
	switch {
	case c.Reason() != "":
		return []string{"no migration: " + c.Reason()}
	case c.Unreached:
		return []string{unreached}
	}
	return c.Up
}

// unreached says what is done where no migration can do anything.
const unreached = "no migration reaches the admin database: let the program read both"

// Owed returns a line for each change that is owed a migration; command is how schemagen
// is run.
func Owed(owed []Change, command string) string {
	lines := make([]string, len(owed))
	for i, c := range owed {
		lines[i] = fmt.Sprintf("%s%s %s; %s", position(c.At), c.Path+":", c.What, c.remedy(command))
	}
	return strings.Join(lines, "\n")
}

func (c Change) remedy(command string) string {
	const say = "say so beside it: " + kinds.ReasonMark + "reason"
	remedy := fmt.Sprintf("write a migration: %s migration NAME, or, if none is needed, %s", command, say)
	if c.Unreached {
		remedy = unreached + ", then " + say
	}
	if c.At.Reason != "" {
		remedy += ". The reason there was given for an earlier change"
	}
	return remedy
}

// String returns one line that says what to do.
func (i Idle) String() string {
	return fmt.Sprintf("warning: %s%s: has a reason for having no migration, and needs none; remove the comment", position(i.At), i.Path)
}

// position returns where a message is about, followed by a colon and a space.
func position(at kinds.Place) string {
	switch {
	case at.Source == "":
		return ""
	case at.Line == 0:
		return at.Source + ": "
	}
	return fmt.Sprintf("%s:%d: ", at.Source, at.Line)
}
