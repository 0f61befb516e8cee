package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/spf13/cobra"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/schema"
)

// walk is what a user of the database does, and what was sent for it.
type walk struct {
	ctl
	mongod *scripted.Server
	sent   []scripted.Command
	// lines are the commands of tenantctl that were run.
	lines []string
}

// newWalk returns one on a database of its own, whose catalog is called as the
// documented roles call it.
func newWalk(t *testing.T, kind ...scripted.Option) *walk {
	t.Helper()
	w := &walk{mongod: scripted.Start(t, kind...)}
	client, err := mongo.Connect(options.Client().ApplyURI(w.mongod.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	admin := server.Defaults().AdminDB
	w.ctl = ctl{t: t, app: app, admin: client.Database(admin)}
	t.Setenv("MONGO_URI", w.mongod.URI())
	t.Setenv("ADMIN_DB", admin)
	t.Setenv("AUTH_KEYS", testKey)
	t.Chdir(t.TempDir())
	return w
}

// do runs a command of tenantctl that the walk is about.
func (w *walk) do(code int, line string) {
	w.t.Helper()
	w.mongod.Reset()
	w.run(code, "correct horse\n", words(line))
	w.sent = append(w.sent, w.mongod.Commands()...)
	w.lines = append(w.lines, line)
}

// create makes a tenant with all its collections, and returns its users.
func (w *walk) create(name string) *mongo.Collection {
	w.t.Helper()
	var made []struct{ Database string }
	if err := json.Unmarshal([]byte(w.run(exitDone, "", words("tenant create -o json "+name))), &made); err != nil {
		w.t.Fatal(err)
	}
	w.run(exitDone, "", words("tenant materialize "+name))
	return w.admin.Client().Database(made[0].Database).Collection("users")
}

// enter makes an entry in the catalog.
func (w *walk) enter(members ...bson.E) {
	w.t.Helper()
	if _, err := w.admin.Collection("tenants").InsertOne(w.t.Context(), bson.D(members)); err != nil {
		w.t.Fatal(err)
	}
}

// absent makes an entry whose database is not there, although it is known to have users.
func (w *walk) absent(name string) {
	w.enter(bson.E{Key: "name", Value: name}, bson.E{Key: "database", Value: "t_" + bson.NewObjectID().Hex()}, bson.E{Key: "collections", Value: bson.A{"users"}})
}

// hide hides an index from queries.
func (w *walk) hide(coll *mongo.Collection, index string) {
	w.t.Helper()
	err := coll.Database().RunCommand(w.t.Context(), bson.D{
		{Key: "collMod", Value: coll.Name()}, {Key: "index", Value: bson.D{{Key: "name", Value: index}, {Key: "hidden", Value: true}}},
	}).Err()
	if err != nil {
		w.t.Fatal(err)
	}
}

// before makes the admin database an earlier version's: without collections and indexes
// that were declared since.
func (w *walk) before() {
	w.t.Helper()
	for _, name := range []string{"leases", "runs"} {
		if err := w.admin.Collection(name).Drop(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
	w.drop(w.admin.Collection("tenants"), "name_1")
	w.drop(w.admin.Collection("sessions"), "tenant_1_user_1__id_1")
}

// walks are the documented roles, and what their bearers do.
var walks = map[string]func(*walk){
	"partywallServer":     walkServer,
	"partywallMigrations": walkMigrations,
	"partywallGate":       walkGate,
	"partywallIndexes":    walkIndexes,
	"partywallOperator":   walkOperator,
}

// TestRoles holds each role in docs/privileges.md to what its bearers send through all
// that they do: nothing that it does not allow, and nothing is allowed that is not
// sent.
func TestRoles(t *testing.T) {
	shell, atlas := documentedRoles(t)
	bearers := slices.DeleteFunc(slices.Sorted(maps.Keys(shell)), func(name string) bool { return name == "partywallCatalog" })
	if want := slices.Sorted(maps.Keys(walks)); !slices.Equal(bearers, want) {
		t.Fatalf("documented are %v, want %v and partywallCatalog, which others inherit", bearers, want)
	}
	for name := range shell {
		byText := func(a, b grant) int { return strings.Compare(a.String(), b.String()) }
		here, there := shell[name].own(), atlas[name].own()
		slices.SortFunc(here, byText)
		slices.SortFunc(there, byText)
		if !slices.Equal(here, there) || !slices.Equal(shell[name].Roles, atlas[name].Roles) {
			t.Errorf("%s: mongosh makes\n%v, and Atlas\n%v", name, here, there)
		}
	}
	var walked []string
	for name, bearer := range walks {
		var sent []scripted.Command
		for kind, opts := range map[string][]scripted.Option{
			"a replica set of 7": {scripted.ReplicaSet(), scripted.Version(7)}, "mongos of 8": {scripted.Mongos(), scripted.Version(8)},
		} {
			t.Run(name+" on "+kind, func(t *testing.T) {
				w := newWalk(t, opts...)
				bearer(w)
				sent = append(sent, w.sent...)
				walked = append(walked, w.lines...)
			})
		}
		hold(t, name, sent)
	}
	for _, line := range commandLines(newRoot(&terminal{app: app, out: io.Discard, err: io.Discard})) {
		if !slices.ContainsFunc(walked, func(w string) bool { return w == line || strings.HasPrefix(w, line+" ") }) {
			t.Errorf("nobody runs tenantctl %s", line)
		}
	}
}

// commandLines returns the commands that do something.
func commandLines(cmd *cobra.Command) []string {
	var lines []string
	for _, sub := range cmd.Commands() {
		if sub.Name() != "completion" && sub.Name() != "help" {
			lines = append(lines, commandLines(sub)...)
		}
	}
	if cmd.Runnable() && !cmd.HasAvailableSubCommands() {
		lines = append(lines, strings.TrimPrefix(cmd.CommandPath(), "tenantctl "))
	}
	return lines
}

// TestUsersHaveRoles looks whether each user that is made has a role that there is, by
// both ways.
func TestUsersHaveRoles(t *testing.T) {
	shell, _ := documentedRoles(t)
	text := textOf(t, privileges)
	for way, pattern := range map[string]*regexp.Regexp{"mongosh": createUser, "Atlas": atlasUser} {
		made := map[string]string{}
		for _, found := range pattern.FindAllStringSubmatch(text, -1) {
			if _, ok := shell[found[2]]; !ok {
				t.Errorf("%s: user %s is to have the role %s, which there is none of", way, found[1], found[2])
			}
			made[found[2]] = found[1]
		}
		if len(made) != len(walks) {
			t.Errorf("%s: users are %v, want one for each of %d roles", way, made, len(walks))
		}
	}
}

// differ makes a fleet that has every kind of finding.
func (w *walk) differ() {
	w.create("agrees")
	w.drop(w.create("missing"), "email_1")
	hidden := w.create("hidden")
	w.hide(hidden, "email_1")
	plain := w.create("not-unique")
	w.drop(plain, "email_1")
	w.index(plain, options.Index(), bson.E{Key: "email", Value: 1})
	repeats := w.create("repeats")
	w.drop(repeats, "email_1")
	w.index(repeats, options.Index(), bson.E{Key: "email", Value: 1})
	w.users(repeats, 0x10, 3)
	w.index(w.create("extra"), options.Index(), bson.E{Key: "name", Value: 1})
	order := w.create("order")
	w.drop(order, byRole)
	w.index(order, options.Index().SetName(byRole), bson.E{Key: "createdAt", Value: -1}, bson.E{Key: "role.name", Value: 1}, bson.E{Key: "_id", Value: -1})
	w.absent("absent")
}

func walkGate(w *walk) {
	w.differ()
	w.do(exitNo, "indexes check")
	w.do(exitDone, "indexes plan")
	w.do(exitDone, "indexes usage")
	w.do(exitNo, "migrate verify")
	w.do(exitDone, "migrate plan")
	w.do(exitDone, "migrate status")
	w.do(exitDone, "documents check")
	w.do(exitNo, "documents check --strict")
}

func walkIndexes(w *walk) {
	walkGate(w)
	w.do(exitNo, "indexes ensure")
	w.do(exitNo, "indexes ensure --prune --yes")
}

// another is a collection beside users that migrations name: the page says that what
// stands there for users is to be repeated for each.
const another = "copies"

// everyCommand returns migrations that have every command and step that there is.
// The model of MongoDB carries out neither $out nor $merge.
func everyCommand() fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"0001_documents": `[
			{"update": "users", "updates": [{"q": {}, "u": {"$inc": {"seen": 1}}, "multi": true}]},
			{"update": "users", "updates": [{"q": {"_id": "x"}, "u": {"$set": {"email": "x@example.com"}}, "upsert": true}]},
			{"delete": "users", "deletes": [{"q": {"_id": "x"}, "limit": 1}]},
			{"insert": "users", "documents": [{"email": "y@example.com"}]},
			{"step": "fold_emails", "batch": 1}, {"step": "object_roles", "batch": 1}, {"step": "complete_timestamps", "batch": 1},
			{"step": "to_text", "collection": "users", "path": "seen"}, {"step": "to_number", "collection": "users", "path": "seen"},
			{"step": "to_decimal", "collection": "users", "path": "seen"}, {"step": "to_date", "collection": "users", "path": "born"},
			{"step": "to_object_id", "collection": "users", "path": "team"},
			{"step": "map_values", "collection": "users", "path": "role.name", "values": {"owner": "super"}, "onUnfit": "leave"},
			{"step": "rename_member", "collection": "users", "path": "seen", "to": "visits.seen"},
			{"step": "fill_member", "collection": "users", "path": "visits.last", "value": 0},
			{"step": "remove_repeats", "collection": "users", "path": "email", "by": "_id", "keep": "oldest", "others": "delete"},
			{"step": "drop_member", "collection": "users", "path": "visits"}]`,
		"0002_taken": `[{"insert": "users", "documents": [{"_id": "first", "email": "first@example.com"}]}]`,
		"0003_out":   `[{"aggregate": "users", "pipeline": [{"$match": {}}, {"$out": "copies"}]}]`,
		"0004_merge": `[{"aggregate": "users", "pipeline": [{"$merge": {"into": "copies"}}]}]`,
		"0005_collection": `[
			{"createIndexes": "users", "indexes": [{"key": {"seen": 1}, "name": "seen_1"}]},
			{"collMod": "users", "index": {"name": "seen_1", "hidden": true}},
			{"dropIndexes": "users", "index": "seen_1"},
			{"drop": "users"},
			{"create": "users"}]`,
	} {
		files[name+".up.json"] = &fstest.MapFile{Data: []byte(text)}
		files[name+".down.json"] = &fstest.MapFile{Data: []byte(`[]`)}
	}
	return files
}

// TestWalkMigratesByEveryCommand compares the migrations that the walk applies with what
// docs/migrations.md says that there is.
func TestWalkMigratesByEveryCommand(t *testing.T) {
	var all strings.Builder
	for _, file := range everyCommand() {
		all.Write(file.Data)
	}
	list := regexp.MustCompile(`(?s)\*\*Commands\*\* are(.*?)\. An index`).FindStringSubmatch(textOf(t, "../../../docs/migrations.md"))
	if list == nil {
		t.Fatal("docs/migrations.md does not list the commands")
	}
	names := regexp.MustCompile("`([a-zA-Z$]+)`").FindAllStringSubmatch(list[1], -1)
	if len(names) < 9 {
		t.Fatalf("docs/migrations.md lists %v", names)
	}
	for _, name := range names {
		if !strings.Contains(all.String(), `{"`+name[1]+`":`) {
			t.Errorf("no migration has %s", name[1])
		}
	}
	for _, step := range steps.All(new(meta.Collection)) {
		if !strings.Contains(all.String(), `{"step": "`+step.Name+`"`) {
			t.Errorf("no migration has the step %s", step.Name)
		}
	}
}

func walkMigrations(w *walk) {
	w.do(exitDone, "migrate up") // before there is anything
	w.app.Migrations = nil
	one, broken := w.create("one"), w.create("broken")
	old := bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "email", Value: "Ada@Example.com"}, {Key: "role", Value: "basic"}, {Key: "name", Value: "Ada"}}
	for _, coll := range []*mongo.Collection{one, broken} {
		if _, err := coll.InsertOne(w.t.Context(), old); err != nil {
			w.t.Fatal(err)
		}
	}
	if _, err := broken.InsertOne(w.t.Context(), bson.D{{Key: "_id", Value: "first"}, {Key: "email", Value: "taken@example.com"}}); err != nil {
		w.t.Fatal(err)
	}
	w.hide(one, "email_1")
	w.drop(one, byRole)
	w.absent("absent")
	w.before()
	files := everyCommand()
	w.app.Migrations = files
	w.do(exitDone, "migrate plan")
	w.do(exitNo, "migrate to 2") // an _id is taken
	w.do(exitNo, "migrate verify")
	w.do(exitDone, "migrate status")
	w.do(exitNo, "migrate resume")
	if _, err := broken.DeleteOne(w.t.Context(), bson.D{{Key: "_id", Value: "first"}}); err != nil {
		w.t.Fatal(err)
	}
	w.do(exitDone, "migrate resume")
	w.do(exitNo, "migrate up") // stops at $out
	w.do(exitDone, "migrate repair --tenant absent,broken,one --applied")
	w.do(exitNo, "migrate up") // stops at $merge
	files["0004_merge.up.json"] = &fstest.MapFile{Data: []byte(`[{"update": "users", "updates": [{"q": {}, "u": {"$inc": {"seen": 1}}, "multi": true}]}]`)}
	w.do(exitDone, "migrate repair --failed")
	w.do(exitDone, "migrate resume")
	w.do(exitDone, "migrate verify")
	w.do(exitDone, "migrate to 0 --yes")
	w.do(exitDone, "migrate unlock --tenant one")
}

