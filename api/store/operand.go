package store

import (
	"encoding/binary"
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// Operand is what a filter compares with, as it was meant: that may be what no
// document can hold.
type Operand struct {
	value bson.RawValue
	// beside is not 0 where value is not what was meant but next to it, with nothing
	// in between that can be stored: what was meant lies before value (-1) or behind
	// it (1).
	beside int
	// missing says that to be equal means to be missing: the zero time, ObjectID and
	// enum stand for what is not there. In an order they are values like others.
	missing bool
}

// exactly is the Operand that is v itself.
func exactly(v bson.RawValue) Operand { return Operand{value: v} }

// The first and the last time that a BSON date holds.
var (
	firstTime = time.UnixMilli(math.MinInt64)
	lastTime  = time.UnixMilli(math.MaxInt64)
)

// timeOperand is t to the millisecond, and where t lies beside that.
func timeOperand(t time.Time) Operand {
	o := Operand{missing: t.IsZero()}
	switch {
	case t.Before(firstTime):
		t, o.beside = firstTime, -1
	case t.After(lastTime):
		t, o.beside = lastTime, 1
	case t.Nanosecond()%int(time.Millisecond) != 0:
		o.beside = 1
	}
	date := binary.LittleEndian.AppendUint64(nil, uint64(t.UnixMilli()))
	o.value = bson.RawValue{Type: bson.TypeDateTime, Value: date}
	return o
}

func objectIDOperand(id bson.ObjectID) Operand {
	return Operand{value: bson.RawValue{Type: bson.TypeObjectID, Value: id[:]}, missing: id.IsZero()}
}

// orMissing is v, whose zero value stands for one that is missing.
func orMissing[T interface{ IsZero() bool }](v T, value func(T) bson.RawValue) Operand {
	return Operand{value: value(v), missing: v.IsZero()}
}

func enumOperand[E ~string](v E) Operand {
	return Operand{value: wire.StringValue(v), missing: v == ""}
}

// compare is the Condition that the value at path compares with o as op says. The
// Condition has no Value where nothing that can be stored is equal to o.
func compare(path string, op Op, o Operand) Condition {
	c := Condition{Path: path, Op: op, Value: o.value}
	switch op {
	case Eq, Ne:
		c.Value = o.equal()
	case Gt, Gte:
		switch o.beside {
		case -1:
			c.Op = Gte
		case 1:
			c.Op = Gt
		}
	case Lt, Lte:
		switch o.beside {
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
	switch {
	case o.missing:
		return bson.RawValue{Type: bson.TypeNull}
	case o.beside != 0:
		return bson.RawValue{}
	}
	return o.value
}

// compareOneOf is the Condition that the value at path is equal to one of operands.
func compareOneOf(path string, operands []Operand) Condition {
	var values []bson.RawValue
	for _, o := range operands {
		if v := o.equal(); !v.IsZero() {
			values = append(values, v)
		}
	}
	return NewOneOf(path, values...)
}
