package scripted_test

import (
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"github.com/partywall/partywall/api/testdb/scripted"
)

// TestServerStatus says of connections, collections, indexes and files what there is.
func TestServerStatus(t *testing.T) {
	t.Parallel()
	for _, version := range []int{7, 8} {
		db := connect(t, scripted.Start(t, scripted.Version(version), scripted.Connections(3000, 100))).Database("shop")
		number := func(status bson.Raw, path ...string) int64 { n, _ := status.Lookup(path...).AsInt64OK(); return n }
		before := must(t, db, `{"serverStatus": 1}`)
		current, available := number(before, "connections", "current"), number(before, "connections", "available")
		if current <= 100 || current+available != 3000 {
			t.Errorf("%d: %d connections, and %d available", version, current, available)
		}
		must(t, db, `{"createIndexes": "a", "indexes": [{"key": {"n": 1}, "name": "n"}]}`)
		must(t, db, `{"create": "b"}`)
		after := must(t, db, `{"serverStatus": 1}`)
		for _, grown := range []struct {
			path []string
			by   int64
		}{
			{[]string{"catalogStats", "collections"}, 2}, {[]string{"catalogStats", "internalCollections"}, 0}, {[]string{"indexStats", "count"}, 3},
			{[]string{"wiredTiger", "connection", "files currently open"}, 5}, {[]string{"wiredTiger", "data-handle", "connection data handles currently active"}, 5},
		} {
			if a, b := number(after, grown.path...), number(before, grown.path...); a-b != grown.by {
				t.Errorf("%d: %v was %d and is %d", version, grown.path, b, a)
			}
		}
		left := must(t, db, `{"serverStatus": 1, "wiredTiger": 0, "connections": 0}`)
		if _, err := left.LookupErr("wiredTiger"); err == nil {
			t.Errorf("%d: what was not asked for is said: %s", version, left)
		}
		if _, err := left.LookupErr("catalogStats"); err != nil {
			t.Errorf("%d: %s", version, left)
		}
	}
	router := must(t, connect(t, scripted.Start(t, scripted.Mongos())).Database("admin"), `{"serverStatus": 1}`)
	if _, err := router.LookupErr("catalogStats"); err == nil || router.Lookup("process").StringValue() != "mongos" {
		t.Errorf("a mongos says %s", router)
	}
}

// TestJoin: a member that joins is known to clients of the other one.
func TestJoin(t *testing.T) {
	t.Parallel()
	primary, secondary := scripted.Start(t), scripted.Start(t)
	client := connect(t, primary)
	must(t, client.Database("shop"), `{"insert": "a", "documents": [{"_id": 1}]}`)
	secondary.Join(primary)
	hello := must(t, client.Database("admin"), `{"hello": 1}`)
	hosts, err := hello.Lookup("hosts").Array().Values()
	if err != nil || len(hosts) != 2 || hosts[1].StringValue() != secondary.Addr() {
		t.Errorf("%s, %v", hello, err)
	}
	// Asked for by its own address it is found, and so is the primary, through it.
	other, err := mongo.Connect(options.Client().ApplyURI(secondary.URI() + "?replicaSet=scripted"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Disconnect(t.Context()) })
	if err := other.Ping(t.Context(), readpref.Secondary()); err != nil {
		t.Error(err)
	}
	if _, err := other.Database("shop").Collection("a").InsertOne(t.Context(), bson.D{{Key: "_id", Value: 2}}); err != nil {
		t.Error(err)
	}
	if n, err := client.Database("shop").Collection("a").CountDocuments(t.Context(), bson.D{}); n != 2 || err != nil {
		t.Errorf("the primary has %d documents, %v", n, err)
	}
}
