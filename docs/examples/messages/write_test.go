package main

import (
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/docs/examples/messages/gen/conversations"
)

// one returns a document as it is stored.
func (c *chat) one(t *testing.T, collection string, id any) bson.M {
	t.Helper()
	var doc bson.M
	if err := c.database(t).Collection(collection).FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func oid(t *testing.T, hex string) bson.ObjectID {
	t.Helper()
	id, err := bson.ObjectIDFromHex(hex)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestTwoWritersOfMetadata merges what two programs know at the same time into values
// of every type.
func TestTwoWritersOfMetadata(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.login(t)
	const id = "65a000030000000000000002"
	before := c.one(t, "messages", oid(t, id))
	const rounds = 5
	var writers sync.WaitGroup
	for _, writer := range []string{"search", "billing"} {
		writers.Go(func() {
			for round := range rounds {
				body := fmt.Sprintf(`{"metadata":{"%s":{"round%d":{"$date":"2026-01-31T08:30:00Z"}}}}`, writer, round)
				if got := c.send(t, http.MethodPatch, "/api/messages/"+id, body); got.status != http.StatusOK {
					t.Errorf("%s: %d %s", writer, got.status, got.body)
				}
			}
		})
	}
	writers.Wait()
	after := c.one(t, "messages", oid(t, id))
	metadata := after["metadata"].(bson.D)
	kept := bson.D{}
	for _, e := range metadata {
		if e.Key != "search" && e.Key != "billing" {
			kept = append(kept, e)
		} else if len(e.Value.(bson.D)) != rounds {
			t.Errorf("%s has lost something: %v", e.Key, e.Value)
		}
	}
	if diff := cmp.Diff(fmt.Sprint(before["metadata"]), fmt.Sprint(kept)); diff != "" || len(metadata) != len(kept)+2 {
		t.Errorf("the writers changed more than theirs (-before +after):\n%s", diff)
	}
	if after["_rev"] != int64(2*rounds) {
		t.Errorf("%v writes, not %d", after["_rev"], 2*rounds)
	}
}

// TestManyAddMessages has each of many writers add one to a conversation that has none.
func TestManyAddMessages(t *testing.T) {
	t.Parallel()
	c := open(t)
	entry, err := c.stack.Catalog.Resolve(t.Context(), c.tenant)
	if err != nil {
		t.Fatal(err)
	}
	all, id := conversations.In(entry.Handle()), oid(t, "65a000020000000000000006")
	docs := seed(t)["messages"]
	var writers sync.WaitGroup
	for _, doc := range docs {
		writers.Go(func() {
			patch := conversations.Patch{Messages: store.AddToSet(doc.Lookup("_id").ObjectID())}
			if _, err := all.Update(t.Context(), id, patch); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if got, err := all.Get(t.Context(), id); err != nil || len(got.Messages) != len(docs) {
		t.Errorf("%v of %d messages (%v)", got, len(docs), err)
	}
}

// TestMongooseFindsWhatItKnows changes what Mongoose wrote, and looks for what only
// Mongoose knows.
func TestMongooseFindsWhatItKnows(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.login(t)
	for _, change := range []struct {
		collection, id, body string
		key                  any
		unknown              []string
	}{
		{"messages", "65a000030000000000000002", `{"feedback":{"rating":"thumbsUp"}}`, oid(t, "65a000030000000000000002"), []string{"__v", "_searchIndex", "iconURL"}},
		{"messages", "65a00003000000000000000c", `{"plugin":null,"finishReason":"stop"}`, oid(t, "65a00003000000000000000c"), []string{"__v", "plugins"}},
		{"conversations", "65a000020000000000000002", `{"title":"Tides","tags":["sea"]}`, oid(t, "65a000020000000000000002"), []string{"__v", "agentOptions"}},
		{"notifications", "65a000060000000000000007", `{"read":true,"payload":{"opened":true}}`, oid(t, "65a000060000000000000007"), []string{"__v", "_organizationId", "actor"}},
		{"subscribers", "crew-001", `{"locale":"en-GB"}`, "crew-001", []string{"__v", "deleted", "channels"}},
		{"layouts", "65a0000a0000000000000003", `{"name":"Weekly"}`, oid(t, "65a0000a0000000000000003"), []string{"__v", "deleted"}},
	} {
		before := c.one(t, change.collection, change.key)
		c.send(t, http.MethodPatch, "/api/"+change.collection+"/"+change.id, change.body).is(http.StatusOK)
		after := c.one(t, change.collection, change.key)
		for _, member := range change.unknown {
			if _, there := before[member]; !there {
				t.Errorf("%s %s had no %s", change.collection, change.id, member)
			}
			if diff := cmp.Diff(before[member], after[member]); diff != "" {
				t.Errorf("%s %s lost %s:\n%s", change.collection, change.id, member, diff)
			}
		}
	}

	// An element is found by the _id that Mongoose gave it, and keeps its priority.
	channel := "/api/subscribers/crew-001/channels/65a000070000000000000002"
	c.send(t, http.MethodPatch, channel, `{"credentials":{"tokens":["t-3"]}}`).is(http.StatusOK)
	second := c.one(t, "subscribers", "crew-001")["channels"].(bson.A)[1].(bson.D)
	want := `{"_id":{"$oid":"65a000070000000000000002"},"providerId":"push","credentials":{"tokens":["t-3"],"since":{"$date":"2024-06-01T00:00:00Z"}},"priority":1}`
	if got, err := bson.MarshalExtJSON(second, false, false); err != nil || string(got) != want {
		t.Errorf("the element is %s, not %s (%v)", got, want, err)
	}
}

// TestWhatIsReadCanBeSentBack sends every document back as it was read, and changes
// nothing by it.
func TestWhatIsReadCanBeSentBack(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.login(t)
	left := seed(t)
	for name, collection := range stored {
		for _, doc := range left[collection] {
			if doc.Lookup("deletedAt").Type == bson.TypeDateTime {
				continue
			}
			path := "/api/" + name + "/" + inURL(doc.Lookup("_id"))
			read := c.send(t, http.MethodGet, path, "")
			read.is(http.StatusOK)
			c.send(t, http.MethodPatch, path, string(read.body)).is(http.StatusOK)
			var after bson.Raw
			if err := c.database(t).Collection(collection).FindOne(t.Context(), bson.D{{Key: "_id", Value: doc.Lookup("_id")}}).Decode(&after); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(doc.String(), after.String()); diff != "" {
				t.Errorf("%s was changed (-before +after):\n%s", path, diff)
			}
		}
	}
}

// inURL returns an _id as URLs have it.
func inURL(id bson.RawValue) string {
	switch id.Type {
	case bson.TypeObjectID:
		return id.ObjectID().Hex()
	case bson.TypeBinary:
		_, data := id.Binary()
		return fmt.Sprintf("%x-%x-%x-%x-%x", data[:4], data[4:6], data[6:8], data[8:10], data[10:])
	default:
		return url.PathEscape(id.StringValue())
	}
}

// TestOneUnreadNotification has the partial unique index that Mongoose made guard.
func TestOneUnreadNotification(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.login(t)
	body := `{"subscriber":"crew-001","templateId":"65a0000b0000000000000001","environmentId":"65a000010000000000000001","payload":{"number":13}}`
	c.send(t, http.MethodPost, "/api/notifications", body).refused(http.StatusConflict, "duplicate")
	c.send(t, http.MethodPatch, "/api/notifications/65a000060000000000000001", `{"read":true}`).is(http.StatusOK)
	made := c.send(t, http.MethodPost, "/api/notifications", body).is(http.StatusCreated)
	c.send(t, http.MethodPatch, "/api/notifications/65a000060000000000000001", `{"read":false}`).refused(http.StatusConflict, "duplicate")

	doc := c.one(t, "notifications", oid(t, made["_id"].(string)))
	if doc["_subscriberId"] != "crew-001" || doc["_templateId"] != oid(t, "65a0000b0000000000000001") || doc["read"] != false {
		t.Errorf("stored as %v", doc)
	}
	if _, there := doc["sentAt"].(bson.DateTime); !there || doc["subscriber"] != nil {
		t.Errorf("stored as %v", doc)
	}
	c.send(t, http.MethodPatch, "/api/notifications/"+made["_id"].(string), `{"status":"error"}`).refused(http.StatusUnprocessableEntity, "validation_failed")
	c.send(t, http.MethodPatch, "/api/notifications/"+made["_id"].(string), `{"status":"error","errorId":"bounced"}`).is(http.StatusOK)
}

// TestLayoutsComeBack deletes softly, takes identifiers and gives them back.
func TestLayoutsComeBack(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.login(t)
	c.migrate(t)
	const digest, body = "/api/layouts/65a0000a0000000000000003", `{"environmentId":"65a000010000000000000001","identifier":"digest","name":"Digest, again"}`
	c.send(t, http.MethodPost, "/api/layouts", body).refused(http.StatusConflict, "duplicate")
	c.send(t, http.MethodDelete, digest, "").is(http.StatusNoContent)
	c.send(t, http.MethodGet, digest, "").refused(http.StatusNotFound, "not_found")
	second := "/api/layouts/" + c.send(t, http.MethodPost, "/api/layouts", body).is(http.StatusCreated)["_id"].(string)
	c.send(t, http.MethodPost, digest+"/restore", "").refused(http.StatusConflict, "duplicate")
	c.send(t, http.MethodDelete, second, "").is(http.StatusNoContent)
	c.send(t, http.MethodPost, digest+"/restore", "").is(http.StatusOK)
	c.send(t, http.MethodPost, second+"/purge", "").is(http.StatusNoContent)

	// What the plug-in deleted comes back as well, if nobody has its identifier.
	c.send(t, http.MethodPost, "/api/layouts/65a0000a0000000000000009/restore", "").refused(http.StatusConflict, "duplicate")
	c.send(t, http.MethodPost, "/api/layouts/65a0000a000000000000000b/restore", "").is(http.StatusOK)
}

// TestCreated creates a document of each kind of _id.
func TestCreated(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.login(t)
	const environment = `"environmentId":"65a000010000000000000001"`
	c.send(t, http.MethodPost, "/api/subscribers", `{`+environment+`}`).refused(http.StatusUnprocessableEntity, "validation_failed")
	c.send(t, http.MethodPost, "/api/subscribers", `{"_id":"crew-001",`+environment+`}`).refused(http.StatusConflict, "duplicate")
	c.send(t, http.MethodPost, "/api/subscribers", `{"_id":"crew-101","locale":"de_AT",`+environment+`}`).refused(http.StatusUnprocessableEntity, "validation_failed")
	subscriber := c.send(t, http.MethodPost, "/api/subscribers", `{"_id":"crew-101","locale":"de-AT","firstName":"Kim",`+environment+`}`).is(http.StatusCreated)
	if subscriber["name"] != "Kim" {
		t.Errorf("a subscriber without the computed name: %v", subscriber)
	}
	device := c.send(t, http.MethodPost, "/api/devices", `{"subscriber":"crew-101","platform":"web"}`).is(http.StatusCreated)
	for _, member := range []string{"_id", "pairing", "lastSeenAt"} {
		if text, _ := device[member].(string); text == "" {
			t.Errorf("a device without %s: %v", member, device)
		}
	}
	c.send(t, http.MethodGet, "/api/devices/"+device["_id"].(string)+"?expand=subscriber", "").is(http.StatusOK)
	c.send(t, http.MethodPost, "/api/devices", `{"subscriber":"nobody","platform":"web"}`).refused(http.StatusUnprocessableEntity, "validation_failed")

	entry := c.send(t, http.MethodPost, "/api/audit", `{"action":"create","change":{"after":{"$numberDecimal":"1.50"}},`+environment+`}`).is(http.StatusCreated)
	doc := c.one(t, "AuditEntry", oid(t, entry["_id"].(string)))
	if doc["_environmentId"] != oid(t, "65a000010000000000000001") || doc["_userId"] == nil {
		t.Errorf("stored as %v", doc)
	}
	c.send(t, http.MethodPatch, "/api/audit/"+entry["_id"].(string), `{"action":"delete"}`).refused(http.StatusUnprocessableEntity, "validation_failed")
}
