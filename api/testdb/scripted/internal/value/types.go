// Package value compares BSON values as MongoDB does, and takes documents apart
// and puts them together without changing a byte of what they hold.
package value

import "go.mongodb.org/mongo-driver/v2/bson"

// Missing is the type of a value that is not there.
const Missing bson.Type = 0

// names are those that $type knows.
var names = map[string]bson.Type{
	"double": bson.TypeDouble, "string": bson.TypeString, "object": bson.TypeEmbeddedDocument, "array": bson.TypeArray,
	"binData": bson.TypeBinary, "undefined": bson.TypeUndefined, "objectId": bson.TypeObjectID, "bool": bson.TypeBoolean,
	"date": bson.TypeDateTime, "null": bson.TypeNull, "regex": bson.TypeRegex, "dbPointer": bson.TypeDBPointer,
	"javascript": bson.TypeJavaScript, "symbol": bson.TypeSymbol, "javascriptWithScope": bson.TypeCodeWithScope,
	"int": bson.TypeInt32, "timestamp": bson.TypeTimestamp, "long": bson.TypeInt64, "decimal": bson.TypeDecimal128,
	"minKey": bson.TypeMinKey, "maxKey": bson.TypeMaxKey,
}

// TypeNamed is the type that $type calls by a name.
func TypeNamed(name string) (bson.Type, bool) {
	t, ok := names[name]
	return t, ok
}

// TypeNumbered is the type that $type calls by a number.
func TypeNumbered(n int64) (bson.Type, bool) {
	if n == -1 {
		return bson.TypeMinKey, true
	}
	for _, t := range names {
		if int64(t) == n && t != bson.TypeMinKey {
			return t, true
		}
	}
	return 0, false
}

// TypeName is what MongoDB's messages call a type.
func TypeName(t bson.Type) string {
	for name, named := range names {
		if named == t {
			return name
		}
	}
	return "missing"
}

// Bracket is the place of a type in MongoDB's order of types. Types of one
// bracket are compared by what they hold.
func Bracket(t bson.Type) int {
	switch t {
	case bson.TypeMinKey:
		return -1
	case Missing, bson.TypeUndefined:
		return 0
	case bson.TypeNull:
		return 5
	case bson.TypeInt32, bson.TypeInt64, bson.TypeDouble, bson.TypeDecimal128:
		return numbers
	case bson.TypeString, bson.TypeSymbol:
		return 15
	case bson.TypeEmbeddedDocument:
		return 20
	case bson.TypeArray:
		return 25
	case bson.TypeBinary:
		return 30
	case bson.TypeObjectID:
		return 35
	case bson.TypeBoolean:
		return 40
	case bson.TypeDateTime:
		return 45
	case bson.TypeTimestamp:
		return 47
	case bson.TypeRegex:
		return 50
	case bson.TypeDBPointer:
		return 55
	case bson.TypeJavaScript:
		return 60
	case bson.TypeCodeWithScope:
		return 65
	}
	return 127 // MaxKey
}

// numbers is the bracket of numbers.
const numbers = 10

// IsNumber says whether a value is an integer, a double or a decimal.
func IsNumber(v bson.RawValue) bool { return Bracket(v.Type) == numbers }
