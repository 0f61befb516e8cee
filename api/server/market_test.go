package server_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
)

// market is the shop, served, with two tenants. It runs in another process: of the
// server there are a client and tokens.
type market struct {
	servertest.Server
	db *mongo.Database
	// dir is the shop's module, env what its programs are run with.
	dir string
	env []string
	// tenant is acme, whose owner's token owner is; stranger is another's.
	tenant          bson.ObjectID
	owner, stranger string
}

// openMarket serves the shop from the database at uri, which client reaches, too.
func openMarket(t *testing.T, uri string, client *mongo.Client) *market {
	t.Helper()
	dir, _ := builtShop(t)
	admin := testdb.Database(t, "market")
	env := []string{"MONGO_URI=" + uri, "ADMIN_DB=" + admin, "PASSWORD=correct horse"}
	m := &market{dir: dir, env: env}
	ids := map[string]bson.ObjectID{}
	for _, name := range []string{"other", "acme"} {
		database := provisionShop(t, dir, env, name)
		testdb.DropAtEnd(database)
		m.db = client.Database(database)
		entry, err := client.Database(admin).Collection("tenants").FindOne(t.Context(), bson.D{{Key: "name", Value: name}}).Raw()
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = entry.Lookup("_id").ObjectID()
	}
	m.Client = startShop(t, filepath.Join(dir, "bin", "shop"), env)
	m.Tokens, m.tenant = servertest.Tokens(t), ids["acme"]
	m.owner, m.stranger = m.Token(t, m.tenant, "owner"), m.Token(t, ids["other"], "owner")
	return m
}

// display is a collection with two documents: one that fits, and one that does not.
type display struct {
	shelf
	coll        *mongo.Collection
	fit, misfit bson.Raw
	// path and tag are those of the document that fits, whole is its JSON.
	path, tag, whole string
	placeholders     *strings.Replacer
}

// lostID is the _id of the document that does not fit.
var lostID = bson.ObjectID{0x5f, 11: 0x01}

// display makes the two documents of a shelf, and no others.
func (m *market) display(t *testing.T, s shelf) *display {
	t.Helper()
	d := &display{shelf: s, coll: m.db.Collection(s.name)}
	if _, err := d.coll.DeleteMany(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	product := m.make(t, "products", `{"sku":"`+bson.NewObjectID().Hex()+`","price":1}`).Member("_id")
	another := strings.NewReplacer("{product}", product, `"tea"`, `"coffee"`).Replace(s.fit)
	made := m.make(t, s.name, strings.ReplaceAll(s.fit, "{product}", product))
	d.path, d.tag, d.whole = made.Header.Get("Location"), made.Header.Get("ETag"), made.Text
	id, err := bson.ObjectIDFromHex(made.Member("_id"))
	if err != nil {
		t.Fatal(err)
	}
	d.fit = d.one(t, id)
	misfit := bson.D{{Key: "_id", Value: lostID}}
	elements, err := d.fit.Elements()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range elements {
		if e.Key() != "_id" && e.Key() != "sku" {
			misfit = append(misfit, bson.E{Key: e.Key(), Value: e.Value()})
		}
	}
	if _, err := d.coll.InsertOne(t.Context(), append(misfit, bson.E{Key: "sku", Value: "lost"})); err != nil {
		t.Fatal(err)
	}
	if _, err := d.coll.UpdateByID(t.Context(), lostID, bson.D{{Key: "$set", Value: s.misfit}}); err != nil {
		t.Fatal(err)
	}
	d.misfit = d.one(t, lostID)
	list := "/api/" + s.name
	d.placeholders = strings.NewReplacer(
		"{list}", list, "{path}", d.path, "{misfit}", list+"/"+lostID.Hex(), "{nobody}", list+"/5fffffffffffffffffffffff",
		"{tag}", d.tag, "{whole}", d.whole, "{fit}", another, "{another}", another, "{unfit}", s.unfit, "{unfitAt}", s.unfitAt, "{required}", s.required,
		"{patch}", s.patch, "{unpatch}", s.unpatch, "{unpatchAt}", s.unpatchAt, "{mend}", s.mend, "{misfitAt}", s.misfitAt,
		"{fixed}", s.fixed, "{fixedAt}", s.fixedAt, "{filter}", s.filter,
	)
	d.reset(t)
	return d
}

// make makes a document.
func (m *market) make(t *testing.T, collection, body string) servertest.Response {
	t.Helper()
	made := m.Call(t, "POST /api/"+collection, body, bearer(m.owner)...)
	if made.Status != 201 {
		t.Fatalf("%s: %d %s", body, made.Status, made.Text)
	}
	return made
}

// fill puts what they stand for in the place of a text's words in braces.
func (d *display) fill(text string) string { return d.placeholders.Replace(text) }

func (d *display) one(t *testing.T, id bson.ObjectID) bson.Raw {
	t.Helper()
	doc, err := d.coll.FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Raw()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// reset makes the collection what it was at first.
func (d *display) reset(t *testing.T) {
	t.Helper()
	if _, err := d.coll.DeleteMany(t.Context(), bson.D{}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.coll.InsertMany(t.Context(), []any{d.fit, d.misfit}); err != nil {
		t.Fatal(err)
	}
}

// all returns the collection's documents.
func (d *display) all(t *testing.T) []bson.Raw {
	t.Helper()
	cursor, err := d.coll.Find(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	var all []bson.Raw
	if err := cursor.All(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// asAtFirst reports whether nothing in the collection has changed.
func (d *display) asAtFirst(t *testing.T) bool {
	t.Helper()
	all := d.all(t)
	has := func(want bson.Raw) bool {
		return slices.ContainsFunc(all, func(doc bson.Raw) bool { return slices.Equal(doc, want) })
	}
	return len(all) == 2 && has(d.fit) && has(d.misfit)
}
