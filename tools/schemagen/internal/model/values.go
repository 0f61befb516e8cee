package model

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/schema/def"
)

// convert makes of a literal the Go value that belongs to kind; untyped constants
// arrive as int or float64. problem says what is wrong with v, and remedy what to
// write.
func convert(kind def.Kind, v any) (value any, problem, remedy string) {
	switch kind {
	case def.KindString, def.KindEnum, def.KindNamedEnum:
		return convertText(kind, v)
	case def.KindBool:
		if b, ok := v.(bool); ok {
			return b, "", ""
		}
		return nil, notOf(kind, v), "true or false"
	case def.KindInt:
		if i, ok := integer(v); ok {
			return i, "", ""
		}
		return nil, notOf(kind, v), "an integer"
	case def.KindFloat:
		return convertFloat(v)
	case def.KindTime:
		return convertTime(v)
	case def.KindDecimal:
		return convertDecimal(v)
	}
	return nil, notOf(kind, v), "nothing"
}

// notOf says that v is of the wrong type.
func notOf(kind def.Kind, v any) string {
	return fmt.Sprintf("is of Go type %T, not %s", v, kind)
}

func convertText(kind def.Kind, v any) (any, string, string) {
	s, ok := v.(string)
	switch {
	case !ok:
		return nil, notOf(kind, v), "a string"
	case !utf8.ValidString(s) || strings.Contains(s, "\x00"):
		return nil, fmt.Sprintf("%q is not UTF-8 without zero bytes", s), "text that JSON can carry both ways"
	}
	return s, "", ""
}

func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int32:
		return int64(v), true
	case int64:
		return v, true
	}
	return 0, false
}

func convertFloat(v any) (any, string, string) {
	if i, ok := integer(v); ok {
		return float64(i), "", ""
	}
	f, ok := v.(float64)
	switch {
	case !ok:
		return nil, notOf(def.KindFloat, v), "a number"
	case math.IsNaN(f) || math.IsInf(f, 0):
		return nil, fmt.Sprintf("is %v", f), "a finite number"
	}
	return f, "", ""
}

func convertTime(v any) (any, string, string) {
	t, ok := v.(time.Time)
	if !ok {
		return nil, notOf(def.KindTime, v), "a time.Time"
	}
	isNow := strings.Contains(t.String(), " m=") // it has read the monotonic clock, as time.Now does
	t = t.UTC()
	switch {
	case isNow:
		return nil, "is made by time.Now, and another one each time code is generated", "a constant, such as time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)"
	case t.Nanosecond()%int(time.Millisecond) != 0:
		return nil, "is more precise than a BSON date", "a constant of whole milliseconds"
	case t.Year() < 0 || t.Year() > 9999:
		return nil, fmt.Sprintf("is in the year %d, in UTC", t.Year()), "one from 0 to 9999, as JSON writes them"
	case t.IsZero():
		return nil, "is the zero time, which stands for no date", "another date, or nothing"
	}
	return t, "", ""
}

func convertDecimal(v any) (any, string, string) {
	const remedy = `a string such as "12.50"`
	s, ok := v.(string)
	if !ok {
		return nil, notOf(def.KindDecimal, v), remedy
	}
	d, err := bson.ParseDecimal128(s)
	switch {
	case err != nil || d.IsNaN() || d.IsInf() != 0:
		return nil, fmt.Sprintf("%q is no decimal number of at most 34 digits", s), remedy
	case d == bson.Decimal128{}:
		return nil, fmt.Sprintf("%q is how Go writes no number", s), `"0"`
	}
	return d, "", ""
}

// compareValues orders two values of the same type that convert returned.
func compareValues(a, b any) int {
	switch a := a.(type) {
	case string:
		return cmp.Compare(a, b.(string))
	case bool:
		if a == b.(bool) {
			return 0
		}
		return 1 // neither is before the other
	case int64:
		return cmp.Compare(a, b.(int64))
	case float64:
		return cmp.Compare(a, b.(float64))
	case time.Time:
		return a.Compare(b.(time.Time))
	case bson.Decimal128:
		return rational(a).Cmp(rational(b.(bson.Decimal128)))
	}
	return 0
}

// rational is a finite decimal number's value.
func rational(d bson.Decimal128) *big.Rat {
	r, _ := new(big.Rat).SetString(d.String())
	return r
}

// show is a value as messages write it.
func show(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}
