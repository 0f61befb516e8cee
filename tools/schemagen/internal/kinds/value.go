package kinds

import (
	"cmp"
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/schema/def"
)

// wrongType reports that v is of the wrong Go type.
func wrongType(kind def.Kind, v any) string {
	return fmt.Sprintf("is of Go type %T, not %s", v, kind)
}

// convertText returns the Convert of kinds that are text in Go.
func convertText(kind def.Kind) func(*Type, any) (any, string, string) {
	return func(_ *Type, v any) (any, string, string) {
		s, ok := v.(string)
		switch {
		case !ok:
			return nil, wrongType(kind, v), "a string"
		case !utf8.ValidString(s) || strings.Contains(s, "\x00"):
			return nil, fmt.Sprintf("%q is not UTF-8, or has a zero byte", s), "text that JSON can represent"
		}
		return s, "", ""
	}
}

// integer returns an untyped integer constant, or a value of an integer type.
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

// Compare orders two values of the same Go type that Convert returned.
func Compare(a, b any) int {
	switch a := a.(type) {
	case string:
		return cmp.Compare(a, b.(string))
	case bool:
		if a == b.(bool) {
			return 0
		}
		return 1 // equal
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

// rational returns a finite decimal number's value.
func rational(d bson.Decimal128) *big.Rat {
	r, _ := new(big.Rat).SetString(d.String())
	return r
}

// Show formats a value for messages.
func Show(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

// plain returns v as an untyped Go literal.
func plain(_ *Type, v any) jen.Code { return jen.Lit(v) }

// goType returns a Go type that is not generated.
func goType(typ func() *jen.Statement) func(*Type, Named) *jen.Statement {
	return func(*Type, Named) *jen.Statement { return typ() }
}
