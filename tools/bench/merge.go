package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/partywall/partywall/tools/bench/internal/report"
)

// merge puts sections in the places of those with the same titles in the report, with
// what they have beside it and what is missed. Where the report's heading is about
// another machine, they say themselves on which they were measured.
func (b *bench) merge(docs string, measured []report.Section) error {
	path := filepath.Join(b.folder(docs), document)
	before, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !strings.Contains(string(before), "\n"+machine()) {
		if b.request != 0 {
			return fmt.Errorf("%s is not of this machine (%q), on which lists were measured: tenantctl capacity takes the machine from its heading; measure all of it, without -run and -merge", path, machine())
		}
		measured = apart(measured)
	}
	text, err := merged(string(before), measured)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return errors.Join(writeFiles(b.folder(docs), measured), os.WriteFile(path, []byte(text), 0o644))
}

// apart are sections that say on which machine they were measured.
func apart(measured []report.Section) []report.Section {
	measured = slices.Clone(measured)
	for i := range measured {
		measured[i].Text = "Not measured with the rest of this report. " + machine() + "\n\n" + measured[i].Text
	}
	return measured
}

const sectionMark = "\n## "

// merged is a report with sections put in. One that it lacks comes last.
func merged(text string, measured []report.Section) (string, error) {
	parts := strings.Split(text, sectionMark)
	titled := func(title string) int {
		return slices.IndexFunc(parts, func(part string) bool { return strings.HasPrefix(part, title+"\n") })
	}
	at := titled(missedTitle)
	if at < 0 {
		return "", fmt.Errorf("there is no section %q; measure everything", missedTitle)
	}
	list, err := parseMissed(strings.TrimPrefix(parts[at], missedTitle))
	if err != nil {
		return "", err
	}
	var titles []string
	for _, s := range measured {
		titles = append(titles, s.Title)
	}
	list = list.without(titles)
	for _, r := range missedBy(measured) {
		list = list.with(r.why, r.rows...)
	}
	parts[at] = strings.TrimPrefix(list.markdown(), sectionMark)
	for _, s := range measured {
		part := strings.TrimPrefix(s.Markdown(), sectionMark)
		if i := titled(s.Title); i >= 0 {
			parts[i] = part
		} else {
			parts = append(parts, part)
		}
	}
	// A part that something follows ends in one newline of its own.
	for i := range parts {
		parts[i] = strings.TrimRight(parts[i], "\n") + "\n"
	}
	return strings.Join(parts, sectionMark), nil
}