func walkOperator(w *walk) {
	w.do(exitDone, "tenant create first")
	w.before()
	w.do(exitDone, "tenant create one")
	w.do(exitDone, "tenant create two")
	w.do(exitDone, "tenant materialize two")
	w.do(exitDone, "tenant materialize two users") // is there already
	w.do(exitDone, "tenant share two --weight 2")
	w.do(exitDone, "tenant share two")
	w.do(exitDone, "tenant list")
	w.do(exitDone, "tenant show one")
	w.do(exitDone, "user add one --name Ada --email ada@example.com --role super")
	w.do(exitNo, "user add one --name Ada --email ada@example.com") // the address is taken
	w.do(exitDone, "token one")
	w.do(exitDone, "capacity --tier M20 --instances 2 --tenants 100")
	w.do(exitDone, "capacity --tier M20 --live")
	half := bson.NewObjectID()
	w.enter(bson.E{Key: "_id", Value: half}, bson.E{Key: "name", Value: "half"}, bson.E{Key: "database", Value: "t_" + half.Hex()}, bson.E{Key: "state", Value: "provisioning"})
	users := w.admin.Client().Database("t_" + half.Hex()).Collection("users")
	if err := users.Database().CreateCollection(w.t.Context(), "users"); err != nil {
		w.t.Fatal(err)
	}
	w.do(exitDone, "tenant delete half --yes")
	w.t.Setenv("EAGER_COLLECTIONS", "true")
	w.do(exitDone, "tenant create eager")
}

