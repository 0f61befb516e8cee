package raw

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"math/big"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// bracket are BSON types whose values compare with each other.
type bracket struct {
	types []bson.Type
	// names are what $type calls them.
	names []string
	// least is the least value that the comparison operators take, zero if they take none.
	least bson.RawValue
}

// brackets are all of them, in the order in which MongoDB sorts them.
var brackets = [...]bracket{
	inMinKey:     {types: []bson.Type{bson.TypeMinKey}, names: []string{"minKey"}},
	inUndefined:  {types: []bson.Type{bson.TypeUndefined}, names: []string{"undefined"}},
	inNull:       {types: []bson.Type{bson.TypeNull}, names: []string{"null"}},
	inNumber:     {types: []bson.Type{bson.TypeDouble, bson.TypeInt32, bson.TypeInt64, bson.TypeDecimal128}, names: []string{"number"}, least: valueOf(math.Inf(-1))},
	inString:     {types: []bson.Type{bson.TypeString, bson.TypeSymbol}, names: []string{"string", "symbol"}, least: valueOf("")},
	inObject:     {types: []bson.Type{bson.TypeEmbeddedDocument}, names: []string{"object"}, least: valueOf(bson.D{})},
	inArray:      {types: []bson.Type{bson.TypeArray}, names: []string{"array"}},
	inBinary:     {types: []bson.Type{bson.TypeBinary}, names: []string{"binData"}, least: valueOf(bson.Binary{})},
	inObjectID:   {types: []bson.Type{bson.TypeObjectID}, names: []string{"objectId"}, least: valueOf(bson.ObjectID{})},
	inBool:       {types: []bson.Type{bson.TypeBoolean}, names: []string{"bool"}, least: valueOf(false)},
	inDate:       {types: []bson.Type{bson.TypeDateTime}, names: []string{"date"}, least: valueOf(bson.DateTime(math.MinInt64))},
	inTimestamp:  {types: []bson.Type{bson.TypeTimestamp}, names: []string{"timestamp"}, least: valueOf(bson.Timestamp{})},
	inRegex:      {types: []bson.Type{bson.TypeRegex}, names: []string{"regex"}},
	inDBPointer:  {types: []bson.Type{bson.TypeDBPointer}, names: []string{"dbPointer"}},
	inCode:       {types: []bson.Type{bson.TypeJavaScript}, names: []string{"javascript"}},
	inScopedCode: {types: []bson.Type{bson.TypeCodeWithScope}, names: []string{"javascriptWithScope"}},
	inMaxKey:     {types: []bson.Type{bson.TypeMaxKey}, names: []string{"maxKey"}},
}

// The places of brackets in their order.
const (
	inMinKey = iota
	inUndefined
	inNull
	inNumber
	inString
	inObject
	inArray
	inBinary
	inObjectID
	inBool
	inDate
	inTimestamp
	inRegex
	inDBPointer
	inCode
	inScopedCode
	inMaxKey
)

// valueOf returns v as it is stored.
func valueOf(v any) bson.RawValue {
	return bson.Raw(marshal(bson.D{{Key: "", Value: v}})).Index(0).Value()
}

// bracketOf returns the place of v's type among brackets, -1 if it is not among them.
func bracketOf(v bson.RawValue) int {
	return slices.IndexFunc(brackets[:], func(b bracket) bool { return slices.Contains(b.types, v.Type) })
}

// EqualValues reports whether an index without a collation has one key for both: equal
// numbers of any type are the same.
func EqualValues(a, b bson.RawValue) bool { return compareValues(a, b) == 0 }

// compareValues orders values as MongoDB sorts them without a collation.
func compareValues(a, b bson.RawValue) int {
	in := bracketOf(a)
	if c := cmp.Compare(in, bracketOf(b)); c != 0 {
		return c
	}
	switch in {
	case inNumber:
		return compareNumbers(a, b)
	case inString, inCode:
		return bytes.Compare(textOf(a), textOf(b))
	case inObject, inArray:
		return compareDocuments(a.Value, b.Value)
	case inBinary, inDBPointer:
		// Their length comes first.
		return cmp.Or(cmp.Compare(len(a.Value), len(b.Value)), bytes.Compare(a.Value, b.Value))
	case inDate:
		return cmp.Compare(a.DateTime(), b.DateTime())
	case inTimestamp:
		return cmp.Compare(binary.LittleEndian.Uint64(a.Value), binary.LittleEndian.Uint64(b.Value))
	case inScopedCode:
		code, scope := a.CodeWithScope()
		otherCode, otherScope := b.CodeWithScope()
		return cmp.Or(cmp.Compare(code, otherCode), compareDocuments(scope, otherScope))
	}
	return bytes.Compare(a.Value, b.Value)
}

// textOf returns the text of a string, a symbol or code.
func textOf(v bson.RawValue) []byte { return v.Value[4 : len(v.Value)-1] }

// compareDocuments compares member by member: their types, then their names, then
// their values. Arrays are documents whose names are numbers.
func compareDocuments(a, b bson.Raw) int {
	as, _ := a.Elements()
	bs, _ := b.Elements()
	for i := range min(len(as), len(bs)) {
		v, w := as[i].Value(), bs[i].Value()
		c := cmp.Or(cmp.Compare(bracketOf(v), bracketOf(w)), cmp.Compare(as[i].Key(), bs[i].Key()), compareValues(v, w))
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(as), len(bs))
}

// compareNumbers compares by value, whatever the types. NaN is equal to itself and
// less than any other.
func compareNumbers(a, b bson.RawValue) int {
	x, y := numberOf(a), numberOf(b)
	if c := cmp.Compare(x.kind, y.kind); c != 0 || x.kind != finite {
		return c
	}
	return x.value.Cmp(y.value)
}

// number is a number of any type.
type number struct {
	kind  numberKind
	value *big.Rat
}

// numberKind orders infinite numbers and NaN among the finite ones.
type numberKind byte

const (
	notANumber numberKind = iota
	negativeInfinity
	finite
	infinity
)

func numberOf(v bson.RawValue) number {
	switch v.Type {
	case bson.TypeDouble:
		f := v.Double()
		if kind := kindOf(math.IsNaN(f), f > math.MaxFloat64, f < -math.MaxFloat64); kind != finite {
			return number{kind: kind}
		}
		return number{finite, new(big.Rat).SetFloat64(f)}
	case bson.TypeDecimal128:
		d := v.Decimal128()
		if kind := kindOf(d.IsNaN(), d.IsInf() > 0, d.IsInf() < 0); kind != finite {
			return number{kind: kind}
		}
		return number{finite, ratOf(d)}
	}
	return number{finite, new(big.Rat).SetInt64(v.AsInt64())}
}

func kindOf(nan, positive, negative bool) numberKind {
	switch {
	case nan:
		return notANumber
	case positive:
		return infinity
	case negative:
		return negativeInfinity
	}
	return finite
}

// ratOf returns a decimal number that is finite.
func ratOf(d bson.Decimal128) *big.Rat {
	n, exponent, _ := d.BigInt()
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(exponent, -exponent))), nil)
	if exponent < 0 {
		return new(big.Rat).SetFrac(n, power)
	}
	return new(big.Rat).SetInt(power.Mul(power, n))
}
