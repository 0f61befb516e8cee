// Package project shows the fields of documents that a query asks for.
package project

import (
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// Projection is which fields of documents are shown: those that it names, or all
// but those. The _id is shown if nothing else is said.
type Projection struct {
	include, hideID bool
	// below are the parts of paths that go on; nil ends a path.
	below node
}

type node map[string]node

// New reads a projection of names alone; expressions are not modelled.
func New(fields bson.Raw) (Projection, error) {
	p := Projection{below: node{}}
	included, excluded := 0, 0
	err := p.read("", fields, func(path string, show bool) {
		switch {
		case path == "_id":
			p.hideID = !show
			return
		case show:
			included++
		default:
			excluded++
		}
		p.below.add(strings.Split(path, "."))
	})
	if err != nil {
		return p, err
	}
	if included > 0 && excluded > 0 {
		return p, fault.New(31254, "Cannot do exclusion on a field in inclusion projection, or the other way round")
	}
	idAlone := value.Get(fields, "_id").Type != value.Missing && included+excluded == 0
	p.include = included > 0 || idAlone && !p.hideID
	return p, nil
}

func (p Projection) read(prefix string, fields bson.Raw, add func(path string, show bool)) error {
	for _, f := range value.Fields(fields) {
		path := prefix + f.Name
		if doc, ok := f.Value.DocumentOK(); ok && (len(value.Fields(doc)) == 0 || !strings.HasPrefix(value.Fields(doc)[0].Name, "$")) {
			if err := p.read(path+".", doc, add); err != nil {
				return err
			}
			continue
		}
		show, ok := f.Value.BooleanOK()
		if n, number := value.Truncated(f.Value); number {
			show, ok = n != 0, true
		}
		if !ok || strings.Contains(path, "$") {
			return fault.NotModelled("a projection of " + path + ": " + value.Show(f.Value))
		}
		add(path, show)
	}
	return nil
}

func (n node) add(parts []string) {
	if len(parts) == 1 {
		n[parts[0]] = nil
		return
	}
	below, there := n[parts[0]]
	if there && below == nil {
		return
	}
	if below == nil {
		below = node{}
		n[parts[0]] = below
	}
	below.add(parts[1:])
}

// Apply is what is shown of a document.
func (p Projection) Apply(doc bson.Raw) bson.Raw {
	if len(p.below) == 0 && !p.hideID && !p.include {
		return doc
	}
	var shown []value.Field
	for _, f := range value.Fields(doc) {
		if f.Name == "_id" && p.below["_id"] == nil {
			if !p.hideID {
				shown = append(shown, f)
			}
			continue
		}
		shown = p.field(shown, f, p.below)
	}
	return value.Encode(shown)
}

func (p Projection) field(shown []value.Field, f value.Field, at node) []value.Field {
	below, named := at[f.Name]
	switch {
	case !named && p.include, named && below == nil && !p.include:
		return shown
	case !named || below == nil:
		return append(shown, f)
	}
	if v, ok := p.within(f.Value, below); ok {
		shown = append(shown, value.Field{Name: f.Name, Value: v})
	}
	return shown
}

// within goes on below documents, and those in arrays. Other values are shown where
// fields below them are left out, not where they are asked for.
func (p Projection) within(v bson.RawValue, below node) (bson.RawValue, bool) {
	switch v.Type {
	case bson.TypeEmbeddedDocument:
		var shown []value.Field
		for _, f := range value.Fields(v.Value) {
			shown = p.field(shown, f, below)
		}
		return value.Document(value.Encode(shown)), true
	case bson.TypeArray:
		var shown []bson.RawValue
		for _, e := range value.Elements(v) {
			if e, ok := p.within(e, below); ok {
				shown = append(shown, e)
			}
		}
		return value.Array(shown), true
	}
	return v, !p.include
}
