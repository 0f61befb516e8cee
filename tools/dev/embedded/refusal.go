package embedded

import (
	"bytes"
	"math"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// refusal is the error for a command that the engine ends the connection at, because a value stands in it that it does
// not know, and for one that searches for text. Definitions of indexes do not get to the engine.
func (c command) refusal() error {
	if c.name == "createIndexes" {
		return nil
	}
	if err := c.refusalOf(c.doc); err != nil {
		return err
	}
	for _, sequence := range c.sequences {
		for _, doc := range sequence {
			if err := c.refusalOf(doc); err != nil {
				return err
			}
		}
	}
	return nil
}

// refusalOf is the error for a part of the command.
func (c command) refusalOf(part bson.Raw) error {
	elements, _ := part.Elements() // the engine says what is wrong with it
	for _, e := range elements {
		v := e.Value()
		kind := unknownType(v)
		switch {
		case kind != "":
			return refuse(codeNotImplemented, "%q is %s, which the embedded server neither stores nor looks for; use a MongoDB server for it", e.Key(), kind)
		case v.Type == bson.TypeBinary && bytes.HasPrefix(v.Value, decimalMark):
			return refuse(codeBadValue, "%q is of the subtype %d with 16 bytes, which the embedded server keeps decimals as", e.Key(), decimalSubtype)
		case e.Key() == "$text" && c.name != "insert":
			return refuse(codeNotImplemented, "$text is not implemented: the embedded server has no text search; use a MongoDB server for it")
		case v.Type == bson.TypeEmbeddedDocument || v.Type == bson.TypeArray:
			if err := c.refusalOf(v.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// unknownType names what a value is that the engine ends the connection at, and is empty for others.
func unknownType(v bson.RawValue) string {
	double, _ := v.DoubleOK()
	switch {
	case math.IsNaN(double):
		return "NaN"
	case v.Type != bson.TypeDecimal128 && slices.Contains(unstored, v.Type):
		return "of type " + typeName(v.Type)
	}
	return ""
}
