package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// migrate makes the indexes what the schema says.
func (c *chat) migrate(t *testing.T) {
	t.Helper()
	c.tenantctl(t, 0, "", "indexes", "ensure", "--prune", "--yes")
}

// findings returns what a gate that says no finds: indexes with their problem, or
// paths.
func findings(t *testing.T, out string) []string {
	t.Helper()
	var report struct {
		Findings []struct{ Collection, Index, Path, Problem string }
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	var found []string
	for _, f := range report.Findings {
		found = append(found, strings.Join([]string{f.Collection, f.Index + f.Path, f.Problem}, " "))
	}
	return found
}

// TestIndexGate goes from Mongoose's indexes to the schema's, and back by one.
func TestIndexGate(t *testing.T) {
	t.Parallel()
	c := open(t)
	check := []string{"indexes", "check", "--output", "json"}
	found := findings(t, c.tenantctl(t, 1, "", check...))
	for _, line := range found {
		if !strings.HasSuffix(line, " missing") && line != "layouts _environmentId_1_identifier_1 different" && line != "users  absent" {
			t.Errorf("Mongoose's index is not kept: %s", line)
		}
	}
	if !slices.Contains(found, "messages conversationId_1_createdAt_1__id_1 missing") {
		t.Errorf("nothing is missing: %q", found)
	}

	// What is missing is built. The index of deleted layouts is another one, which
	// nobody drops without being told to.
	found = findings(t, c.tenantctl(t, 1, "", "indexes", "ensure", "--output", "json"))
	if !slices.Contains(found, "layouts _environmentId_1_identifier_1 different") {
		t.Errorf("the index on layouts is not different: %q", found)
	}
	if found = findings(t, c.tenantctl(t, 1, "", check...)); len(found) != 1 {
		t.Errorf("not built: %q", found)
	}
	c.migrate(t)
	c.tenantctl(t, 0, "", check...)

	// The declared index was built while the plug-in's had its name, and keeps the other.
	if err := c.database(t).Collection("notifications").Indexes().DropOne(t.Context(), "_subscriberId_1__templateId_1"); err != nil {
		t.Fatal(err)
	}
	found = findings(t, c.tenantctl(t, 1, "", check...))
	if want := []string{"layouts _environmentId_1_identifier_1_2 renamed", "notifications _subscriberId_1__templateId_1 missing"}; !slices.Equal(found, want) {
		t.Errorf("found %q, not %q", found, want)
	}
	c.tenantctl(t, 2, "", "indexes", "check", "--colour")
}

// TestDocumentGate finds nothing in what Mongoose left, and then what does not fit.
func TestDocumentGate(t *testing.T) {
	t.Parallel()
	c := open(t)
	check := []string{"documents", "check", "--output", "json"}
	c.tenantctl(t, 0, "", check...)

	// A reader who disliked a message did not have to say why, before.
	strict := findings(t, c.tenantctl(t, 1, "", append(check, "--strict")...))
	if want := []string{"messages feedback.tag must be given"}; !slices.Equal(strict, want) {
		t.Errorf("strictly: %q, not %q", strict, want)
	}

	change := bson.D{{Key: "$set", Value: bson.D{{Key: "feedback.rating", Value: "meh"}, {Key: "tokenCount", Value: 1.5}}}}
	if _, err := c.database(t).Collection("messages").UpdateOne(t.Context(), bson.D{{Key: "feedback.rating", Value: "thumbsUp"}}, change); err != nil {
		t.Fatal(err)
	}
	device := bson.D{{Key: "_id", Value: "a phone"}, {Key: "_subscriberId", Value: "crew-001"}, {Key: "platform", Value: "ios"}}
	if _, err := c.database(t).Collection("devices").InsertOne(t.Context(), device); err != nil {
		t.Fatal(err)
	}
	found := findings(t, c.tenantctl(t, 1, "", check...))
	want := []string{"devices _id must be a UUID, is a string", `messages feedback.rating is "meh", which is not one of the declared values`, "messages tokenCount must be a whole number, has a fraction or is out of range"}
	if !slices.Equal(found, want) {
		t.Errorf("found %q, not %q", found, want)
	}
}
