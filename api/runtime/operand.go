package runtime

import (
	"encoding/binary"
	"math"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
)

// The first and the last time that a BSON date holds.
var (
	firstTime = time.UnixMilli(math.MinInt64)
	lastTime  = time.UnixMilli(math.MaxInt64)
)

// timeOperand is t to the millisecond, and where t lies beside that.
func timeOperand(t time.Time) meta.Operand {
	var o meta.Operand
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
