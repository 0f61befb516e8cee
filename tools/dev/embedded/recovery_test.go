package embedded

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
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

// alter runs statements on the database shop, in which ORDERS stands for the table of orders.
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
		if _, err := db.Exec(strings.ReplaceAll(statement, "ORDERS", table)); err != nil {
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
	expectTaken(t, orders)
}

// expectTaken fails if the unique indexes of orders let a document in whose _id or email is taken.
func expectTaken(t *testing.T, orders *mongo.Collection) {
	t.Helper()
	for _, taken := range []bson.D{{{Key: "_id", Value: 0}}, {{Key: "email", Value: "a@x"}}} {
		if _, err := orders.InsertOne(t.Context(), taken); !mongo.IsDuplicateKeyError(err) {
			t.Errorf("inserting %v again: %v, want a duplicate key error", taken, err)
		}
	}
}

func TestStartRecoversWhatAKilledEngineLeft(t *testing.T) {
	catalog := []string{`DELETE FROM _ferretdb_collections`}
	tests := map[string][]string{
		"database without catalog":                 {`DROP TABLE "ORDERS"`, `DROP TABLE _ferretdb_collections`},
		"collection unlisted":                      append(catalog, `DROP INDEX "ORDERS__id_"`),
		"collection without index":                 {`DROP INDEX "ORDERS__id_"`, `UPDATE _ferretdb_collections SET settings = '{}'`},
		"index on _id that could not be created":   {`DROP INDEX "ORDERS__id_"`, `UPDATE _ferretdb_collections SET settings = '{"uuid":"","indexes":null}'`},
		"index on _id unlisted":                    {`UPDATE _ferretdb_collections SET settings = '{}'`},
		"index unlisted":                           {`CREATE UNIQUE INDEX "ORDERS_email_1" ON "ORDERS" (_ferretdb_sjson->"email")`},
		"index listed after its drop":              {list("email_1")},
		"two listed after their drop":              {list("email_1"), list("name_1")},
		"collection with a document, half dropped": append(catalog, `INSERT INTO "ORDERS" VALUES ('{"$s":{}}')`),
		"nothing": nil,
	}
	for name, damage := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
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
				if got, want := indexNames(t, orders), []string{"_id_", "email_1"}; !slices.Equal(got, want) {
					t.Errorf("indexes %v after another start, want %v", got, want)
				}
				expectTaken(t, orders)
			})
		})
	}
}

// list returns the statement that lists a unique index of the collection in the catalog.
func list(index string) string {
	field := strings.TrimSuffix(index, "_1")
	return `UPDATE _ferretdb_collections SET settings = json_insert(settings, '$.indexes[#]',
		json('{"name":"` + index + `","key":[{"field":"` + field + `","descending":false}],"unique":true}'))`
}

func indexNames(t *testing.T, c *mongo.Collection) (names []string) {
	t.Helper()
	indexes, err := c.Indexes().ListSpecifications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range indexes {
		names = append(names, index.Name)
	}
	return names
}

// journal says that a database whose pages have 4096 bytes had none before the transaction that was killed.
var journal = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + strings.Repeat("\x00", 14) + "\x02\x00" + "\x00\x00\x10\x00" + strings.Repeat("\x00", 484)

// TestStartOpensEmptyFiles starts servers on databases of which a killed one had created the files alone.
func TestStartOpensEmptyFiles(t *testing.T) {
	tests := map[string]map[string]string{
		"no bytes":           {"": ""},
		"a log":              {"": "", "-wal": "", "-shm": ""},
		"a rollback journal": {"": strings.Repeat("\x00", 4096), "-journal": journal},
	}
	for name, files := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for suffix, content := range files {
				if err := os.WriteFile(filepath.Join(dir, "shop.sqlite"+suffix), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			use(t, dir, func(orders *mongo.Collection) { makeOrders(t, orders) })
		})
	}
}

func TestStartNamesAFileThatIsNoDatabase(t *testing.T) {
	dir := t.TempDir()
	path, content := filepath.Join(dir, "shop.sqlite"), strings.Repeat("not a database ", 1000)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Config{Listen: "127.0.0.1:0", Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "cannot recover the database "+path) {
		t.Errorf("got %v, want the file's name", err)
	}
	if got, err := os.ReadFile(path); string(got) != content {
		t.Errorf("the file was changed; %v", err)
	}
}

// TestStartRefusesDatabases starts twice, as a start that fails changes nothing.
func TestStartRefusesDatabases(t *testing.T) {
	tests := map[string]struct {
		damage []string
		want   string
	}{
		"without catalog, of tables named as the engine's": {
			[]string{`ALTER TABLE "ORDERS" RENAME TO backup_20240101`, `DROP TABLE _ferretdb_collections`},
			"it is not of this server",
		},
		"with an _id twice, without index": {
			[]string{
				`DROP INDEX "ORDERS__id_"`, `DROP TRIGGER _partywall_1_insert`, `UPDATE _ferretdb_collections SET settings = '{}'`,
				`INSERT INTO "ORDERS" SELECT * FROM "ORDERS"`,
			},
			"UNIQUE constraint failed",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			use(t, dir, func(orders *mongo.Collection) { makeOrders(t, orders) })
			alter(t, dir, test.damage...)
			for range 2 {
				_, err := Start(t.Context(), Config{Listen: "127.0.0.1:0", Dir: dir})
				if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "shop.sqlite")) || !strings.Contains(err.Error(), test.want) {
					t.Fatalf("got %v, want %q and the file's name", err, test.want)
				}
			}
		})
	}
}

// TestStartKeepsWhatIsNotTheEngines has a table that no engine made, and the index of SQLite behind a unique one.
func TestStartKeepsWhatIsNotTheEngines(t *testing.T) {
	dir := t.TempDir()
	use(t, dir, func(orders *mongo.Collection) { makeOrders(t, orders) })
	alter(t, dir, `CREATE TABLE mine AS SELECT 1`)
	use(t, dir, func(*mongo.Collection) {})
	alter(t, dir, `SELECT 1 FROM mine`, `DROP INDEX _partywall_1`)
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
