package command

import (
	"encoding/json"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/tenant"
)

// TestTenantMaterialize says what was made and what was there; it is done, the answer is no, or it could not run.
func TestTenantMaterialize(t *testing.T) {
	c := newCtl(t)
	c.app.Collections = append(slices.Clone(c.app.Collections), runtime.Collection{Collection: meta.Collection{Name: "notes"}})
	db := c.create("one")
	c.says(c.run(exitDone, "", words("tenant show one")), "none yet")
	c.says(c.run(exitDone, "", words("tenant materialize one users")), "users made")
	c.says(c.run(exitDone, "", words("tenant materialize one")), "notes made", "users was there already")
	c.says(c.run(exitDone, "", words("tenant show one")), "COLLECTIONS", "users, notes")
	var shown []tenant.View
	if err := json.Unmarshal([]byte(c.run(exitDone, "", words("tenant show one -o json"))), &shown); err != nil || !slices.Equal(shown[0].Collections, []string{"users", "notes"}) {
		t.Errorf("%+v, %v", shown, err)
	}
	var report struct {
		Tenant      string
		Made, There []string
	}
	if err := json.Unmarshal([]byte(c.run(exitDone, "", words("tenant materialize one notes -o json"))), &report); err != nil || report.Tenant != "one" ||
		report.Made == nil || len(report.Made) > 0 || !slices.Equal(report.There, []string{"notes"}) {
		t.Errorf("%+v, %v", report, err)
	}
	c.run(exitNo, "", words("tenant materialize nobody"), `there is no tenant "nobody"`)
	c.run(exitCannot, "", words("tenant materialize one user"), `no tenant has a collection "user"; there are users, notes`)
	c.run(exitCannot, "", words("tenant materialize"), "NAME is missing; write tenantctl tenant materialize NAME [COLLECTION...]")
	c.run(exitCannot, "", words("tenant materialize one -o xml"), "--output takes table, json")
	users := db.Collection("users")
	c.drop(users, "email_1")
	c.index(users, options.Index(), bson.E{Key: "email", Value: 1})
	c.run(exitNo, "", words("tenant materialize one"), `tenant "one": `, "index email_1 is different", "tenantctl indexes ensure --prune replaces what is different")
	if _, err := c.admin.Collection("tenants").InsertMany(t.Context(), []bson.D{
		{{Key: "name", Value: "half"}, {Key: "state", Value: "provisioning"}}, {{Key: "name", Value: "thief"}, {Key: "database", Value: db.Name()}},
	}); err != nil {
		t.Fatal(err)
	}
	c.says(c.run(exitDone, "", words("tenant show half")), "not known")
	c.run(exitNo, "", words("tenant materialize half"), `tenant "half": `, "still being provisioned")
	c.run(exitNo, "", words("tenant materialize thief"), `which is tenant "one"'s`)
	t.Setenv("MONGO_URI", "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200")
	c.run(exitCannot, "", words("tenant materialize one"), "MONGO_URI")
}
