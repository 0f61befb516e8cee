package meta

import (
	"fmt"
	"strconv"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Option is what an index can have besides its name and its keys: everything that the runtime does about it goes by
// its entry in Options.
type Option struct {
	// Name is MongoDB's.
	Name string
	// Value returns what x declares, as createIndexes takes it, nil for an index without the option. Without Value the
	// option is one that no schema declares.
	Value func(x *Index) any
	// Text returns a value that a server lists as text for comparing and for people; v is zero if it lists none.
	Text func(v bson.RawValue) string
	// Sum returns x's part of the fingerprint. For an option that is added to Options, it is empty without the option, so
	// that the indexes of before keep their fingerprint.
	Sum func(x *Index) string
	// TellsApart reports whether indexes on the same keys can stand side by side if they differ in the option.
	TellsApart bool
	// IsModified reports whether collMod gives an index that is there the option as x has it; nil means that it does not.
	IsModified func(x *Index) bool
	// IsRare reports whether there are servers without the option.
	IsRare bool
}

// The options that are more than entries of Options to those who build indexes.
var (
	Unique = &Option{
		Name: "unique", TellsApart: true,
		Value: func(x *Index) any { return ifTrue(x.Unique) },
		Text:  flagText,
		Sum:   func(x *Index) string { return fmt.Sprintf(" %t", x.Unique) },
	}
	Sparse = &Option{
		Name: "sparse", TellsApart: true,
		Value: func(x *Index) any { return ifTrue(x.Sparse) },
		Text:  flagText,
		Sum:   func(x *Index) string { return fmt.Sprintf(" %t", x.Sparse) },
	}
	Partial = &Option{
		Name: "partialFilterExpression", TellsApart: true, IsRare: true,
		Value: func(x *Index) any {
			if limits := x.Expression(); len(limits) > 0 {
				return limits
			}
			return nil
		},
		Text: expressionText,
		Sum: func(x *Index) string {
			text := ""
			for _, c := range x.Partial {
				text += fmt.Sprintf(" %q %q %s", c.Path, c.Op, c.Value)
			}
			return text + ifSet(x.Living, " living")
		},
	}
	// Collations are those of text.
	Collations = &Option{
		Name: "collation", TellsApart: true, IsRare: true,
		Value: func(x *Index) any {
			if x.Collation.Locale == "" {
				return nil
			}
			return x.Collation.Document()
		},
		Text: collationText,
		Sum: func(x *Index) string {
			return ifSet(x.Collation.Locale != "", fmt.Sprintf(" collation %v", x.Collation.Document()))
		},
	}
	// Hidden indexes are kept by the server, and used by no query.
	Hidden = &Option{
		Name: "hidden", IsRare: true, IsModified: always,
		Value: func(x *Index) any { return ifTrue(x.Hidden) },
		Text:  flagText,
		Sum:   func(x *Index) string { return ifSet(x.Hidden, " hidden") },
	}
	// Prepared indexes take no document that repeats the keys of another, although such documents may be there: half
	// way to a unique index.
	Prepared = &Option{Name: "prepareUnique", Text: flagText, IsModified: always}
)

// Options are all options that make one index of another. What else servers list, such as v and background, does not.
var Options = []*Option{
	Unique,
	{
		Name: "expireAfterSeconds", IsRare: true, IsModified: func(x *Index) bool { return x.Expires },
		Value: func(x *Index) any {
			if !x.Expires {
				return nil
			}
			return int32(x.TTL / time.Second)
		},
		Text: valueText,
		Sum:  func(x *Index) string { return fmt.Sprintf(" %t %d", x.Expires, x.TTL) },
	},
	Sparse,
	Partial,
	Collations,
	Prepared,
	Hidden,
	{
		Name: "weights", IsRare: true, Value: (*Index).weights, Text: weightsText,
		Sum: func(x *Index) string { return ifSet(x.Text != nil, fmt.Sprintf(" text %v", x.weights())) },
	},
	ofText("default_language", func(t *TextSearch) string { return t.Language }),
	ofText("language_override", func(t *TextSearch) string { return t.Override }),
	undeclared("wildcardProjection"),
	undeclared("bits"), undeclared("min"), undeclared("max"), undeclared("clustered"),
}

// undeclared returns an option of kinds of indexes that no schema declares.
func undeclared(name string) *Option { return &Option{Name: name, Text: valueText} }

// ofText returns an option that every index for words has, and no other.
func ofText(name string, of func(*TextSearch) string) *Option {
	return &Option{
		Name: name, Text: valueText,
		Value: func(x *Index) any {
			if x.Text == nil {
				return nil
			}
			return of(x.Text)
		},
		Sum: func(x *Index) string {
			if x.Text == nil {
				return ""
			}
			return fmt.Sprintf(" %q", of(x.Text))
		},
	}
}

// Declared returns the text of what x declares.
func (o *Option) Declared(x *Index) string {
	if o.Value == nil {
		return o.Text(bson.RawValue{})
	}
	value := o.Value(x)
	if value == nil {
		return o.Text(bson.RawValue{})
	}
	kind, data, err := bson.MarshalValue(value)
	if err != nil {
		return err.Error() // which no server lists
	}
	return o.Text(bson.RawValue{Type: kind, Value: data})
}

// none is the text of a value that is not there.
const none = "none"

func always(*Index) bool { return true }

// ifTrue returns true, or nil: servers refuse even the mention of options that they do not have.
func ifTrue(set bool) any {
	if set {
		return true
	}
	return nil
}

// ifSet returns the part of a fingerprint that an option has where it is declared.
func ifSet(set bool, part string) string {
	if set {
		return part
	}
	return ""
}

// flagText is false without a value. Servers also list flags as the numbers that they were given as.
func flagText(v bson.RawValue) string {
	switch {
	case v.IsZero():
		return strconv.FormatBool(false)
	case v.IsNumber():
		return strconv.FormatBool(valueText(v) != "0")
	}
	return valueText(v)
}
