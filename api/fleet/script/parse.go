package script

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/steps"
)

// Script is the content of a file: its elements in order.
type Script struct {
	// File is its name.
	File     string
	elements []element
	// listed is how many elements the file has, updates of several statements whole.
	listed int
}

// element is what is recorded as done at once: a command, or the work of a step with its
// batch size.
// An update of several statements has one element for each, so that one is recorded before
// the next changes the same documents.
type element struct {
	// at is its place in the file.
	at      string
	command *command
	// name is the step's.
	name  string
	work  *steps.Work
	batch int
}

// At returns the place at which the script goes on after so many elements, such as
// "element 2", which is one after the last if all are done. It is empty if the script has
// fewer elements.
func (s *Script) At(done int) string {
	switch {
	case done > len(s.elements):
		return ""
	case done == len(s.elements):
		return fmt.Sprintf("element %d", s.listed+1)
	}
	return s.elements[done].at
}

// Bounds of a step's batch, and its size if the file does not say.
const (
	defaultBatch = 500
	maxBatch     = 10_000
)

// Parse reads the text of the file with that name. The error names every mistake.
func (f *Files) Parse(name string, text []byte) (*Script, error) {
	l := &loader{known: f.known}
	s := l.parse(name, text)
	return s, errors.Join(l.problems...)
}

func (l *loader) parse(file string, text []byte) *Script {
	s := &Script{File: file}
	var list []json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(text))
	err := decoder.Decode(&list)
	if err == nil {
		if _, after := decoder.Token(); !errors.Is(after, io.EOF) {
			err = errors.New("there is more behind the array")
		}
	}
	if err != nil || list == nil {
		l.add(file, "is not a JSON array of commands and steps: %s", unreadable(err))
		return s
	}
	s.listed = len(list)
	for i, raw := range list {
		e, problems := l.element(raw)
		for _, problem := range problems {
			l.add(file, "element %d: %s", i+1, problem)
		}
		if len(problems) > 0 {
			continue
		}
		e.at = fmt.Sprintf("element %d", i+1)
		s.elements = append(s.elements, e.split()...)
	}
	return s
}

// unreadable returns an error about what a file has instead of an array; err is nil for null.
func unreadable(err error) string {
	other, ok := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case err == nil:
		return "it is null; write [] for nothing"
	case errors.Is(err, io.EOF):
		return "it is empty; write [] for nothing"
	case ok:
		return "it is of another type, " + other.Value + "; write it in [ ]"
	}
	return err.Error()
}

// split returns an element for each statement of an update.
func (e element) split() []element {
	if e.command == nil || e.command.name != "update" {
		return []element{e}
	}
	list, _ := e.command.statements("updates")
	var parts []element
	for i, statement := range list {
		part := *e.command
		part.doc = with(part.doc, "updates", bson.A{statement})
		at := e.at
		if len(list) > 1 {
			at = fmt.Sprintf("%s, updates[%d]", e.at, i)
		}
		parts = append(parts, element{at: at, command: &part})
	}
	return parts
}

func (l *loader) element(raw json.RawMessage) (e element, problems []string) {
	var doc bson.D
	if err := bson.UnmarshalExtJSON(raw, false, &doc); err != nil {
		return e, []string{fmt.Sprintf("is not a document in Extended JSON: %v", err)}
	}
	switch {
	case len(doc) == 0:
		return e, []string{"is empty; write a command, or a step"}
	case repeated(doc) != "":
		return e, []string{fmt.Sprintf("has %q twice", repeated(doc))}
	case doc[0].Key == "step":
		return l.step(doc)
	}
	var problem string
	if e.command, problem = newCommand(doc); problem != "" {
		problems = []string{problem}
	}
	return e, problems
}

func repeated(doc bson.D) string {
	for i, member := range doc {
		if slices.ContainsFunc(doc[:i], func(other bson.E) bool { return other.Key == member.Key }) {
			return member.Key
		}
	}
	return ""
}

func (l *loader) step(doc bson.D) (e element, problems []string) {
	e.name, _ = doc[0].Value.(string)
	at := slices.IndexFunc(l.known, func(s steps.Step) bool { return s.Name == e.name })
	if at < 0 {
		return e, []string{fmt.Sprintf("there is no step %.50q; there are %s", e.name, l.names())}
	}
	members := steps.NewMembers(e.name, doc[1:])
	work := l.known[at].Read(members)
	e.work, e.batch = &work, members.Whole("batch", defaultBatch, 1, maxBatch)
	return e, members.Problems()
}

func (l *loader) names() string {
	if len(l.known) == 0 {
		return "none"
	}
	var names []string
	for _, s := range l.known {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}
