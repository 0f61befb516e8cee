package match

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// relation is one of $eq, $lt, $lte, $gt and $gte.
type relation struct {
	// less, equal and greater say which outcomes of a comparison are meant.
	less, equal, greater bool
}

var relations = map[string]relation{
	"$eq": {equal: true}, "$lt": {less: true}, "$lte": {less: true, equal: true},
	"$gt": {greater: true}, "$gte": {greater: true, equal: true},
}

// test compares values with operand. Only values of the operand's own bracket of
// types compare, but for MinKey and MaxKey, which all others lie between.
func (r relation) test(operand bson.RawValue, version int) func(bson.RawValue) bool {
	return func(v bson.RawValue) bool {
		if value.Bracket(v.Type) != value.Bracket(operand.Type) {
			return r.across(v, operand, version)
		}
		if value.IsNaN(v) || value.IsNaN(operand) {
			return r.equal && value.IsNaN(v) && value.IsNaN(operand)
		}
		c := value.Compare(v, operand)
		return c < 0 && r.less || c == 0 && r.equal || c > 0 && r.greater
	}
}

// across compares values of different brackets. What is not there is equal to null;
// so is undefined before MongoDB 8.
func (r relation) across(v, operand bson.RawValue, version int) bool {
	switch operand.Type {
	case bson.TypeNull:
		return r.equal && (v.Type == value.Missing || v.Type == bson.TypeUndefined && version < 8)
	case bson.TypeMaxKey:
		return r.less
	case bson.TypeMinKey:
		return r.greater
	}
	return false
}
