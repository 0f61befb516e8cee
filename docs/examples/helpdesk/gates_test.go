package main_test

import (
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// TestGates goes the way of a pipeline: what a Mongoose process left is not yet as the schema
// says, then it is, and then somebody spoils it.
func TestGates(t *testing.T) {
	t.Parallel()
	d := leave(t)
	d.says(t, 1, "partialFilterExpression is none", "indexes", "check")
	d.says(t, 1, "must be a document, is a string", "documents", "check")
	d.says(t, 0, "0 open", "indexes", "ensure", "--prune", "--tenant", organization)
	d.says(t, 0, "1 were migrated", "migrate", "up")
	d.says(t, 0, "the schema ignores tOTPKey_*", "indexes", "check", "--verbose")
	d.says(t, 0, "86 documents, 0 findings", "documents", "check")
	d.says(t, 1, "closedDate", "documents", "check", "--strict") // closed before that was written down

	if err := d.db.Collection("groups").Indexes().DropOne(t.Context(), "members_1__id_1"); err != nil {
		t.Fatal(err)
	}
	d.says(t, 1, "members_1__id_1", "indexes", "check")
	d.says(t, 0, "0 open", "indexes", "ensure")
	d.says(t, 0, "0 open", "indexes", "check")

	wrong := bson.D{{Key: "$set", Value: bson.D{{Key: "comments.0.date", Value: "yesterday"}}}}
	if _, err := d.db.Collection("tickets").UpdateOne(t.Context(), bson.D{{Key: "uid", Value: 1005}}, wrong); err != nil {
		t.Fatal(err)
	}
	d.says(t, 1, "comments.date", "documents", "check")
}

// TestThereAndBack migrates before the indexes are replaced, and takes that back: Mongoose finds
// its roles and its deleted ticket.
func TestThereAndBack(t *testing.T) {
	t.Parallel()
	d := leave(t)
	d.says(t, 1, "1 failed", "migrate", "up")
	d.says(t, 0, "0 open", "indexes", "ensure", "--prune", "--tenant", organization)
	d.says(t, 0, "0002", "migrate", "verify")
	if got := d.stored(t, "tickets", 12); got["deletedAt"] == nil || got["deleted"] != nil {
		t.Errorf("the ticket that Mongoose deleted is %v", got)
	}
	d.says(t, 0, "1 were migrated", "migrate", "to", "0", "--tenant", organization)
	if got := d.stored(t, "tickets", 12); got["deletedAt"] != nil || got["deleted"] != true {
		t.Errorf("taken back, it is %v", got)
	}
	for n, role := range map[int]string{1: "admin", 2: "mod", 12: "user"} {
		if got := d.stored(t, "accounts", n); got["role"] != role {
			t.Errorf("the role of %v is %v", got["username"], got["role"])
		}
	}
}

// says fails unless tenantctl prints something, and exits with a code.
func (d *helpDesk) says(t *testing.T, code int, something string, args ...string) {
	t.Helper()
	if out := d.mustAnswer(t, code, args...); !strings.Contains(out, something) {
		t.Errorf("tenantctl %s does not say %q:\n%s", strings.Join(args, " "), something, out)
	}
}
