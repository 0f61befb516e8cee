package replay

import (
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"reflect"
	"slices"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/tools/bench/internal/canned"
)

func connect(t *testing.T, tenants int) (*Server, *mongo.Client) {
	t.Helper()
	s, addr := serve(t, tenants)
	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + addr))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Disconnect(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return s, client
}

func serve(t *testing.T, tenants int) (s *Server, addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s = New("tenantsDb", tenants, 0, gen.Collections(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-ended
	})
	return s, listener.Addr().String()
}

// TestBatches shows that lists come in the batches in which MongoDB sends them.
func TestBatches(t *testing.T) {
	for name, test := range map[string]struct {
		opts  *options.FindOptionsBuilder
		sizes []int
	}{
		"all":               {options.Find(), []int{101, 899}},
		"limit":             {options.Find().SetLimit(50), []int{50}},
		"limit beyond all":  {options.Find().SetLimit(2000).SetBatchSize(2000), []int{1000}},
		"long page":         {options.Find().SetLimit(201), []int{101, 100}},
		"page in one batch": {options.Find().SetLimit(201).SetBatchSize(201), []int{201}},
		"small batches":     {options.Find().SetLimit(25).SetBatchSize(10), []int{10, 10, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			_, client := connect(t, 1)
			users := client.Database(canned.Database(canned.TenantID(1000, 7))).Collection("users")
			cursor, err := users.Find(t.Context(), bson.D{}, test.opts)
			if err != nil {
				t.Fatal(err)
			}
			sizes := []int{}
			left := 0
			for i := 0; cursor.Next(t.Context()); i++ {
				if left == 0 {
					left = cursor.RemainingBatchLength() + 1
					sizes = append(sizes, left)
				}
				left--
				if id := cursor.Current.Lookup("_id").ObjectID(); id != canned.UserID(i) {
					t.Fatalf("document %d is %s", i, id)
				}
			}
			if cursor.Err() != nil || !slices.Equal(sizes, test.sizes) {
				t.Errorf("batches of %v, want %v; %v", sizes, test.sizes, cursor.Err())
			}
		})
	}
}

