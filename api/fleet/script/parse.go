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

// element is what is recorded as done at once: a command, or a step with its batch size.
// An update of several statements has one element for each, so that one is recorded before
// the next changes the same documents.
type element struct {
	// at is its place in the file.
	at      string
	command *command
	step    *steps.Step
	batch   int
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
		e, problem := l.element(raw)
		if problem != "" {
			l.add(file, "element %d: %s", i+1, problem)
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

func (l *loader) element(raw json.RawMessage) (e element, problem string) {
	var doc bson.D
	if err := bson.UnmarshalExtJSON(raw, false, &doc); err != nil {
		return e, fmt.Sprintf("is not a document in Extended JSON: %v", err)
	}
	switch {
	case len(doc) == 0:
		return e, "is empty; write a command, or a step"
	case repeated(doc) != "":
		return e, fmt.Sprintf("has %q twice", repeated(doc))
	case doc[0].Key == "step":
		return l.step(doc)
	}
	e.command, problem = newCommand(doc)
	return e, problem
}

func repeated(doc bson.D) string {
	for i, member := range doc {
		if slices.ContainsFunc(doc[:i], func(other bson.E) bool { return other.Key == member.Key }) {
			return member.Key
		}
	}
	return ""
}

func (l *loader) step(doc bson.D) (e element, problem string) {
	e.batch = defaultBatch
	name, _ := doc[0].Value.(string)
	at := slices.IndexFunc(l.known, func(s steps.Step) bool { return s.Name == name })
	if at < 0 {
		return e, fmt.Sprintf("there is no step %.50q; there are %s", name, l.names())
	}
	e.step = &l.known[at]
	for _, member := range doc[1:] {
		batch, ok := whole(member.Value)
		switch {
		case member.Key != "batch":
			return e, fmt.Sprintf("a step has no %q; write batch, or nothing", member.Key)
		case !ok || batch < 1 || batch > maxBatch:
			return e, fmt.Sprintf("batch is to be a whole number from 1 to %d", maxBatch)
		}
		e.batch = int(batch)
	}
	return e, ""
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

// whole returns a number without a fraction, of any type.
func whole(v any) (int64, bool) {
	switch n := v.(type) {
	case int32:
		return int64(n), true
	case int64:
		return n, true
	case float64:
		return int64(n), n == float64(int64(n))
	}
	return 0, false
}
