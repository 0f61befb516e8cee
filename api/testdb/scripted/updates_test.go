package scripted_test

import (
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/testdb/scripted/internal/literal"
)

// updating is a document, an update, and the document after it or the code that
// refuses it. Upsert says that there is no document: before is the filter.
type updating struct {
	before, update, after string
	code                  int
	upsert, embedded      bool
}

var updates = []updating{
	// $set, $unset, and where new fields go: behind the others, in the order of names.
	{before: `{"_id": 1, "b": 1, "a": 1}`, update: `{"$set": {"a": 2, "d": 4, "c": 3}}`, after: `{"_id": 1, "b": 1, "a": 2, "c": 3, "d": 4}`},
	{before: `{"_id": 1}`, update: `{"$set": {"x.10": 1, "x.9": 2}}`, after: `{"_id": 1, "x": {"9": 2, "10": 1}}`, embedded: true},
	{before: `{"_id": 1}`, update: `{"$set": {"a.b.c": 1}}`, after: `{"_id": 1, "a": {"b": {"c": 1}}}`},
	{before: `{"_id": 1, "a": [1, {"b": 2}]}`, update: `{"$set": {"a.1.b": 3, "a.0": 0}}`, after: `{"_id": 1, "a": [0, {"b": 3}]}`},
	{before: `{"_id": 1, "a": [1]}`, update: `{"$set": {"a.2": 4}}`, after: `{"_id": 1, "a": [1, null, 4]}`},
	{before: `{"_id": 1, "a": [1]}`, update: `{"$set": {"a.b": 4}}`, code: 28},
	{before: `{"_id": 1, "a": 5}`, update: `{"$set": {"a.b": 4}}`, code: 28},
	{before: `{"_id": 1, "a": null}`, update: `{"$set": {"a.b": 4}}`, code: 28},
	{before: `{"_id": 1}`, update: `{"$set": {"_id": 2}}`, code: 66},
	{before: `{"_id": 1}`, update: `{"$set": {"_id": 1, "a": 1}}`, after: `{"_id": 1, "a": 1}`},
	{before: `{"_id": 1}`, update: `{"$unset": {"_id": ""}}`, code: 66},
	{before: `{"_id": 1}`, update: `{"$set": {"a": 1, "a.b": 2}}`, code: 40},
	{before: `{"_id": 1}`, update: `{"$set": {"a": 1}, "$inc": {"a": 2}}`, code: 40},
	{before: `{"_id": 1}`, update: `{"$set": {"ab": 1, "a": 2}}`, after: `{"_id": 1, "a": 2, "ab": 1}`},
	{before: `{"_id": 1}`, update: `{"$set": {"a..b": 1}}`, code: 56},
	{before: `{"_id": 1}`, update: `{"$set": {"": 1}}`, code: 56},
	{before: `{"_id": 1}`, update: `{"$set": {}}`, after: `{"_id": 1}`},
	{before: `{"_id": 1}`, update: `{"$fly": {}}`, code: 9},
	{before: `{"_id": 1}`, update: `{"$set": 5}`, code: 9},
	{before: `{"_id": 1, "a": 1, "b": {"c": 1, "d": 2}}`, update: `{"$unset": {"a": "", "b.c": "", "x.y": ""}}`, after: `{"_id": 1, "b": {"d": 2}}`},
	{before: `{"_id": 1, "a": [1, 2]}`, update: `{"$unset": {"a.0": "", "a.7": ""}}`, after: `{"_id": 1, "a": [null, 2]}`, embedded: true},
	{before: `{"_id": 1, "a": 5}`, update: `{"$unset": {"a.b": ""}}`, after: `{"_id": 1, "a": 5}`},
	// Numbers.
	{before: `{"_id": 1, "n": 1}`, update: `{"$inc": {"n": 2, "m": {"$numberLong": "3"}}}`, after: `{"_id": 1, "n": 3, "m": {"$numberLong": "3"}}`},
	{before: `{"_id": 1, "n": {"$numberInt": "2147483647"}}`, update: `{"$inc": {"n": 1}}`, after: `{"_id": 1, "n": {"$numberLong": "2147483648"}}`},
	{before: `{"_id": 1, "n": 1}`, update: `{"$inc": {"n": {"$numberLong": "1"}}}`, after: `{"_id": 1, "n": {"$numberLong": "2"}}`},
	{before: `{"_id": 1, "n": 1}`, update: `{"$inc": {"n": 0.5}}`, after: `{"_id": 1, "n": 1.5}`},
	{before: `{"_id": 1, "n": {"$numberLong": "9223372036854775807"}}`, update: `{"$inc": {"n": 1}}`, code: 2},
	{before: `{"_id": 1, "n": "x"}`, update: `{"$inc": {"n": 1}}`, code: 14},
	{before: `{"_id": 1, "n": null}`, update: `{"$inc": {"n": 1}}`, code: 14},
	{before: `{"_id": 1}`, update: `{"$inc": {"n": "x"}}`, code: 14},
	{before: `{"_id": 1, "n": 3}`, update: `{"$mul": {"n": 2, "m": {"$numberLong": "2"}}}`, after: `{"_id": 1, "n": 6, "m": {"$numberLong": "0"}}`},
	{before: `{"_id": 1, "n": 3}`, update: `{"$min": {"n": 2, "m": 1}}`, after: `{"_id": 1, "n": 2, "m": 1}`},
	{before: `{"_id": 1, "n": 3}`, update: `{"$min": {"n": "x"}}`, after: `{"_id": 1, "n": 3}`},
	{before: `{"_id": 1, "n": 3}`, update: `{"$max": {"n": "x"}}`, after: `{"_id": 1, "n": "x"}`},
	{before: `{"_id": 1, "n": 3}`, update: `{"$max": {"n": 2}}`, after: `{"_id": 1, "n": 3}`},
	{before: `{"_id": 1, "n": {"$numberDecimal": "1.10"}}`, update: `{"$inc": {"n": {"$numberDecimal": "2.2"}}}`, after: `{"_id": 1, "n": {"$numberDecimal": "3.30"}}`, embedded: true},
	{before: `{"_id": 1, "n": {"$numberDecimal": "1.10"}}`, update: `{"$mul": {"n": 2}}`, after: `{"_id": 1, "n": {"$numberDecimal": "2.20"}}`, embedded: true},
	// Names.
	{before: `{"_id": 1, "a": 1, "b": 2}`, update: `{"$rename": {"a": "c"}}`, after: `{"_id": 1, "b": 2, "c": 1}`},
	{before: `{"_id": 1, "a": 1, "b": 2}`, update: `{"$rename": {"a": "b"}}`, after: `{"_id": 1, "b": 1}`},
	{before: `{"_id": 1, "b": 2}`, update: `{"$rename": {"a": "b"}}`, after: `{"_id": 1, "b": 2}`},
	{before: `{"_id": 1, "a": 1}`, update: `{"$rename": {"a": "x.y"}}`, after: `{"_id": 1, "x": {"y": 1}}`},
	{before: `{"_id": 1, "a": 1}`, update: `{"$rename": {"a": "a"}}`, code: 2},
	{before: `{"_id": 1, "a": 1}`, update: `{"$rename": {"a": "b"}, "$set": {"b": 1}}`, code: 40, embedded: true},
	// Arrays.
	{before: `{"_id": 1}`, update: `{"$push": {"a": 1}}`, after: `{"_id": 1, "a": [1]}`},
	{before: `{"_id": 1, "a": [1]}`, update: `{"$push": {"a": [2]}}`, after: `{"_id": 1, "a": [1, [2]]}`, embedded: true},
	{before: `{"_id": 1, "a": [1]}`, update: `{"$push": {"a": {"$each": [3, 2]}}}`, after: `{"_id": 1, "a": [1, 3, 2]}`},
	{before: `{"_id": 1, "a": [1]}`, update: `{"$push": {"a": {"$each": [3, 2], "$position": 0, "$slice": 2}}}`, after: `{"_id": 1, "a": [3, 2]}`, embedded: true},
	{before: `{"_id": 1, "a": [1]}`, update: `{"$push": {"a": {"$each": [3, 2], "$sort": -1, "$slice": -2}}}`, after: `{"_id": 1, "a": [2, 1]}`, embedded: true},
	{before: `{"_id": 1, "a": [{"n": 2}, {"n": 1}]}`, update: `{"$push": {"a": {"$each": [], "$sort": {"n": 1}}}}`, after: `{"_id": 1, "a": [{"n": 1}, {"n": 2}]}`, embedded: true},
	{before: `{"_id": 1, "a": [1, 2, 3]}`, update: `{"$push": {"a": {"$each": [9], "$position": -1}}}`, after: `{"_id": 1, "a": [1, 2, 9, 3]}`, embedded: true},
	{before: `{"_id": 1, "a": 5}`, update: `{"$push": {"a": 1}}`, code: 2},
	{before: `{"_id": 1, "a": [1]}`, update: `{"$addToSet": {"a": {"$each": [{"$numberLong": "1"}, 2, 2]}}}`, after: `{"_id": 1, "a": [1, 2]}`},
	{before: `{"_id": 1, "a": [{"x": 1, "y": 2}]}`, update: `{"$addToSet": {"a": {"y": 2, "x": 1}}}`, after: `{"_id": 1, "a": [{"x": 1, "y": 2}, {"y": 2, "x": 1}]}`},
	{before: `{"_id": 1, "a": 5}`, update: `{"$addToSet": {"a": 1}}`, code: 2},
	{before: `{"_id": 1, "a": [1, 2, 1]}`, update: `{"$pull": {"a": 1, "b": 1}}`, after: `{"_id": 1, "a": [2]}`},
	{before: `{"_id": 1, "a": [1, 5, 3]}`, update: `{"$pull": {"a": {"$gte": 3}}}`, after: `{"_id": 1, "a": [1]}`, embedded: true},
	{before: `{"_id": 1, "a": [{"n": 1, "m": 1}, {"n": 2}]}`, update: `{"$pull": {"a": {"n": 1}}}`, after: `{"_id": 1, "a": [{"n": 2}]}`, embedded: true},
	{before: `{"_id": 1, "a": [{"n": [1]}, {"n": 2}]}`, update: `{"$pull": {"a": {"n": {"$in": [1]}}}}`, after: `{"_id": 1, "a": [{"n": 2}]}`, embedded: true},
	{before: `{"_id": 1, "a": 5}`, update: `{"$pull": {"a": 1}}`, code: 2},
	{before: `{"_id": 1, "a": 5}`, update: `{"$pull": {"a.b": 1}}`, code: 28},
	{before: `{"_id": 1, "a": 5}`, update: `{"$pop": {"a.b": 1}}`, code: 28},
	{before: `{"_id": 1, "a": 5}`, update: `{"$pullAll": {"a.b": [1]}}`, code: 28},
	{before: `{"_id": 1, "a": [1, 2, 1]}`, update: `{"$pullAll": {"a": [1, 7]}}`, after: `{"_id": 1, "a": [2]}`},
	{before: `{"_id": 1, "a": [1, 2]}`, update: `{"$pop": {"a": 1, "b": 1}}`, after: `{"_id": 1, "a": [1]}`},
	{before: `{"_id": 1, "a": [1, 2]}`, update: `{"$pop": {"a": -1}}`, after: `{"_id": 1, "a": [2]}`},
	{before: `{"_id": 1, "a": 5}`, update: `{"$pop": {"a": 1}}`, code: 14},
	// Replacement.
	{before: `{"_id": 1, "a": 1}`, update: `{"b": 2}`, after: `{"_id": 1, "b": 2}`},
	{before: `{"_id": 1, "a": 1}`, update: `{"b": 2, "_id": 1}`, after: `{"_id": 1, "b": 2}`},
	{before: `{"_id": 1, "a": 1}`, update: `{"_id": 2}`, code: 66},
	{before: `{"_id": 1, "a": 1}`, update: `{}`, after: `{"_id": 1}`},
	// Upsert: what the filter is equal to, then the update.
	{before: `{"_id": 1, "a": 1, "b": {"$gt": 1}, "c.d": {"$eq": 2}, "$and": [{"e": 3}]}`, upsert: true, update: `{"$set": {"x": 1}, "$setOnInsert": {"y": 2}}`, after: `{"_id": 1, "a": 1, "c": {"d": 2}, "e": 3, "x": 1, "y": 2}`, embedded: true},
	{before: `{"_id": 1, "$or": [{"a": 1}]}`, upsert: true, update: `{"$set": {"x": 1}}`, after: `{"_id": 1, "a": 1, "x": 1}`, embedded: true},
	{before: `{"_id": 1, "$or": [{"a": 1}, {"a": 2}]}`, upsert: true, update: `{"$set": {"x": 1}}`, after: `{"_id": 1, "x": 1}`},
	{before: `{"_id": 1, "a": 5}`, upsert: true, update: `{"b": 1}`, after: `{"_id": 1, "b": 1}`},
	{before: `{"_id": 1, "a": {"x": 1}, "a.y": 2}`, upsert: true, update: `{"$set": {"b": 1}}`, code: 54, embedded: true},
	{before: `{"_id": 1, "a": 1}`, upsert: true, update: `{"$set": {"a": 2}}`, after: `{"_id": 1, "a": 2}`},
	{before: `{"_id": 1}`, upsert: true, update: `{"$set": {"_id": 2}}`, code: 66},
	{before: `{"_id": 1}`, upsert: true, update: `{"$push": {"a": 1}, "$inc": {"n": 1}}`, after: `{"_id": 1, "a": [1], "n": 1}`},
	{before: `{"_id": 1, "a": 1}`, update: `{"$setOnInsert": {"a": 2}}`, after: `{"_id": 1, "a": 1}`},
}