// request is one to a server.
type request struct {
	method, path, body string
	// as is the header with which it identifies itself.
	as     string
	status int
}

// operators is the token of the operators' API.
const operators = "the operators' token of tests"

func walkServer(w *walk) {
	w.serve(w.visit)
	w.before()
	w.serve(w.lookBehind)
	half := bson.NewObjectID()
	w.enter(bson.E{Key: "_id", Value: half}, bson.E{Key: "name", Value: "half"}, bson.E{Key: "database", Value: "t_" + half.Hex()}, bson.E{Key: "state", Value: "provisioning"})
	w.app.Eager = true
	w.serve(func(s *server.Server) {
		look := request{"GET", "/admin/tenants/half", "", operators, 200}
		for look.send(w.t, "http://"+s.AdminAddr().String())["state"] != "active" && w.t.Context().Err() == nil {
			runtime.Gosched()
		}
	})
}

// lookBehind has a tenant looked up, and waits until the server has looked at its unique indexes in the background.
func (w *walk) lookBehind(s *server.Server) {
	one := request{"GET", "/admin/tenants/one", "", operators, 200}.send(w.t, "http://"+s.AdminAddr().String())
	request{"GET", "/api/users", "", w.token(fmt.Sprint(one["_id"])), 200}.send(w.t, "http://"+s.Addr().String())
	looked := func(c scripted.Command) bool { return c.Name == "listIndexes" && c.Collection == "users" }
	for !slices.ContainsFunc(w.mongod.Commands(), looked) && w.t.Context().Err() == nil {
		runtime.Gosched()
	}
}

