package wire

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
)

// Text has the constraints on a text that is brought to one form before it is stored, such as
// lower case, and stores and compares it in that form.
type Text struct{ check.Text }

// Append appends a string member.
func (t *Text) Append(dst []byte, key, v string) []byte { return AppendString(dst, key, t.Fold(v)) }

// Size returns Append's size.
func (t *Text) Size(key, v string) int { return SizeString(key, t.Fold(v)) }

// Value returns v as a BSON value.
func (t *Text) Value(v string) bson.RawValue { return StringValue(t.Fold(v)) }

// Prefix returns v, the beginning of a text, as a BSON value.
func (t *Text) Prefix(v string) bson.RawValue { return StringValue(t.FoldPrefix(v)) }
