package store_test

import (
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/store"
)

// TestFailureTellsSilenceFromAnswers has what the driver gives for a server that
// does not answer, and for one that refuses. The first of them is what an operation
// met that asked for a connection while its pool was being cleared.
func TestFailureTellsSilenceFromAnswers(t *testing.T) {
	answer, err := bson.Marshal(bson.D{{Key: "ok", Value: 0}, {Key: "errmsg", Value: "no"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		err    error
		silent bool
	}{
		"a cleared pool":           {mongo.CommandError{Message: "connection pool was cleared", Labels: []string{"TransientTransactionError"}}, true},
		"a broken connection":      {mongo.CommandError{Message: "incomplete read", Labels: []string{"NetworkError"}}, true},
		"what has no type":         {errors.New("server selection error"), true},
		"a server shutting down":   {mongo.CommandError{Code: 91, Raw: answer}, true},
		"time that ran out there":  {mongo.CommandError{Code: 50, Raw: answer}, true},
		"a refusal with a code":    {mongo.CommandError{Code: 2, Raw: answer}, false},
		"a refusal without a code": {mongo.CommandError{Raw: answer}, false},
		"a refused write":          {mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: 2}}}, false},
	} {
		if got := errors.Is(store.Failure("users", test.err), store.ErrUnavailable); got != test.silent {
			t.Errorf("%s: unavailable is %t", name, got)
		}
	}
}