func TestCatalog(t *testing.T) {
	s, client := connect(t, 300)
	tenants := client.Database("tenantsDb").Collection("tenants")
	cursor, err := tenants.Find(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	var all []bson.M
	if err := cursor.All(t.Context(), &all); err != nil || len(all) != 300 {
		t.Fatalf("%d tenants, want 300; %v", len(all), err)
	}
	id := canned.TenantID(10, 42)
	for _, filter := range []bson.D{
		{{Key: "_id", Value: id}},
		{{Key: "name", Value: bson.D{{Key: "$eq", Value: canned.Name(id)}}}},
		{{Key: "database", Value: canned.Database(id)}},
	} {
		var entry struct {
			ID bson.ObjectID `bson:"_id"`
		}
		if err := tenants.FindOne(t.Context(), filter).Decode(&entry); err != nil || entry.ID != id {
			t.Errorf("%v finds %s, want %s; %v", filter, entry.ID, id, err)
		}
	}
	for state, want := range map[string]int{"provisioning": 0, "active": 300} {
		cursor, err := tenants.Find(t.Context(), bson.D{{Key: "state", Value: state}})
		if err != nil {
			t.Fatal(err)
		}
		var all []bson.M
		if err := cursor.All(t.Context(), &all); err != nil || len(all) != want {
			t.Errorf("%d tenants are %s, want %d; %v", len(all), state, want, err)
		}
	}
	if _, peak, commands := s.Counts(); peak == 0 || commands == 0 {
		t.Errorf("%d connections and %d commands were counted", peak, commands)
	}
}

// TestApplications tells the connections of two clients apart.
func TestApplications(t *testing.T) {
	s, addr := serve(t, 1)
	for _, name := range []string{"", "one", "two"} {
		client, err := mongo.Connect(options.Client().ApplyURI("mongodb://" + addr + "/?serverMonitoringMode=poll&appName=" + name))
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Ping(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		if err := client.Disconnect(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// Each monitors the server, and has one connection in its pool.
	if got, want := s.Applications(), (map[string]int64{"one": 2, "two": 2}); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestApplicationsAreCounted(t *testing.T) {
	var a applications
	for _, name := range []string{"one", "two", "one", ""} {
		a.open(name)
	}
	for _, name := range []string{"one", "", "one"} {
		a.close(name)
	}
	a.open("one")
	if got, want := a.all(), (map[string]int64{"one": 2, "two": 1}); !maps.Equal(got, want) {
		t.Errorf("the most at once are %v, want %v", got, want)
	}
}

// TestEntered shows that entries which clients make are found and changed as a
// database does it: provisioning reads what it has written.
func TestEntered(t *testing.T) {
	_, client := connect(t, 3)
	tenants := client.Database("tenantsDb").Collection("tenants")
	id := bson.NewObjectID()
	if err := tenants.FindOne(t.Context(), bson.D{{Key: "name", Value: "x"}}).Err(); !errors.Is(err, mongo.ErrNoDocuments) {
		t.Errorf("before it is entered: %v", err)
	}
	if _, err := tenants.InsertOne(t.Context(), bson.D{
		{Key: "_id", Value: id}, {Key: "name", Value: "x"}, {Key: "database", Value: "t_x"}, {Key: "lock", Value: bson.D{{Key: "owner", Value: "me"}}}, {Key: "_rev", Value: int64(1)},
	}); err != nil {
		t.Fatal(err)
	}
	change := bson.D{
		{Key: "$set", Value: bson.D{{Key: "state", Value: "active"}, {Key: "migration.version", Value: int64(3)}}},
		{Key: "$unset", Value: bson.D{{Key: "lock.owner", Value: ""}, {Key: "problem", Value: ""}}},
		{Key: "$inc", Value: bson.D{{Key: "_rev", Value: int64(1)}}},
	}
	for i, want := range []int64{1, 0} { // the second time, its revision is another
		filter := bson.D{{Key: "_id", Value: id}, {Key: "_rev", Value: int64(1)}}
		if result, err := tenants.UpdateOne(t.Context(), filter, change); err != nil || result.MatchedCount != want {
			t.Errorf("update %d met %+v, want %d; %v", i, result, want, err)
		}
	}
	want := bson.D{
		{Key: "_id", Value: id}, {Key: "name", Value: "x"}, {Key: "database", Value: "t_x"}, {Key: "lock", Value: bson.D{}}, {Key: "_rev", Value: int64(2)},
		{Key: "state", Value: "active"}, {Key: "migration", Value: bson.D{{Key: "version", Value: int64(3)}}},
	}
	for _, filter := range []bson.D{{{Key: "_id", Value: id}}, {{Key: "name", Value: "x"}}, {{Key: "database", Value: bson.D{{Key: "$eq", Value: "t_x"}}}}} {
		var got bson.D
		if err := tenants.FindOne(t.Context(), filter).Decode(&got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v finds %v, want %v; %v", filter, got, want, err)
		}
	}
}

func TestIndexes(t *testing.T) {
	_, client := connect(t, 1)
	for database, want := range map[string]int{canned.Database(canned.TenantID(1, 0)): 3, "t_" + bson.NewObjectID().Hex(): 1} {
		specs, err := client.Database(database).Collection("users").Indexes().ListSpecifications(t.Context())
		if err != nil || len(specs) != want {
			t.Errorf("%s has %d indexes, want %d; %v", database, len(specs), want, err)
		}
	}
}

// TestCollections shows that a tenant's database has what is declared, and that the catalog says so.
func TestCollections(t *testing.T) {
	_, client := connect(t, 1)
	id := canned.TenantID(1, 0)
	admin := client.Database("tenantsDb")
	for _, test := range []struct {
		db   *mongo.Database
		want []string
	}{
		{client.Database(canned.Database(id)), []string{"users"}},
		{admin, []string{"leases", "runs", "sessions", "tenants"}},
	} {
		names, err := test.db.ListCollectionNames(t.Context(), bson.D{})
		slices.Sort(names)
		if err != nil || !slices.Equal(names, test.want) {
			t.Errorf("%s has %q, want %q; %v", test.db.Name(), names, test.want, err)
		}
	}
	var entry struct{ Collections, Declarations []string }
	err := admin.Collection("tenants").FindOne(t.Context(), bson.D{{Key: "_id", Value: id}}).Decode(&entry)
	if err != nil || !slices.Equal(entry.Collections, []string{"users"}) || len(entry.Declarations) != 1 {
		t.Errorf("the catalog says %+v; %v", entry, err)
	}
}

func TestWrites(t *testing.T) {
	_, client := connect(t, 1)
	users := client.Database(canned.Database(canned.TenantID(10, 0))).Collection("users")
	id := canned.UserID(3)
	if _, err := users.InsertOne(t.Context(), canned.Users(1)[0]); err != nil {
		t.Error(err)
	}
	change := bson.D{{Key: "$set", Value: bson.D{{Key: "name", Value: "Ada"}}}}
	if result, err := users.UpdateByID(t.Context(), id, change); err != nil || result.MatchedCount != 1 {
		t.Errorf("got %+v, %v", result, err)
	}
	var user canned.User
	if err := users.FindOneAndUpdate(t.Context(), bson.D{{Key: "_id", Value: id}}, change).Decode(&user); err != nil || user.ID != id {
		t.Errorf("got %+v, %v", user, err)
	}
	if _, err := users.EstimatedDocumentCount(t.Context()); err == nil {
		t.Error("a command that is not replayed is answered")
	}
}
