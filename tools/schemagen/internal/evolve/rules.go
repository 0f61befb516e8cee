package evolve

import (
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strings"
)

// compareRules returns what became stricter and what looser, such as maxLen 200 → 100.
func compareRules(was, now Rules) (stricter, looser []string) {
	a, b := reflect.ValueOf(was), reflect.ValueOf(now)
	for i := range a.NumField() {
		from, to := a.Field(i), b.Field(i)
		name := jsonName(a.Type().Field(i))
		if from.Equal(to) || isBound(name) && sameNumber(from.String(), to.String()) {
			continue
		}
		if isLooser(name, from, to) {
			looser = append(looser, fmt.Sprintf("%s %s → %s", name, show(from), show(to)))
		} else {
			stricter = append(stricter, fmt.Sprintf("%s %s → %s", name, show(from), show(to)))
		}
	}
	return stricter, looser
}

// jsonName returns the name of a member in a baseline.
func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

func isBound(name string) bool { return name == "min" || name == "max" }

// isLooser reports whether all that a rule accepted is accepted still.
func isLooser(name string, from, to reflect.Value) bool {
	switch {
	case to.IsZero():
		return true
	case from.IsZero():
		return false
	}
	switch name {
	case "minLen":
		return to.Int() < from.Int()
	case "maxLen":
		return to.Int() > from.Int()
	case "min":
		return compareNumbers(to, from) < 0
	case "max":
		return compareNumbers(to, from) > 0
	}
	return false
}

// compareNumbers compares two bounds; they are equal if one is no number of JSON.
func compareNumbers(a, b reflect.Value) int {
	x, ok := number(a.String())
	y, also := number(b.String())
	if !ok || !also {
		return 0
	}
	return x.Cmp(y)
}

// sameNumber reports whether two texts of JSON stand for one number: a double's 0.0 is a decimal's 0.
func sameNumber(a, b string) bool {
	x, ok := number(a)
	y, also := number(b)
	return ok && also && x.Cmp(y) == 0
}

// number returns a number of Extended JSON.
func number(value string) (*big.Rat, bool) {
	var wrapped struct {
		Decimal string `json:"$numberDecimal"`
	}
	if json.Unmarshal([]byte(value), &wrapped) == nil && wrapped.Decimal != "" {
		value = wrapped.Decimal
	}
	return new(big.Rat).SetString(value)
}

func show(v reflect.Value) string {
	if v.IsZero() {
		return "none"
	}
	return fmt.Sprint(v)
}
