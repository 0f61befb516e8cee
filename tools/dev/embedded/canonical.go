package embedded

import (
	"fmt"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// canonical is a text that values have in common if, and only if, MongoDB takes them for equal.
func canonical(v any) string {
	switch v := v.(type) {
	case int32, int64, float64, bson.Decimal128:
		if e := extreme(v); e != 0 {
			return fmt.Sprint("extreme ", e)
		}
		return number(v).RatString()
	case string:
		return strconv.Quote(v)
	case bson.D:
		var b strings.Builder
		for _, e := range v {
			b.WriteString(strconv.Quote(e.Key) + ":" + canonical(e.Value) + ",")
		}
		return "{" + b.String() + "}"
	case bson.A:
		var b strings.Builder
		for _, element := range v {
			b.WriteString(canonical(element) + ",")
		}
		return "[" + b.String() + "]"
	}
	return fmt.Sprintf("%T %v", v, v)
}

// foldASCII is a value with the capitals A to Z of its texts made small.
func foldASCII(v any) any {
	switch v := v.(type) {
	case string:
		return strings.Map(lowerASCII, v)
	case bson.D:
		folded := make(bson.D, len(v))
		for i, e := range v {
			folded[i] = bson.E{Key: e.Key, Value: foldASCII(e.Value)}
		}
		return folded
	case bson.A:
		folded := make(bson.A, len(v))
		for i, element := range v {
			folded[i] = foldASCII(element)
		}
		return folded
	}
	return v
}

func lowerASCII(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}
