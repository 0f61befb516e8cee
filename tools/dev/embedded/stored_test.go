package embedded

import (
	"database/sql"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// TestReadStored reads values of all types as the engine stores them.
func TestReadStored(t *testing.T) {
	t.Parallel()
	id, err := bson.ObjectIDFromHex("0123456789abcdef01234567")
	if err != nil {
		t.Fatal(err)
	}
	want := bson.D{
		{Key: "_id", Value: int32(1)}, {Key: "double", Value: 2.0}, {Key: "long", Value: int64(1) << 62}, {Key: "text", Value: "é\"\\\u0000"},
		{Key: "null", Value: nil}, {Key: "bool", Value: true}, {Key: "date", Value: bson.DateTime(-1234)}, {Key: "oid", Value: id},
		{Key: "binary", Value: bson.Binary{Subtype: 4, Data: []byte("0123456789abcdef")}}, {Key: "regex", Value: bson.Regex{Pattern: "^a/b", Options: "im"}},
		{Key: "timestamp", Value: bson.Timestamp{T: 1<<32 - 1, I: 7}}, {Key: "decimal", Value: bson.NewDecimal128(7, 1<<63)},
		{Key: "object", Value: bson.D{{Key: "z", Value: bson.D{}}, {Key: "a", Value: bson.A{int32(1), bson.D{{Key: "b", Value: "c"}, {Key: "d", Value: bson.A{}}}}}}},
	}
	dir := t.TempDir()
	use(t, dir, func(orders *mongo.Collection) {
		if _, err := orders.InsertOne(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	})
	err = newKeeper(dir, nil).read("shop", func(file *sql.DB) error {
		tables, err := queryTexts(file, listedTables)
		if err != nil {
			return err
		}
		stored, err := queryTexts(file, `SELECT _ferretdb_sjson FROM "`+tables[0]+`"`)
		if err != nil {
			return err
		}
		got, err := readStored(stored[0])
		if extended(got) != extended(want) {
			t.Errorf("read %s\nwant %s", extended(got), extended(want))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for _, text := range []string{``, `{}`, `{"$s":{"$k":["a"],"p":{"a":{"t":"number"}}},"a":1}`, `{"$s":{"$k":["a"],"p":{"a":{"t":"int"}}},"a":"b"}`} {
		if doc, err := readStored(text); err == nil {
			t.Errorf("read %s of %q", extended(doc), text)
		}
	}
}