func TestUpdating(t *testing.T) {
	for _, s := range subjects(t) {
		coll := s.db.Collection("updates")
		for _, u := range updates {
			if s.embedded && u.embedded {
				continue
			}
			after, modified, err := u.run(t, coll)
			name := s.name + ": " + u.before + " " + u.update
			if code := codeOf(err); code != u.code {
				t.Errorf("%s: got %v, want code %d", name, err, u.code)
			}
			if u.code != 0 {
				continue
			}
			want := literal.Doc(t, u.after)
			if after.String() != want.String() {
				t.Errorf("%s: got %s", name, after)
			}
			if changed := !u.upsert && u.after != u.before; modified != changed {
				t.Errorf("%s: modified is %t", name, modified)
			}
		}
	}
}

// run carries the update out on the one document of a collection.
func (u updating) run(t *testing.T, coll *mongo.Collection) (after bson.Raw, modified bool, err error) {
	t.Helper()
	if _, err := coll.DeleteMany(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	filter := literal.Doc(t, `{"_id": 1}`)
	if u.upsert {
		filter = literal.Doc(t, u.before)
	} else if _, err := coll.InsertOne(t.Context(), literal.Doc(t, u.before)); err != nil {
		t.Fatal(err)
	}
	var answer struct {
		NModified int `bson:"nModified"`
	}
	err = coll.Database().RunCommand(t.Context(), bson.D{{Key: "update", Value: coll.Name()}, {Key: "updates", Value: bson.A{bson.D{
		{Key: "q", Value: filter}, {Key: "u", Value: literal.Doc(t, u.update)}, {Key: "upsert", Value: u.upsert},
	}}}}).Decode(&answer)
	if err != nil {
		return nil, false, err
	}
	after, err = coll.FindOne(t.Context(), bson.D{}).Raw()
	return after, answer.NModified == 1, err
}

// codeOf is the code of the server's error, however a command says it.
func codeOf(err error) int {
	var write mongo.WriteException
	if errors.As(err, &write) && len(write.WriteErrors) > 0 {
		return write.WriteErrors[0].Code
	}
	var command mongo.CommandError
	if errors.As(err, &command) {
		return int(command.Code)
	}
	return 0
}
