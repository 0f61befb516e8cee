package indexes

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
)

func TestAdvice(t *testing.T) {
	t.Parallel()
	for code, want := range map[int32]string{
		13:    "grant it createIndex",
		85:    "there is an index on these keys with other options",
		86:    "there is another index of this name",
		276:   "run indexes ensure again",
		8000:  "see what its plan allows",
		11601: "run indexes ensure again",
	} {
		if got := advice(mongo.CommandError{Code: code}); got == nil || !strings.Contains(got.Error(), want) {
			t.Errorf("%d: %v", code, got)
		}
	}
	for _, err := range []error{mongo.CommandError{Code: 8}, mongo.CommandError{}, errors.New("lost"), context.Canceled} {
		if got := advice(err); got != nil {
			t.Errorf("%v: %v", err, got)
		}
	}
}

func TestUnknownToTheServer(t *testing.T) {
	t.Parallel()
	for _, code := range []int32{67, 72, 115, 197, 238} {
		if !unknown(mongo.CommandError{Code: code}) {
			t.Errorf("%d is an answer of a server that has it", code)
		}
	}
	for _, err := range []error{mongo.CommandError{Code: 13}, mongo.CommandError{Code: 68}, errors.New("lost"), nil} {
		if unknown(err) {
			t.Errorf("%v is an answer of a server that does not have it", err)
		}
	}
}

// TestRefused: why an index was not built is said in the product's words. An error that an
// operator cannot mend is returned.
func TestRefused(t *testing.T) {
	t.Parallel()
	db, server := modelDatabase(t)
	coll := db.Collection("things")
	expiring := &meta.Index{Name: "at_1", Keys: declaredOn("at"), Expires: true, TTL: time.Hour}
	plain := &meta.Index{Name: "a_1", Keys: declaredOn("a")}
	answered := func(code int32, message string) error {
		return mongo.CommandError{Code: code, Name: "No", Message: message, Raw: encoded(t, bson.D{})}
	}
	documents := "missing; the server refused to build it, because documents repeat the keys of others; change or remove them"
	unsupported := func(why string) string {
		return "the server, version " + serverVersion(t, db) + ", cannot hold it, because of expireAfterSeconds: " + why + "; declare the index without, or use a server that has it"
	}
	for name, c := range map[string]struct {
		x      *meta.Index
		err    error
		fails  string
		detail string
		// problem and remedy are the finding's afterwards.
		problem Kind
		remedy  Remedy
	}{
		"repeated keys":               {plain, answered(11000, `dup key: { a: "ada" }`), "", documents, Missing, Refuse},
		"repeated keys, converting":   {plain, answered(359, `dup key: { a: "ada" }`), "", documents, Missing, Refuse},
		"repeated keys, demanding":    {expiring, answered(11000, ""), "", documents, Missing, Refuse},
		"not known":                   {expiring, answered(197, "no TTL"), "", unsupported("(No) no TTL"), Unsupported, ""},
		"ignored":                     {expiring, &ignoredError{"x is y"}, "", unsupported("it built another: x is y"), Unsupported, ""},
		"not known, without demands":  {plain, answered(67, "what?"), "index a_1 of things: (No) what?", "missing", Missing, Build},
		"another error, demanding":    {expiring, answered(8, "oops"), "index at_1 of things: (No) oops", "missing", Missing, Build},
		"an error to be advised upon": {plain, answered(13, "no"), "index a_1 of things: (No) no\nlet this user build indexes: grant it createIndex on the database", "missing", Missing, Build},
		"no answer":                   {plain, answered(91, "down"), "index a_1 of things: " + store.ErrUnavailable.Error() + ": (No) down", "missing", Missing, Build},
	} {
		f := &Finding{Index: c.x.Name, Problem: Missing, Detail: "missing", Remedy: Build, Declared: c.x}
		err := f.refused(t.Context(), coll, c.err)
		switch {
		case err == nil && c.fails != "", err != nil && err.Error() != c.fails:
			t.Errorf("%s: %v, want %q", name, err, c.fails)
		case f.Detail != c.detail || f.Problem != c.problem || f.Remedy != c.remedy || f.Done:
			t.Errorf("%s: %+v", name, f)
		}
		if unanswered := errors.Is(err, store.ErrUnavailable); unanswered != (name == "no answer") {
			t.Errorf("%s: not answered is %t", name, unanswered)
		}
	}
	server.On("buildInfo").Fail(scripted.Error{Code: 13})
	if got := version(t.Context(), db); got != "unknown" {
		t.Errorf("of a server that does not say: %s", got)
	}
	if got := version(t.Context(), db); got == "unknown" || got != serverVersion(t, db) {
		t.Errorf("version %s", got)
	}
}

// serverVersion returns what the server says.
func serverVersion(t *testing.T, db *mongo.Database) string {
	t.Helper()
	answer, err := db.RunCommand(t.Context(), bson.D{{Key: "buildInfo", Value: 1}}).Raw()
	if err != nil {
		t.Fatal(err)
	}
	return answer.Lookup("version").StringValue()
}
