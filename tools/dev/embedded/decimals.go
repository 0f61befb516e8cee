package embedded

import (
	"bytes"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// hasDecimals reports whether a decimal stands in the command.
func (c command) hasDecimals() bool {
	if bytes.IndexByte(c.request, byte(bson.TypeDecimal128)) < 0 {
		return false
	}
	for _, sequence := range c.sequences {
		if slices.ContainsFunc(sequence, rawHasDecimals) {
			return true
		}
	}
	return rawHasDecimals(c.doc)
}

func rawHasDecimals(doc bson.Raw) bool {
	elements, _ := doc.Elements()
	return slices.ContainsFunc(elements, func(e bson.RawElement) bool {
		v := e.Value()
		isNested := v.Type == bson.TypeEmbeddedDocument || v.Type == bson.TypeArray
		return v.Type == bson.TypeDecimal128 || isNested && rawHasDecimals(v.Value)
	})
}

// hasDecimal reports whether a value is, or holds, a decimal.
func hasDecimal(v any) bool {
	switch v := v.(type) {
	case bson.Decimal128:
		return true
	case bson.D:
		return slices.ContainsFunc(v, func(e bson.E) bool { return hasDecimal(e.Value) })
	case bson.A:
		return slices.ContainsFunc(v, hasDecimal)
	}
	return false
}

// isAboutDecimals reports whether the command has a query that compares with decimals, or may find some.
func (s *session) isAboutDecimals(cmd command) (bool, error) {
	switch cmd.name {
	case "find", "count", "distinct", "aggregate", "update", "delete", "findAndModify", "findandmodify":
	default:
		return false, nil
	}
	if cmd.hasDecimals() || !s.keeper.hasDecimals(cmd.db) {
		return cmd.hasDecimals(), nil
	}
	docs, err := s.all(cmd)
	return slices.ContainsFunc(docs, func(doc bson.D) bool { return hasDecimal(doc) }), err
}

// admitDecimals notes that there are decimals in a database before the first is written.
func (s *session) admitDecimals(cmd command) error {
	isWrite := cmd.name == "insert" || cmd.name == "update" || cmd.name == "findAndModify" || cmd.name == "findandmodify"
	if !isWrite || !cmd.hasDecimals() || s.keeper.hasDecimals(cmd.db) {
		return nil
	}
	if _, err := s.ask(cmd, bson.D{{Key: "create", Value: cmd.target}}); err != nil && !hasCode(err, codeNamespaceExists) {
		return err
	}
	return s.keeper.admitDecimals(cmd.db)
}

// refuseID returns an error for a decimal that is to be an _id: the engine would not find it equal to another.
func refuseID(id any) error {
	if _, ok := id.(bson.Decimal128); ok {
		return refuse(codeNotImplemented, "the embedded server takes no decimal as _id; use a MongoDB server for it")
	}
	return nil
}

// compared are the operators that compare, or count with, what is stored.
var compared = []string{"$inc", "$mul", "$min", "$max", "$addToSet", "$pull", "$pullAll"}

// refuseArithmetic returns an error for an update that makes the engine compare, or count with, decimals.
func refuseArithmetic(update bson.D, docs []bson.D) error {
	for _, e := range update {
		members, _ := e.Value.(bson.D)
		for _, m := range members {
			stored := slices.ContainsFunc(docs, func(doc bson.D) bool {
				return slices.ContainsFunc(valuesAt(doc, splitPath(m.Key)), hasDecimal)
			})
			if slices.Contains(compared, e.Key) && (stored || hasDecimal(m.Value)) {
				return refuse(codeNotImplemented, "the embedded server does no %s of decimals, as at %q; set the value, or use a MongoDB server for it", e.Key, m.Key)
			}
		}
	}
	return nil
}
