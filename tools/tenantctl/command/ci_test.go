package command

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/testdb"
)

var update = flag.Bool("update", false, "write what documented commands print into their pages")

const byRole = "role.name_1_createdAt_-1__id_-1"

func (c *ctl) drop(coll *mongo.Collection, name string) {
	c.t.Helper()
	if err := coll.Indexes().DropOne(c.t.Context(), name); err != nil {
		c.t.Fatal(err)
	}
}

func (c *ctl) index(coll *mongo.Collection, opts *options.IndexOptionsBuilder, keys ...bson.E) {
	c.t.Helper()
	if _, err := coll.Indexes().CreateOne(c.t.Context(), mongo.IndexModel{Keys: bson.D(keys), Options: opts}); err != nil {
		c.t.Fatal(err)
	}
}

// users inserts documents with the same address, whose _ids are id and those after it.
func (c *ctl) users(coll *mongo.Collection, id byte, n int) {
	c.t.Helper()
	for i := range n {
		doc := bson.D{
			{Key: "_id", Value: bson.ObjectID{0x69, 0x1c, 0x5a, 0x0e, 0xe4, 0xb0, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, id + byte(i)}},
			{Key: "email", Value: "ada@example.com"},
		}
		if _, err := coll.InsertOne(c.t.Context(), doc); err != nil {
			c.t.Fatal(err)
		}
	}
}

// misfit inserts a user with the last byte of their _id and further members.
func (c *ctl) misfit(coll *mongo.Collection, id byte, members ...bson.E) {
	c.t.Helper()
	doc := bson.D{
		{Key: "_id", Value: bson.ObjectID{0x69, 0x1c, 0x5a, 0x0e, 0xe4, 0xb0, 0xa1, 0xb2, 0xc3, 0xd4, 0xe6, id}},
		{Key: "name", Value: "Ada"}, {Key: "email", Value: fmt.Sprintf("ada%d@example.com", id)}, {Key: "password", Value: "$2a$10$"},
	}
	if _, err := coll.InsertOne(c.t.Context(), append(doc, members...)); err != nil {
		c.t.Fatal(err)
	}
}

// drift makes the fleet that docs/ci.md shows: of eight tenants two agree, one of which nobody has
// written to, and two have documents that do not fit. Of vandelay the catalog says that it has users.
func (c *ctl) drift() {
	c.t.Helper()
	c.materialized("stark")
	c.create("wayne")
	acme := c.materialized("acme").Collection("users")
	c.drop(acme, "email_1")
	globex := c.materialized("globex").Collection("users")
	c.drop(globex, "email_1")
	c.index(globex, options.Index(), bson.E{Key: "email", Value: 1})
	c.users(globex, 0x10, 3)
	text := bson.E{Key: "createdAt", Value: "2021-03-04"}
	c.misfit(acme, 1, bson.E{Key: "role", Value: "auditor"}, text)
	c.misfit(acme, 2, bson.E{Key: "role", Value: bson.D{{Key: "name", Value: "owner"}}}, text)
	hooli := c.materialized("hooli").Collection("users")
	c.misfit(hooli, 3, text)
	c.index(hooli, options.Index(), bson.E{Key: "name", Value: 1})
	initech := c.materialized("initech").Collection("users")
	c.drop(initech, "email_1")
	c.index(initech, options.Index().SetUnique(true).SetName("by_email"), bson.E{Key: "email", Value: 1})
	umbrella := c.materialized("umbrella").Collection("users")
	c.drop(umbrella, byRole)
	c.index(umbrella, options.Index().SetName(byRole), bson.E{Key: "createdAt", Value: -1}, bson.E{Key: "role.name", Value: 1}, bson.E{Key: "_id", Value: -1})
	absent := "t_" + bson.NewObjectID().Hex()
	testdb.DropAtEnd(absent)
	entry := bson.D{{Key: "name", Value: "vandelay"}, {Key: "database", Value: absent}, {Key: "collections", Value: bson.A{"users"}}}
	if _, err := c.admin.Collection("tenants").InsertOne(c.t.Context(), entry); err != nil {
		c.t.Fatal(err)
	}
}

var (
	// documented is a command on a page, what it prints, and its exit code.
	documented = regexp.MustCompile("(?ms)^\\$ \\./tenantctl ([^\n]*); echo \\$\\?\n(.*?)^(\\d)\n```$")
	database   = regexp.MustCompile(`\bt_[0-9a-f]{24}\b`)
)

// TestDocumentedGate runs what docs/ci.md shows, in its order, and expects what it
// shows.
func TestDocumentedGate(t *testing.T) {
	path, err := filepath.Abs("../../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	c := newCtl(t)
	c.drift()
	c.runDocumented(path, 10)
}

// TestDocumentedCapacity runs what docs/deployment.md answers its first question with.
func TestDocumentedCapacity(t *testing.T) {
	path, err := filepath.Abs("../../../docs/deployment.md")
	if err != nil {
		t.Fatal(err)
	}
	offline(t).runDocumented(path, 2)
}

// runDocumented runs the commands on a page, in its order, and expects what it shows;
// there are at least so many.
func (c *ctl) runDocumented(page string, least int) {
	c.t.Helper()
	doc, err := os.ReadFile(page)
	if err != nil {
		c.t.Fatal(err)
	}
	commands := documented.FindAllSubmatch(doc, -1)
	if len(commands) < least {
		c.t.Fatalf("%d commands are documented", len(commands))
	}
	text := string(doc)
	for _, found := range commands {
		code, err := strconv.Atoi(string(found[3]))
		if err != nil {
			c.t.Fatal(err)
		}
		got := database.ReplaceAllString(c.run(code, "", words(string(found[1]))), "t_691c5a0ee4b0a1b2c3d4e5f6")
		if got != string(found[2]) && !*update {
			c.t.Errorf("%s prints\n%sand %s shows\n%s", found[1], got, page, found[2])
		}
		shown := fmt.Sprintf("%s; echo $?\n%s%d\n", found[1], got, code)
		text = strings.Replace(text, strings.TrimSuffix(string(found[0]), "```"), "$ ./tenantctl "+shown, 1)
	}
	if *update {
		if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
			c.t.Fatal(err)
		}
	}
}
