package embedded

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// use runs do with the collection shop.orders of a server on dir, which it closes.
func use(t *testing.T, dir string, do func(*mongo.Collection)) {
	t.Helper()
	server, err := Start(t.Context(), Config{Listen: "127.0.0.1:0", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	do(client.Database("shop").Collection("orders"))
	if err := client.Disconnect(t.Context()); err != nil {
		t.Error(err)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
}

// alter runs statements on the database shop, in which TABLE stands for the table of orders.
func alter(t *testing.T, dir string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "shop.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var table string
	if err := db.QueryRow(listedTables).Scan(&table); err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		if _, err := db.Exec(strings.ReplaceAll(statement, "TABLE", table)); err != nil {
			t.Fatal(err)
		}
	}
}

// makeOrders does what provisioning does, and fails if a part of it is not as on a new database.
func makeOrders(t *testing.T, orders *mongo.Collection) {
	t.Helper()
	index := mongo.IndexModel{Keys: bson.D{{Key: "email", Value: 1}}, Options: options.Index().SetUnique(true)}
	if _, err := orders.Indexes().CreateOne(t.Context(), index); err != nil {
		t.Error(err)
	}
	for id, email := range []string{"a@x", "b@x"} {
		if _, err := orders.InsertOne(t.Context(), bson.D{{Key: "_id", Value: id}, {Key: "email", Value: email}}); err != nil {
			t.Error(err)
		}
	}
	for _, taken := range []bson.D{{{Key: "_id", Value: 0}}, {{Key: "email", Value: "a@x"}}} {
		if _, err := orders.InsertOne(t.Context(), taken); !mongo.IsDuplicateKeyError(err) {
			t.Errorf("inserting %v again: %v, want a duplicate key error", taken, err)
		}
	}
}

func TestStartMendsWhatAKilledEngineLeft(t *testing.T) {
	catalog := []string{`DELETE FROM _ferretdb_collections`}
	tests := map[string][]string{
		"collection without entry": append(catalog, `DROP INDEX "TABLE__id_"`),
		"entry without index":      {`DROP INDEX "TABLE__id_"`, `UPDATE _ferretdb_collections SET settings = '{}'`},
		"index on _id unlisted":    {`UPDATE _ferretdb_collections SET settings = '{}'`},
		"index unlisted":           {`CREATE UNIQUE INDEX "TABLE_email_1" ON "TABLE" (_ferretdb_sjson->"email")`},
		"index half dropped":       {`UPDATE _ferretdb_collections SET settings = json_insert(settings, '$.indexes[#]', json('{"name":"email_1","key":[{"field":"email","descending":false}],"unique":true}'))`},
		"collection half dropped":  append(catalog, `INSERT INTO "TABLE" VALUES ('{"$s":{}}')`),
		"nothing":                  nil,
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			use(t, dir, func(orders *mongo.Collection) {
				if err := orders.Database().CreateCollection(t.Context(), orders.Name()); err != nil {
					t.Fatal(err)
				}
			})
			alter(t, dir, damage...)
			use(t, dir, func(orders *mongo.Collection) { makeOrders(t, orders) })
			use(t, dir, func(orders *mongo.Collection) {
				if n, err := orders.CountDocuments(t.Context(), bson.D{}); n != 2 || err != nil {
					t.Errorf("%d documents after another start, want 2; %v", n, err)
				}
			})
		})
	}
}

func TestStartKeepsDocuments(t *testing.T) {
	tests := map[string]struct {
		collection string
		damage     []string
	}{
		"of a collection without index": {"orders", []string{`UPDATE _ferretdb_collections SET settings = '{}'`}},
		"of a name that SQL escapes":    {`back\slash`, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			use(t, dir, func(orders *mongo.Collection) {
				c := orders.Database().Collection(test.collection)
				if _, err := c.InsertOne(t.Context(), bson.D{{Key: "_id", Value: 1}}); err != nil {
					t.Fatal(err)
				}
			})
			alter(t, dir, test.damage...)
			use(t, dir, func(orders *mongo.Collection) {
				c := orders.Database().Collection(test.collection)
				if n, err := c.CountDocuments(t.Context(), bson.D{}); n != 1 || err != nil {
					t.Errorf("%d documents, want 1; %v", n, err)
				}
				if _, err := c.InsertOne(t.Context(), bson.D{{Key: "_id", Value: 1}}); !mongo.IsDuplicateKeyError(err) {
					t.Errorf("inserting it again: %v, want a duplicate key error", err)
				}
			})
		})
	}
}