// serve starts a server, and ends it after visit.
func (w *walk) serve(visit func(*server.Server)) {
	w.t.Helper()
	w.mongod.Reset()
	cfg := server.Defaults()
	cfg.MongoURI, cfg.Addr, cfg.AdminAddr, cfg.AdminToken, cfg.AuthKeys, cfg.DrainDelay = w.mongod.URI(), "127.0.0.1:0", "127.0.0.1:0", operators, testKey, 0
	served := w.app
	served.OpenAPI, served.Policy = gen.OpenAPI, schema.Policy
	s, err := server.New(w.t.Context(), cfg, served, slog.New(slog.DiscardHandler))
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(w.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx) }()
	visit(s)
	stop()
	if err := <-ended; err != nil {
		w.t.Error(err)
	}
	w.sent = append(w.sent, w.mongod.Commands()...)
}

// visit asks for all that the server serves.
func (w *walk) visit(s *server.Server) {
	api, admin := "http://"+s.Addr().String(), "http://"+s.AdminAddr().String()
	made := request{"POST", "/admin/tenants", `{"name":"one"}`, operators, 201}.send(w.t, admin)
	for _, r := range []request{
		{"GET", "/admin/tenants", "", operators, 200},
		{"GET", "/admin/tenants/one", "", operators, 200},
		{"GET", "/readyz", "", operators, 200},
		{"GET", "/metrics", "", operators, 200},
		{"GET", "/debug/pprof/heap", "", operators, 200},
	} {
		r.send(w.t, admin)
	}
	token := w.token(fmt.Sprint(made["_id"]))
	visited := []string{}
	visit := func(pattern string, r request) map[string]any {
		visited = append(visited, r.method+" "+pattern)
		return r.send(w.t, api)
	}
	const ada = `"email":"ada@example.com","password":"correct horse"`
	visit("/api/users", request{"POST", "/api/users", `{"name":"Ada",` + ada + `,"role":{"name":"super"}}`, token, 201})
	visit("/api/users", request{"POST", "/api/users", `{"name":"Ada",` + ada + `}`, token, 409})
	bob := visit("/api/users", request{"POST", "/api/users", `{"name":"Bob","email":"bob@example.com","password":"correct horse"}`, token, 201})
	session := visit("/api/login", request{"POST", "/api/login?tenant=one", "{" + ada + "}", "", 200})
	visit("/api/login", request{"POST", "/api/login?tenant=one", `{"email":"ada@example.com","password":"wrong horse"}`, "", 401})
	visit("/api/refresh", request{"POST", "/api/refresh", fmt.Sprintf(`{"refreshToken":%q}`, session["refreshToken"]), "", 200})
	as := fmt.Sprint(session["token"])
	for range 3 { // pages of one
		visit("/api/users", request{"GET", "/api/users?limit=1&sort=-createdAt&role.name=super", "", as, 200})
	}
	one := fmt.Sprint("/api/users/", bob["_id"])
	visit("/api/users/{id}", request{"GET", one, "", as, 200})
	visit("/api/users/{id}", request{"PATCH", one, `{"name":"Robert"}`, as, 200})
	visit("/api/users/{id}", request{"PATCH", one, `{"role":{"name":"super"}}`, as, 200})
	visit("/api/users/{id}", request{"PATCH", one, `{"role":{"name":"basic"}}`, as, 200})
	visit("/api/users/{id}", request{"PATCH", one, `{"email":"ada@example.com"}`, as, 409})
	visit("/api/users/{id}", request{"DELETE", one, "", as, 204})
	visit("/api/users/{id}", request{"DELETE", one, "", as, 404})
	visit("/api/password", request{"POST", "/api/password", `{"current":"correct horse","new":"another horse"}`, as, 204})
	session = visit("/api/login", request{"POST", "/api/login?tenant=one", `{"email":"ada@example.com","password":"another horse"}`, "", 200})
	visit("/api/logout", request{"POST", "/api/logout", "", fmt.Sprint(session["token"]), 204})
	for _, path := range []string{"/healthz", "/readyz", "/openapi.json", "/.well-known/jwks.json"} {
		visit(path, request{"GET", path, "", "", 200})
	}
	for _, route := range s.Routes() {
		if !slices.Contains(visited, route) {
			w.t.Errorf("nobody asks for %s", route)
		}
	}
}

// token returns an operator's for the tenant.
func (w *walk) token(id string) string {
	w.t.Helper()
	keys, err := auth.ParseKeys(testKey)
	if err != nil {
		w.t.Fatal(err)
	}
	tenant, err := bson.ObjectIDFromHex(id)
	if err != nil {
		w.t.Fatal(err)
	}
	token, err := auth.NewTokens(keys).Issue(auth.Identity{Tenant: tenant, Role: "super", Expires: time.Now().Add(time.Hour)})
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// send sends the request, and returns the answer.
func (r request) send(t *testing.T, base string) map[string]any {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.method, base+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	if r.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.as != "" {
		req.Header.Set("Authorization", "Bearer "+r.as)
	}
	if r.method == http.MethodPatch || r.method == http.MethodDelete {
		req.Header.Set("If-Match", "*")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != r.status {
		t.Errorf("%s %s: %d instead of %d: %s", r.method, r.path, resp.StatusCode, r.status, text)
	}
	var body map[string]any
	_ = json.Unmarshal(text, &body) // not all answers are JSON
	return body
}
