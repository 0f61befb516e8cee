package raw_test

import (
	"errors"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/sessions"
)

// A date without a form in JSON would make a document unreadable over HTTP. No write lets one
// through.
func TestDatesThatJSONCannotCarry(t *testing.T) {
	db := testdb.Client(t).Database(testdb.Database(t, "admin"))
	repo := sessions.In(handle.NewAdmin(db, nil, nil))
	session := func(until time.Time) sessions.New {
		return sessions.New{Tenant: bson.NewObjectID(), User: bson.NewObjectID(), ExpiresAt: until}
	}
	made, err := repo.Create(t.Context(), session(time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)))
	if err != nil {
		t.Fatal(err)
	}
	before := stored(t, db.Collection("sessions"), made.ID)
	for name, date := range map[string]time.Time{
		"a year too late":   time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		"a year too early":  time.Date(-1, 12, 31, 23, 59, 59, 999e6, time.UTC),
		"beyond int64":      time.Unix(1<<60, 0),
		"below int64":       time.Unix(-1<<60, 0),
		"late in UTC alone": time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -2*60*60)),
		"none":              {},
	} {
		_, created := repo.Create(t.Context(), session(date))
		_, many := repo.CreateMany(t.Context(), []sessions.New{session(time.Now()), session(date)})
		_, updated := repo.Update(t.Context(), made.ID, sessions.Patch{ExpiresAt: store.Set(date)})
		for _, write := range []struct {
			pointer string
			err     error
		}{{"/expiresAt", created}, {"/1/expiresAt", many}, {"/expiresAt", updated}} {
			var invalid *store.InvalidError
			if !errors.As(write.err, &invalid) || len(invalid.Fields) != 1 || invalid.Fields[0].Pointer != write.pointer {
				t.Errorf("%s: %v, want a problem with %s", name, write.err, write.pointer)
			}
		}
	}
	if n, err := db.Collection("sessions").CountDocuments(t.Context(), bson.D{}); n != 1 || err != nil {
		t.Errorf("%d are stored, %v", n, err)
	}
	if after := stored(t, db.Collection("sessions"), made.ID); after["expiresAt"] != before["expiresAt"] || after["_rev"] != before["_rev"] {
		t.Errorf("%v became %v", before, after)
	}
}
