package embedded

import (
	"math"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// indexOptions are the options of indexes. Each says how a value is listed, nil if it is left out, and reports whether
// MongoDB takes the value.
var indexOptions = map[string]func(v any) (listed any, ok bool){
	"unique": onlyTrue, "sparse": onlyTrue, "hidden": onlyTrue, "prepareUnique": onlyTrue,
	"expireAfterSeconds":      seconds,
	"partialFilterExpression": is[bson.D], "wildcardProjection": is[bson.D], "storageEngine": is[bson.D], "weights": is[bson.D],
	"collation":        collation,
	"default_language": is[string], "language_override": is[string],
	"textIndexVersion": numeric, "2dsphereIndexVersion": numeric, "bits": numeric, "min": numeric, "max": numeric,
	"bucketSize": numeric, "coarsestIndexedLevel": numeric, "finestIndexedLevel": numeric,
}

func (d *definition) readOption(e bson.E) error {
	read, known := indexOptions[e.Key]
	if !known {
		return refuse(codeInvalidSpecOption, "The field '%s' is not valid for an index specification", e.Key)
	}
	v, ok := read(e.Value)
	if !ok {
		return refuse(codeTypeMismatch, "The field '%s' of an index specification has a value that it does not take: %s", e.Key, text(bson.D{e}))
	}
	if expression, ok := v.(bson.D); ok && e.Key == "partialFilterExpression" {
		if _, err := (compiler{partial: true}).compile(expression); err != nil {
			return err
		}
	}
	if v != nil {
		d.options = append(d.options, bson.E{Key: e.Key, Value: v})
	}
	return nil
}

func is[T any](v any) (any, bool) {
	_, ok := v.(T)
	return v, ok
}

// onlyTrue is for flags, which are not listed where they are false.
func onlyTrue(v any) (any, bool) {
	set, ok := flag(v)
	if !set {
		return nil, ok
	}
	return true, ok
}

// seconds is what expireAfterSeconds takes, listed as a whole number of 32 bits.
func seconds(v any) (any, bool) {
	n, ok := whole(v)
	return int32(n), ok && n >= 0 && n <= math.MaxInt32
}

func numeric(v any) (any, bool) {
	switch v.(type) {
	case int32, int64, float64, bson.Decimal128:
		return v, true
	}
	return v, false
}

// flag is a boolean, or the number that stands for one.
func flag(v any) (set, ok bool) {
	if b, isBool := v.(bool); isBool {
		return b, true
	}
	_, ok = numeric(v)
	return ok && sign(v) != 0, ok
}

// whole is a number without a fraction.
func whole(v any) (int64, bool) {
	switch v := v.(type) {
	case int32:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	}
	return 0, false
}

// sign is that of a number, and 0 for what is none.
func sign(v any) int {
	if _, ok := numeric(v); !ok {
		return 0
	}
	return compareNumbers(v, int32(0))
}
