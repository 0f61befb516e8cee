package raw

import (
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/wire"
)

// applied returns doc as the changes leave it, for those who have to know before it is written. What
// a database would refuse is left as it is.
func (c *Changes) applied(doc bson.Raw) bson.Raw {
	var d bson.D
	if err := bson.Unmarshal(doc, &d); err != nil {
		return doc
	}
	set := func(path string, v bson.RawValue) { d, _ = setAt(d, strings.Split(path, "."), v).(bson.D) }
	for _, e := range wire.Elements(slices.Concat(c.Set, c.lists)) {
		set(e.Key(), e.Value())
	}
	for _, path := range c.Unset {
		unsetAt(d, strings.Split(path, "."))
	}
	for _, e := range wire.Elements(c.Inc) {
		set(e.Key(), sum(lookup(doc, e.Key()), e.Value()))
	}
	for _, e := range wire.Elements(c.Add) {
		set(e.Key(), without(lookup(doc, e.Key()), bson.RawValue{}, e.Value().Document().Lookup("$each")))
	}
	for _, e := range wire.Elements(c.Pull) {
		set(e.Key(), without(lookup(doc, e.Key()), e.Value(), bson.RawValue{}))
	}
	after, err := bson.Marshal(d)
	if err != nil {
		return doc
	}
	return after
}

// setAt returns in, a document or array, with v at the path of names. What is not there becomes a
// document.
func setAt(in any, names []string, v any) any {
	if len(names) == 0 {
		return v
	}
	switch held := in.(type) {
	case bson.D:
		for i := range held {
			if held[i].Key == names[0] {
				held[i].Value = setAt(held[i].Value, names[1:], v)
				return held
			}
		}
		return append(held, bson.E{Key: names[0], Value: setAt(nil, names[1:], v)})
	case bson.A:
		if i, err := strconv.Atoi(names[0]); err == nil && 0 <= i && i < len(held) {
			held[i] = setAt(held[i], names[1:], v)
		}
		return held
	}
	return bson.D{{Key: names[0], Value: setAt(nil, names[1:], v)}}
}

// unsetAt makes null of what is at the path of names: it reads as missing.
func unsetAt(in any, names []string) {
	switch held := in.(type) {
	case bson.D:
		for i := range held {
			if held[i].Key != names[0] {
				continue
			}
			if len(names) == 1 {
				held[i].Value = nil
				return
			}
			unsetAt(held[i].Value, names[1:])
		}
	case bson.A:
		if i, err := strconv.Atoi(names[0]); err == nil && 0 <= i && i < len(held) && len(names) > 1 {
			unsetAt(held[i], names[1:])
		}
	}
}

// sum returns the number v plus by, which is of the type that their sum has. Numbers of other types are
// read as the field reads them.
func sum(v, by bson.RawValue) bson.RawValue {
	if wire.IsMissing(v) {
		return by
	}
	switch by.Type {
	case bson.TypeInt64:
		if n, err := Decode(v, (*wire.Reader).Int); err == nil {
			return wire.IntValue(n + by.Int64())
		}
	case bson.TypeDouble:
		if n, err := Decode(v, (*wire.Reader).Float); err == nil {
			return wire.FloatValue(n + by.Double())
		}
	case bson.TypeDecimal128:
		if n, err := Decode(v, (*wire.Reader).Decimal); err == nil {
			total, _ := check.AddDecimals(n, by.Decimal128())
			return wire.DecimalValue(total)
		}
	}
	return v
}

// Decode decodes one value, of which it retains no part, as read does. The error is a *wire.ValueError.
func Decode[T any](v bson.RawValue, read func(*wire.Reader) T) (value T, err error) {
	doc, start := wire.BeginDocument(nil)
	doc = append(wire.AppendHeader(doc, v.Type, "v"), v.Value...)
	r := wire.NewReader(wire.EndDocument(doc, start))
	defer r.Release()
	for end := r.EnterDocument(); r.Next(end); {
		value = read(r)
	}
	return value, r.Err()
}

// without returns the array v without the values of pulled, and with those of added behind it that
// it lacks.
func without(v, pulled, added bson.RawValue) bson.RawValue {
	gone, kept := valuesOf(pulled), bson.A{}
	has := func(list []bson.RawValue, v bson.RawValue) bool { // numbers of two types are equal in the database, too
		return slices.ContainsFunc(list, func(o bson.RawValue) bool { return compareValues(v, o) == 0 })
	}
	for _, e := range valuesOf(v) {
		if !has(gone, e) {
			kept = append(kept, e)
		}
	}
	have := valuesOf(v)
	for _, e := range valuesOf(added) {
		if !has(have, e) {
			have, kept = append(have, e), append(kept, e)
		}
	}
	typ, value, _ := bson.MarshalValue(kept)
	return bson.RawValue{Type: typ, Value: value}
}

func valuesOf(v bson.RawValue) []bson.RawValue {
	array, _ := v.ArrayOK()
	values, _ := array.Values()
	return values
}
