package runtime

import (
	"encoding/binary"
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// The first and the last time that a BSON date holds.
var (
	firstTime = time.UnixMilli(math.MinInt64)
	lastTime  = time.UnixMilli(math.MaxInt64)
)

// timeOperand is t to the millisecond, and where t lies beside that.
func timeOperand(t time.Time) meta.Operand {
	o := meta.Operand{Missing: t.IsZero()}
	switch {
	case t.Before(firstTime):
		t, o.Beside = firstTime, -1
	case t.After(lastTime):
		t, o.Beside = lastTime, 1
	case t.Nanosecond()%int(time.Millisecond) != 0:
		o.Beside = 1
	}
	date := binary.LittleEndian.AppendUint64(nil, uint64(t.UnixMilli()))
	o.Value = bson.RawValue{Type: bson.TypeDateTime, Value: date}
	return o
}

func objectIDOperand(id bson.ObjectID) meta.Operand {
	return meta.Operand{Value: bson.RawValue{Type: bson.TypeObjectID, Value: id[:]}, Missing: id.IsZero()}
}

// orMissing is v, whose zero value stands for one that is missing.
func orMissing[T interface{ IsZero() bool }](v T, value func(T) bson.RawValue) meta.Operand {
	return meta.Operand{Value: value(v), Missing: v.IsZero()}
}

func enumOperand[E ~string](v E) meta.Operand {
	return meta.Operand{Value: wire.StringValue(v), Missing: v == ""}
}
