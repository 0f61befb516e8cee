package meta

import "go.mongodb.org/mongo-driver/v2/bson"

// Operand is what a filter compares with, as it was meant: that may be what no
// document can hold.
type Operand struct {
	Value bson.RawValue
	// Beside is not 0 where Value is not what was meant but next to it, with nothing
	// in between that can be stored: what was meant lies before Value (-1) or after
	// it (1).
	Beside int
}

// Exactly returns the Operand that is v itself.
func Exactly(v bson.RawValue) Operand { return Operand{Value: v} }

// Compare returns the Condition that the value at path compares with o as op says. The
// Condition has no Value where nothing that can be stored is equal to o.
func Compare(path string, op Op, o Operand) Condition {
	c := Condition{Path: path, Op: op, Value: o.Value}
	switch op {
	case Eq, Ne:
		c.Value = o.equal()
	case Gt, Gte:
		switch o.Beside {
		case -1:
			c.Op = Gte
		case 1:
			c.Op = Gt
		}
	case Lt, Lte:
		switch o.Beside {
		case -1:
			c.Op = Lt
		case 1:
			c.Op = Lte
		}
	}
	return c
}

// equal is the stored value that is equal to o, zero where there is none.
func (o Operand) equal() bson.RawValue {
	if o.Beside != 0 {
		return bson.RawValue{}
	}
	return o.Value
}

// CompareOneOf returns the Condition that the value at path is equal to one of operands.
func CompareOneOf(path string, operands []Operand) Condition {
	var values []bson.RawValue
	for _, o := range operands {
		if v := o.equal(); !v.IsZero() {
			values = append(values, v)
		}
	}
	return NewOneOf(path, values...)
}
