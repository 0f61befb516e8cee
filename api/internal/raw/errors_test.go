package raw_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// TestFailureTellsSilenceFromAnswers has the driver's errors for a server that does not answer,
// and for one that refuses. The first of them is returned if an operation asks for a
// connection while the pool is being cleared.
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
		if got := errors.Is(raw.WrapError("users", test.err), store.ErrUnavailable); got != test.silent {
			t.Errorf("%s: unavailable is %t", name, got)
		}
	}
}

// The driver's errors are kept as text, with their subject, and never as a type.
func TestFailure(t *testing.T) {
	answer, err := bson.Marshal(bson.D{{Key: "ok", Value: 0}})
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.WrapError("users", nil); err != nil {
		t.Errorf("of none: %v", err)
	}
	for name, test := range map[string]struct {
		err, is error
		text    string
	}{
		"no document":         {fmt.Errorf("find: %w", mongo.ErrNoDocuments), store.ErrNotFound, "no such document"},
		"somebody gave up":    {fmt.Errorf("find: %w", context.Canceled), context.Canceled, "context canceled"},
		"nobody answered":     {errors.New("no server"), store.ErrUnavailable, "users: the database did not answer: no server"},
		"a refusal":           {mongo.CommandError{Code: 2, Name: "BadValue", Message: "no such operator", Raw: answer}, nil, "users: (BadValue) no such operator"},
		"a deadline":          {fmt.Errorf("find: %w", context.DeadlineExceeded), store.ErrUnavailable, "users: the database did not answer: find: context deadline exceeded"},
		"a refusal in writes": {mongo.BulkWriteException{WriteErrors: []mongo.BulkWriteError{{WriteError: mongo.WriteError{Code: 2, Message: "no"}}}}, nil, "users: bulk write exception: write errors: [no]"},
	} {
		got := raw.WrapError("users", test.err)
		if test.is != nil && !errors.Is(got, test.is) || got.Error() != test.text {
			t.Errorf("%s: %v", name, got)
		}
		var command mongo.CommandError
		if errors.As(got, &command) || errors.Is(got, mongo.ErrNoDocuments) {
			t.Errorf("%s: a driver's type is in %#v", name, got)
		}
	}
	codes := []int{6, 7, 43, 64, 89, 91, 112, 133, 134, 175, 189, 202, 237, 262, 317, 365, 9001, 10107, 11600, 11601, 11602, 13435, 13436}
	for _, code := range codes {
		for kind, err := range map[string]error{
			"a command":       mongo.CommandError{Code: int32(code), Raw: answer},
			"a write":         mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: code}}},
			"a write concern": mongo.WriteException{WriteConcernError: &mongo.WriteConcernError{Code: code}},
			"one of many":     mongo.BulkWriteException{WriteErrors: []mongo.BulkWriteError{{WriteError: mongo.WriteError{Code: code}}}},
			"many's concern":  mongo.BulkWriteException{WriteConcernError: &mongo.WriteConcernError{Code: code}},
		} {
			if err := raw.WrapError("users", err); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%d of %s: %v", code, kind, err)
			}
		}
	}
	for label, silent := range map[string]bool{"RetryableWriteError": true, "TransientTransactionError": true, "NoWritesPerformed": false} {
		err := raw.WrapError("users", mongo.CommandError{Code: 2, Raw: answer, Labels: []string{label}})
		if errors.Is(err, store.ErrUnavailable) != silent {
			t.Errorf("%s: %v", label, err)
		}
	}
}

func TestTextsOfErrors(t *testing.T) {
	id := bson.NewObjectID()
	doc := func(id any) bson.Raw { return marshalled(t, bson.D{{Key: "_id", Value: id}}) }
	misfit := &wire.ValueError{Path: "role.name", Reason: "must be a string, is a number"}
	for want, err := range map[string]error{
		"users: another document has the same email":      &store.DuplicateError{Collection: "users", Field: "email"},
		"users: another document has the same unique key": &store.DuplicateError{Collection: "users"},
		"users: /name must be given; /role must be an object": &store.InvalidError{
			Collection: "users", Fields: check.FieldErrors{{Pointer: "/name", Code: "required", Message: "must be given"}, {Pointer: "/role", Code: "type", Message: "must be an object"}},
		},
		"users: document " + id.Hex() + ": role.name must be a string, is a number": raw.NewDocumentError("users", doc(id), misfit),
		"users: document ada: role.name must be a string, is a number":              raw.NewDocumentError("users", doc("ada"), fmt.Errorf("read: %w", misfit)),
		`users: document 7: role.name must be a string, is a number`:                raw.NewDocumentError("users", doc(int32(7)), misfit),
		"users: document ada:  is odd":                                              raw.NewDocumentError("users", doc("ada"), errors.New("is odd")),
	} {
		if err.Error() != want {
			t.Errorf("it reads %q, want %q", err, want)
		}
	}
	bulk := &store.BulkError{Collection: "users"}
	for i := range 5 {
		bulk.Refused = append(bulk.Refused, store.Refusal{Position: 2 * i, Err: errors.New("taken")})
	}
	const five = "users: 5 of the documents were refused, the others are stored: number 0: taken; number 2: taken; number 4: taken; 2 more"
	if bulk.Error() != five {
		t.Errorf("it reads %q", bulk)
	}
	if bulk.Refused = bulk.Refused[:4]; !strings.HasSuffix(bulk.Error(), "number 4: taken; 1 more") {
		t.Errorf("it reads %q", bulk)
	}
	if bulk.Refused = bulk.Refused[:3]; strings.Contains(bulk.Error(), "more") || len(bulk.Unwrap()) != 3 {
		t.Errorf("it reads %q", bulk)
	}
}
