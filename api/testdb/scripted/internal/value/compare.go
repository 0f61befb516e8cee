package value

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Compare orders two values as MongoDB sorts them: by the bracket of their types,
// then by what they hold.
func Compare(a, b bson.RawValue) int {
	bracket := Bracket(a.Type)
	if c := cmp.Compare(bracket, Bracket(b.Type)); c != 0 {
		return c
	}
	switch a.Type {
	case bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128:
		return compareNumbers(a, b)
	case bson.TypeString, bson.TypeSymbol, bson.TypeJavaScript:
		return strings.Compare(text(a), text(b))
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		return compareDocuments(a.Value, b.Value)
	case bson.TypeBinary:
		return compareBinary(a, b)
	case bson.TypeObjectID, bson.TypeBoolean:
		return bytes.Compare(a.Value, b.Value)
	case bson.TypeDateTime:
		return cmp.Compare(a.DateTime(), b.DateTime())
	case bson.TypeTimestamp:
		return cmp.Compare(binary.LittleEndian.Uint64(a.Value), binary.LittleEndian.Uint64(b.Value))
	case bson.TypeRegex:
		return bytes.Compare(a.Value, b.Value)
	case bson.TypeDBPointer:
		return cmp.Or(cmp.Compare(len(a.Value), len(b.Value)), bytes.Compare(a.Value, b.Value))
	case bson.TypeCodeWithScope:
		return compareCode(a, b)
	}
	return 0 // MinKey, undefined, null and MaxKey hold nothing
}

// Equal says whether a comparison finds no difference.
func Equal(a, b bson.RawValue) bool { return Compare(a, b) == 0 }

// text is what a string, a symbol or code says.
func text(v bson.RawValue) string { return string(v.Value[4 : len(v.Value)-1]) }

// compareDocuments goes field by field: by type, then name, then value. Of two that
// begin alike, the shorter is less.
func compareDocuments(a, b bson.Raw) int {
	left, right := Fields(a), Fields(b)
	for i := range min(len(left), len(right)) {
		l, r := left[i], right[i]
		c := cmp.Or(cmp.Compare(Bracket(l.Value.Type), Bracket(r.Value.Type)), strings.Compare(l.Name, r.Name), Compare(l.Value, r.Value))
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(left), len(right))
}

// compareBinary compares lengths, subtypes and bytes.
func compareBinary(a, b bson.RawValue) int {
	return cmp.Or(cmp.Compare(len(a.Value), len(b.Value)), cmp.Compare(a.Value[4], b.Value[4]), bytes.Compare(a.Value[5:], b.Value[5:]))
}

func compareCode(a, b bson.RawValue) int {
	left, leftScope := a.CodeWithScope()
	right, rightScope := b.CodeWithScope()
	return cmp.Or(strings.Compare(left, right), compareDocuments(leftScope, rightScope))
}

// Key is the same string for values between which Compare finds no difference, and
// another one for others.
func Key(v bson.RawValue) string { return string(appendKey(nil, v)) }

func appendKey(dst []byte, v bson.RawValue) []byte {
	dst = append(dst, byte(Bracket(v.Type)))
	switch v.Type {
	case bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128:
		return append(append(dst, numberKey(v)...), 0)
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		return appendFieldKeys(dst, v.Value)
	case bson.TypeCodeWithScope:
		code, scope := v.CodeWithScope()
		dst = append(binary.LittleEndian.AppendUint32(dst, uint32(len(code))), code...)
		return appendFieldKeys(dst, scope)
	}
	return append(dst, v.Value...) // as long as it says itself
}

func appendFieldKeys(dst []byte, doc bson.Raw) []byte {
	for _, f := range Fields(doc) {
		dst = append(append(append(dst, 1), f.Name...), 0)
		dst = appendKey(dst, f.Value)
	}
	return append(dst, 0)
}
