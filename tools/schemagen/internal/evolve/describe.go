package evolve

import (
	"cmp"
	"fmt"
	"time"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// adminScope is the Scope of collections in the admin database, which no migration reaches.
const adminScope = "admin"

// Describe returns what a schema says about stored documents.
func Describe(schema *model.Schema) *Schema {
	s := &Schema{}
	for _, c := range schema.Collections {
		s.Collections = append(s.Collections, describeCollection(c))
	}
	return s
}

func describeCollection(c *model.Collection) *Collection {
	d := &Collection{
		Name: c.StoredName(), ID: idText(c.ID), Timestamps: c.Timestamps,
		CreatedAt: otherThan(c.CreatedAt, meta.CreatedPath), UpdatedAt: otherThan(c.UpdatedAt, meta.UpdatedPath),
		SoftDelete: c.SoftDelete, Collation: collationText(c.Collation), Entity: c.Entity, At: c.At,
	}
	if c.Admin {
		d.Scope = adminScope
	}
	d.Fields = describeFields("", c.Fields)
	for _, x := range c.Indexes {
		d.Indexes = append(d.Indexes, describeIndex(x))
	}
	return d
}

func describeFields(prefix string, fields []*kinds.Field) []*Field {
	var list []*Field
	for _, f := range fields {
		d := &Field{
			Path: prefix + f.StoredName(), Type: typeText(f.Type), Required: f.Required,
			Default: valueText(f.Default), Rules: describeRules(f), At: f.At,
		}
		if f.Caller != "" {
			d.Default = valueText(f.Caller)
		}
		if f.Each != nil {
			each := describeRules(f.Each)
			d.Each = &each
		}
		list = append(list, d)
		path, end := d.Path, f.Type
		for ; end.Elem != nil; end = end.Elem {
			if end.IsEntries {
				path += ".*"
			}
		}
		if end.Enum != nil {
			d.Values = end.Enum.Texts()
		}
		if end.Struct != nil {
			list = append(list, describeFields(path+".", end.Struct.Fields)...)
		}
	}
	return list
}

// otherThan returns a declared name, empty for the standard one.
func otherThan(name, standard string) string {
	if name == standard {
		return ""
	}
	return name
}

// idText returns the type of a collection's _ids, empty for ObjectIDs.
func idText(id kinds.ID) string {
	if id.Kind == def.KindObjectID {
		return ""
	}
	return string(id.Kind)
}

// typeText returns a type as it is declared. The names that types have in Go are left out.
func typeText(t *kinds.Type) string {
	switch {
	case t.Elem != nil:
		return fmt.Sprintf("%s(%s)", t.Name, typeText(t.Elem))
	case t.IsReference && t.Referred != def.KindObjectID:
		return fmt.Sprintf("%s(%s %s)", t.Name, cmp.Or(t.CollectionStored, t.Collection), t.Referred)
	case t.IsReference:
		return fmt.Sprintf("%s(%s)", t.Name, cmp.Or(t.CollectionStored, t.Collection))
	case t.Enum != nil:
		return string(def.KindEnum)
	}
	return string(t.Name)
}

func describeRules(f *kinds.Field) Rules {
	return Rules{
		Format: string(f.Format), Trim: f.Trim, Lower: f.Lower, Upper: f.Upper,
		Min: valueText(f.Min), Max: valueText(f.Max), MinLen: f.MinLen, MaxLen: f.MaxLen, Pattern: f.Pattern,
		RequiredIf: f.RequiredIfText(), Check: f.Check,
	}
}

func describeIndex(x *model.Index) *Index {
	d := &Index{Name: x.Name, Unique: x.Unique, Sparse: x.Sparse, Living: x.Living, Collation: collationText(x.Collation), Hidden: x.Hidden, At: x.At}
	for _, k := range x.Keys {
		key := k.Path.StoredName()
		if k.Descending {
			key = "-" + key
		}
		d.Keys = append(d.Keys, key)
	}
	if x.Expires {
		d.TTL = x.TTL.Round(time.Second).String()
	}
	if x.Text != nil {
		d.Kind, d.Language = string(def.Text), x.Text.Language
		for _, w := range x.Text.Weights {
			d.Weights = append(d.Weights, fmt.Sprintf("%s %d", w.Path, w.Weight))
		}
	}
	for _, c := range x.Partial {
		d.Partial = append(d.Partial, conditionText(c))
	}
	return d
}

// collationText returns a collation as messages show it, empty for none.
func collationText(c meta.Collation) string {
	if c == (meta.Collation{}) {
		return ""
	}
	return c.String()
}

func conditionText(c model.Condition) string {
	if c.Op == def.Exists {
		return c.Path.StoredName() + " exists"
	}
	return fmt.Sprintf("%s %s %s", c.Path.StoredName(), cmp.Or(c.Op, "="), valueText(c.Value))
}
