package fleet_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/migrate"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/gen/tenants"
	"github.com/partywall/partywall/gen/users"
)

// create stores a user of the address.
func create(ctx context.Context, one *tenant.Entry, email string) error {
	_, err := users.In(one.Handle()).Create(ctx, person(email))
	return err
}

// TestFirstWriteDuringAMigration waits for whoever holds the tenant's lock, who may drop what was made.
func TestFirstWriteDuringAMigration(t *testing.T) {
	t.Parallel()
	b := newBirthplace(t)
	p, other := b.process(t, fleet.Config{LockTimeout: time.Minute}), b.process(t, fleet.Config{})
	name := testdb.Database(t, "")
	made := p.provision(t, name)
	db := b.client.Database(made.Database)
	wrote := make(chan error)
	err := other.WithLease(t.Context(), made.ID, 0, func(ctx context.Context, _ *tenant.Lease) (last tenants.Patch, err error) {
		go func() { wrote <- create(t.Context(), made, "ada@example.com") }()
		for len(b.collections(t, made.Database)) == 0 && ctx.Err() == nil { // until it was made before the lock was noticed
		}
		select {
		case err := <-wrote:
			t.Errorf("it is written while the tenant is locked: %v", err)
		case <-time.After(3 * unlockInterval): // which passes whatever the machine does
		}
		return last, db.Drop(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-wrote; err != nil {
		t.Error(err)
	}
	if err := b.checkBorn(t.Context(), made.Database); err != nil {
		t.Error(err)
	}
	if got := p.find(t, name); !slices.Equal(got.Collections, []string{"users"}) {
		t.Errorf("the entry says %+v", got.Indexes)
	}
}

// unlockInterval is how often a first write looks whether a tenant is still locked.
const unlockInterval = 100 * time.Millisecond

// TestFirstWriteOfALockedTenant is refused if the lock is held for longer than a request waits; the same write
// succeeds once it is given back.
func TestFirstWriteOfALockedTenant(t *testing.T) {
	t.Parallel()
	b := newBirthplace(t)
	p, other := b.process(t, fleet.Config{LockTimeout: time.Millisecond}), b.process(t, fleet.Config{})
	made := p.provision(t, testdb.Database(t, ""))
	err := other.WithLease(t.Context(), made.ID, 0, func(context.Context, *tenant.Lease) (last tenants.Patch, err error) {
		err = create(t.Context(), made, "ada@example.com")
		refused, ok := errors.AsType[*store.CollectionError](err)
		if !ok || !refused.Passing || refused.Collection != "users" {
			t.Errorf("%v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := create(ctx, made, "ada@example.com"); !errors.Is(err, context.Canceled) {
			t.Errorf("a request that ended: %v", err)
		}
		return last, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := create(t.Context(), made, "ada@example.com"); err != nil {
		t.Error(err)
	}
	if got := p.Births(); got.Made != 1 || got.Failed != 2 {
		t.Errorf("%+v", got)
	}
}

// TestFirstWriteOfATenantThatEnds: nothing is written for a tenant that is being deleted, or gone; one that was
// suspended meanwhile finishes its write.
func TestFirstWriteOfATenantThatEnds(t *testing.T) {
	t.Parallel()
	for state, want := range map[tenants.StateValue]error{tenants.StateSuspended: nil, tenants.StateDeleting: tenant.ErrUnknown, tenants.StateDeleted: tenant.ErrUnknown, "": tenant.ErrUnknown} {
		b, server := modelBirthplace(t)
		p := b.process(t, fleet.Config{})
		made := p.provision(t, "acme")
		held := server.On("findAndModify").In("tenants").Hold()
		wrote := make(chan error)
		go func() { wrote <- create(t.Context(), made, "ada@example.com") }()
		<-held.Arrived()
		entries := b.client.Database(b.admin).Collection("tenants")
		var err error
		if state == "" {
			_, err = entries.DeleteOne(t.Context(), bson.D{{Key: "_id", Value: made.ID}})
		} else {
			_, err = entries.UpdateByID(t.Context(), made.ID, bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: string(state)}}}})
		}
		if err != nil {
			t.Fatal(err)
		}
		held.Release()
		if err := <-wrote; !errors.Is(err, want) {
			t.Errorf("%q: %v", state, err)
		}
		n, err := b.client.Database(made.Database).Collection("users").CountDocuments(t.Context(), bson.D{})
		if err != nil || (n == 1) != (want == nil) {
			t.Errorf("%q: %d documents, %v", state, n, err)
		}
	}
}

// TestRefusedFirstWrites: a collection of which the server refuses an index takes no document, and is not recorded;
// the tenant's others are served. Every later write tries again.
func TestRefusedFirstWrites(t *testing.T) {
	t.Parallel()
	b, server := modelBirthplace(t)
	notes := raw.Collection{Collection: meta.Collection{Name: "notes"}}
	p := b.process(t, fleet.Config{Collections: append(raw.Declarations(gen.Collections()), notes.Collection)})
	made := p.provision(t, "acme")
	refusal := server.On("createIndexes").Where(func(c scripted.Command) bool { return strings.Contains(c.Body.String(), "email_1") }).Always()
	refusal.Fail(scripted.Error{Code: 67, Message: "cannot have it"})
	for range 2 {
		err := create(t.Context(), made, "ada@example.com")
		refused, ok := errors.AsType[*store.CollectionError](err)
		if !ok || refused.Passing || !strings.Contains(err.Error(), "email_1") || !strings.Contains(err.Error(), "cannot have it") {
			t.Errorf("%v", err)
		}
	}
	if err := raw.In(made.Handle(), &notes).Insert(t.Context(), bson.Raw(must(bson.Marshal(bson.D{{Key: "_id", Value: bson.NewObjectID()}})))); err != nil {
		t.Errorf("another collection: %v", err)
	}
	if got := p.find(t, "acme"); !slices.Equal(got.Collections, []string{"notes"}) {
		t.Errorf("the entry says %+v", got.Indexes)
	}
	if n, err := b.client.Database(made.Database).Collection("users").CountDocuments(t.Context(), bson.D{}); n > 0 || err != nil {
		t.Errorf("%d documents, %v", n, err)
	}
	server.Reset()
	if err := create(t.Context(), made, "ada@example.com"); err != nil {
		t.Error(err)
	}
	if err := b.checkBorn(t.Context(), made.Database); err != nil {
		t.Error(err)
	}
	if got := p.Births(); got.Made != 2 || got.Failed != 2 {
		t.Errorf("%+v", got)
	}
}

// TestFirstWritesToWhatIsNoCollection say what is there in place of one.
func TestFirstWritesToWhatIsNoCollection(t *testing.T) {
	t.Parallel()
	for kind, options := range map[string]bson.D{
		"view":       {{Key: "create", Value: "users"}, {Key: "viewOn", Value: "people"}, {Key: "pipeline", Value: bson.A{}}},
		"timeseries": {{Key: "create", Value: "users"}, {Key: "timeseries", Value: bson.D{{Key: "timeField", Value: "createdAt"}}}},
	} {
		b, _ := modelBirthplace(t)
		p := b.process(t, fleet.Config{})
		made := p.provision(t, "acme")
		if err := b.client.Database(made.Database).RunCommand(t.Context(), options).Err(); err != nil {
			t.Fatal(err)
		}
		if kind == "view" { // of the other, the server model knows no more
			err := create(t.Context(), made, "ada@example.com")
			if _, ok := errors.AsType[*store.CollectionError](err); !ok || !strings.Contains(err.Error(), "it is a view") {
				t.Errorf("%v", err)
			}
		}
		report, err := p.CheckIndexes(t.Context(), visit.Options{})
		if err != nil || len(report.Findings) != 1 || !strings.Contains(report.Findings[0].Detail, "it is a "+kind) || report.NotThereYet != 0 {
			t.Errorf("the gate says %+v, %v", report, err)
		}
	}
}

// TestUnknownCollections: a collection that the fleet does not know is not made without its indexes.
func TestUnknownCollections(t *testing.T) {
	t.Parallel()
	b, _ := modelBirthplace(t)
	p := b.process(t, fleet.Config{Collections: []meta.Collection{{Name: "notes"}}})
	made := p.provision(t, "acme")
	if err := create(t.Context(), made, "ada@example.com"); err == nil || !strings.Contains(err.Error(), "server.App.Collections") {
		t.Errorf("%v", err)
	}
	if got := b.collections(t, made.Database); len(got) > 0 {
		t.Errorf("there are %q", got)
	}
}

// TestEntriesThatAreWrong claim what is not there, or deny what is.
func TestEntriesThatAreWrong(t *testing.T) {
	t.Parallel()
	b := newBirthplace(t)
	p := b.process(t, fleet.Config{})
	entries := b.client.Database(b.admin).Collection("tenants")
	set := func(name string, collections, declarations []string) {
		t.Helper()
		_, err := entries.UpdateOne(t.Context(), bson.D{{Key: "name", Value: name}}, bson.D{{Key: "$set", Value: bson.D{
			{Key: "collections", Value: collections}, {Key: "declarations", Value: declarations},
		}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	claims, denies := testdb.Database(t, "claims"), testdb.Database(t, "denies")
	claimed, denied := p.provision(t, claims), p.provision(t, denies)
	set(claims, []string{"users"}, []string{declarationOf("users")})
	if err := create(t.Context(), denied, "ada@example.com"); err != nil {
		t.Fatal(err)
	}
	set(denies, []string{}, []string{})
	report, err := p.CheckIndexes(t.Context(), visit.Options{})
	if err != nil || len(report.Findings) != 1 || report.Findings[0].Tenant != claims || report.Findings[0].Problem != "absent" || report.NotThereYet != 0 {
		t.Errorf("the gate says %+v, %v", report, err)
	}
	w := p.NewWatch()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.Run(ctx) }()
	w.Note(p.find(t, claims))
	for len(w.Findings()) == 0 && t.Context().Err() == nil {
	}
	stop()
	<-done
	if report, err := p.EnsureIndexes(t.Context(), visit.Options{}, false); err != nil || len(report.Open()) > 0 {
		t.Errorf("%+v, %v", report, err)
	}
	for _, one := range []*tenant.Entry{claimed, denied} {
		now := p.find(t, one.Name)
		if got := indexNames(t, b.client.Database(one.Database).Collection("users")); !slices.Equal(got, usersIndexes) || !slices.Equal(now.Collections, []string{"users"}) || !p.Indexed(&now.Indexes) {
			t.Errorf("%s has %q, and says %+v", one.Name, got, now.Indexes)
		}
	}
}

func declarationOf(name string) string {
	list := raw.Declarations(gen.Collections())
	return list[slices.IndexFunc(list, func(c meta.Collection) bool { return c.Name == name })].Declaration()
}

// TestTenantsOfOlderDeployments: an entry without a list is one of which nothing is known. What was made at once is
// recorded by the next write; in a tenant that was never brought to the declared indexes, a collection with documents
// is left to the operator, as it was, and an empty one is not.
func TestTenantsOfOlderDeployments(t *testing.T) {
	t.Parallel()
	b := newBirthplace(t)
	p := b.process(t, fleet.Config{})
	older := b.process(t, fleet.Config{Eager: true})
	if err := older.EnsureAdmin(t.Context()); err != nil {
		t.Fatal(err)
	}
	entries := b.client.Database(b.admin).Collection("tenants")
	made, legacy, fresh := testdb.Database(t, "made"), testdb.Database(t, "legacy"), testdb.Database(t, "fresh")
	db := b.client.Database(older.provision(t, made).Database)
	if _, err := entries.UpdateOne(t.Context(), bson.D{{Key: "name", Value: made}}, bson.D{{Key: "$unset", Value: bson.D{{Key: "collections", Value: ""}, {Key: "declarations", Value: ""}}}}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{legacy, fresh} {
		if _, err := entries.InsertOne(t.Context(), bson.D{{Key: "name", Value: name}}); err != nil {
			t.Fatal(err)
		}
	}
	taken := b.client.Database(legacy).Collection("users")
	for range 2 {
		if _, err := taken.InsertOne(t.Context(), bson.D{{Key: "name", Value: "Ada"}, {Key: "email", Value: "ada@example.com"}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{made, legacy, fresh} {
		one := p.find(t, name)
		if one.Collections != nil {
			t.Errorf("%s says %+v", name, one.Indexes)
		}
		if err := create(t.Context(), one, "new@example.com"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if now := p.find(t, name); !slices.Equal(now.Collections, []string{"users"}) || (len(now.Declarations) == 1) != (name != legacy) {
			t.Errorf("%s says %+v", name, now.Indexes)
		}
	}
	if got := indexNames(t, db.Collection("users")); !slices.Equal(got, usersIndexes) {
		t.Errorf("made at once: %q", got)
	}
	if got := indexNames(t, taken); !slices.Equal(got, []string{"_id_"}) {
		t.Errorf("taken over: %q", got)
	}
	if got := indexNames(t, b.client.Database(fresh).Collection("users")); !slices.Equal(got, usersIndexes) {
		t.Errorf("without a database: %q", got)
	}
	report, err := p.CheckIndexes(t.Context(), visit.Options{})
	if err != nil || len(report.Findings) == 0 || slices.ContainsFunc(report.Findings, func(f indexes.Finding) bool { return f.Tenant != legacy }) {
		t.Errorf("the gate says %+v, %v", report, err)
	}
}

// TestCollectionsOfAnotherVersion: a version that declares more makes a collection's indexes its own before it writes
// to it, if the tenant was brought to its indexes before the collection was made; else migrations do.
func TestCollectionsOfAnotherVersion(t *testing.T) {
	t.Parallel()
	b := newBirthplace(t)
	one := raw.Collection{Collection: meta.Collection{Name: "books", Indexes: []meta.Index{{Name: "title_1", Keys: []meta.Key{{Path: "title"}}}}}}
	two := one
	two.Indexes = append(slices.Clone(one.Indexes), meta.Index{Name: "isbn_1", Keys: []meta.Key{{Path: "isbn"}}, Unique: true})
	before := b.process(t, fleet.Config{Collections: []meta.Collection{one.Collection}})
	after := b.process(t, fleet.Config{Collections: []meta.Collection{two.Collection}})
	if err := b.process(t, fleet.Config{}).EnsureAdmin(t.Context()); err != nil {
		t.Fatal(err)
	}
	insert := func(p *process, c *raw.Collection, name string) *tenant.Entry {
		t.Helper()
		found := p.find(t, name)
		doc := must(bson.Marshal(bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "isbn", Value: bson.NewObjectID().Hex()}}))
		if err := raw.In(found.Handle(), c).Insert(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
		return p.find(t, name)
	}
	has := func(one *tenant.Entry, want ...string) {
		t.Helper()
		if got := indexNames(t, b.client.Database(one.Database).Collection("books")); !slices.Equal(got, want) {
			t.Errorf("%s has %q, want %q", one.Name, got, want)
		}
	}
	behind, brought := testdb.Database(t, "behind"), testdb.Database(t, "brought")
	before.provision(t, behind)
	before.provision(t, brought)
	has(insert(before, &one, behind), "_id_", "title_1")
	if now := insert(after, &two, behind); !after.Behind(now) {
		t.Errorf("it is not behind: %+v", now.Indexes)
	} else {
		has(now, "_id_", "title_1")
	}
	if out, err := after.Migrate(t.Context(), migrate.Options{}); err != nil || out.Done != 2 {
		t.Fatalf("%+v, %v", out, err)
	}
	for _, name := range []string{behind, brought} {
		if now := after.find(t, name); after.Behind(now) || before.Behind(now) || !after.Indexed(&now.Indexes) {
			t.Errorf("%s: %+v", name, now.Indexes)
		}
	}
	has(after.find(t, behind), "_id_", "isbn_1", "title_1")
	now := insert(before, &one, brought)
	has(now, "_id_", "title_1")
	if after.Behind(now) || after.Indexed(&now.Indexes) || before.Behind(now) {
		t.Errorf("%+v", now.Indexes)
	}
	now = insert(after, &two, brought)
	has(now, "_id_", "isbn_1", "title_1")
	if !after.Indexed(&now.Indexes) || !before.Indexed(&now.Indexes) {
		t.Errorf("%+v", now.Indexes)
	}
}

// TestMigrationsOfWhatIsNotThere skip it, unless they put something there: then it is made first.
func TestMigrationsOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	unique := []meta.Index{{Name: "k_1", Keys: []meta.Key{{Path: "k"}}, Unique: true}}
	collections := []meta.Collection{{Name: "changed", Indexes: unique}, {Name: "filled", Indexes: unique}}
	files := fstest.MapFS{
		"0001_a.up.json": {Data: []byte(`[
			{"update": "changed", "updates": [{"q": {}, "u": {"$set": {"a": 1}}, "multi": true}]},
			{"dropIndexes": "changed", "index": "old_1"},
			{"delete": "changed", "deletes": [{"q": {"a": 2}, "limit": 0}]}
		]`)},
		"0001_a.down.json": {Data: []byte(`[]`)},
	}
	b, _ := modelBirthplace(t)
	p := b.process(t, fleet.Config{Collections: collections, Migrations: files})
	fresh := p.provision(t, testdb.Database(t, "fresh"))
	if got := b.collections(t, fresh.Database); len(got) > 0 {
		t.Errorf("changes alone make %q", got)
	}
	files["0002_b.up.json"] = &fstest.MapFile{Data: []byte(`[{"insert": "filled", "documents": [{"_id": 1, "k": 1}]}]`)}
	files["0002_b.down.json"] = &fstest.MapFile{Data: []byte(`[]`)}
	next := b.process(t, fleet.Config{Collections: collections, Migrations: files})
	if _, err := b.client.Database(b.admin).Collection("tenants").UpdateByID(t.Context(), fresh.ID, bson.D{{Key: "$set", Value: bson.D{{Key: "migration", Value: bson.D{}}}}}); err != nil {
		t.Fatal(err)
	}
	if out, err := next.Migrate(t.Context(), migrate.Options{Target: 2}); err != nil || out.Done != 1 || len(out.Failures) > 0 {
		t.Fatalf("%+v, %v", out, err)
	}
	born := next.provision(t, testdb.Database(t, "born"))
	for _, one := range []*tenant.Entry{fresh, born} {
		now := next.find(t, one.Name)
		if got := b.collections(t, one.Database); !slices.Equal(got, []string{"filled"}) || !slices.Equal(now.Collections, got) || now.Migration.Version != 2 || now.State != tenants.StateActive {
			t.Errorf("%q, the entry says %+v", got, now)
		}
		if got := indexNames(t, b.client.Database(one.Database).Collection("filled")); !slices.Equal(got, []string{"_id_", "k_1"}) {
			t.Errorf("indexes are %q", got)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestCommandsOfFirstWrites: whatever a collection declares, its first document takes four commands at most, once this
// process knows that the cluster keeps what is declared.
func TestCommandsOfFirstWrites(t *testing.T) {
	t.Parallel()
	german := meta.Collation{Locale: "de", Strength: 1}
	by := func(paths ...string) (list []meta.Index) {
		for _, path := range paths {
			list = append(list, meta.Index{Name: path + "_1", Keys: []meta.Key{{Path: path}}})
		}
		return list
	}
	rare := by("a", "b")
	rare[0].Unique, rare[0].Partial = true, []meta.Condition{meta.Existing("a", true)}
	rare[1].Expires, rare[1].TTL = true, time.Hour
	collated := by("a")
	collated[0].Collation = german
	for name, c := range map[string]struct {
		declared    meta.Collection
		first, then string
	}{
		"no index":       {meta.Collection{}, "create, findAndModify, insert", "create, findAndModify, insert"},
		"many indexes":   {meta.Collection{Indexes: by("a", "b", "c", "d", "e", "f")}, "createIndexes, findAndModify, insert", "createIndexes, findAndModify, insert"},
		"rare options":   {meta.Collection{Indexes: rare}, "createIndexes, listIndexes, findAndModify, insert", "createIndexes, findAndModify, insert"},
		"a collation":    {meta.Collection{Collation: german, Indexes: collated}, "create, createIndexes, listIndexes, findAndModify, insert", "create, createIndexes, findAndModify, insert"},
		"only collation": {meta.Collection{Collation: german}, "create, findAndModify, insert", "create, findAndModify, insert"},
	} {
		b, server := modelBirthplace(t)
		c.declared.Name = "things"
		p := b.process(t, fleet.Config{Collections: []meta.Collection{c.declared}})
		for i, want := range []string{c.first, c.then} {
			one := p.provision(t, []string{"first", "second"}[i])
			if _, err := p.catalog.Now(t.Context()); err != nil { // which asks the server once
				t.Fatal(err)
			}
			server.Reset()
			doc := must(bson.Marshal(bson.D{{Key: "_id", Value: bson.NewObjectID()}}))
			if err := raw.In(one.Handle(), &raw.Collection{Collection: c.declared}).Insert(t.Context(), doc); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			var sent []string
			for _, command := range server.Commands() {
				sent = append(sent, command.Name)
			}
			if got := strings.Join(sent, ", "); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
}

// TestDatabasesThatEarlierVersionsLost: of a tenant for which everything was made at once, all collections are missed.
func TestDatabasesThatEarlierVersionsLost(t *testing.T) {
	t.Parallel()
	b, _ := modelBirthplace(t)
	p, eager := b.process(t, fleet.Config{}), b.process(t, fleet.Config{Eager: true})
	made := eager.provision(t, "acme")
	if _, err := b.client.Database(b.admin).Collection("tenants").UpdateByID(t.Context(), made.ID, bson.D{{Key: "$unset", Value: bson.D{{Key: "collections", Value: ""}}}}); err != nil {
		t.Fatal(err)
	}
	if err := b.client.Database(made.Database).Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	report, err := p.CheckIndexes(t.Context(), visit.Options{})
	if err != nil || len(report.Findings) != 1 || report.Findings[0].Problem != indexes.Absent || report.NotThereYet != 0 {
		t.Errorf("the gate says %+v, %v", report, err)
	}
}

// TestVersionsThatDeclareAnIndexOtherwise write to one collection, whichever made it, until its index is replaced.
// Without a unique one, nothing is written.
func TestVersionsThatDeclareAnIndexOtherwise(t *testing.T) {
	t.Parallel()
	b, _ := modelBirthplace(t)
	declaring := func(x meta.Index) (*process, *raw.Collection) {
		x.Name, x.Keys = "title_1", []meta.Key{{Path: "title"}}
		c := &raw.Collection{Collection: meta.Collection{Name: "books", Indexes: []meta.Index{x}}}
		return b.process(t, fleet.Config{Collections: []meta.Collection{c.Collection}}), c
	}
	before, one := declaring(meta.Index{Sparse: true})
	after, two := declaring(meta.Index{})
	strict, unique := declaring(meta.Index{Unique: true})
	if err := b.process(t, fleet.Config{}).EnsureAdmin(t.Context()); err != nil {
		t.Fatal(err)
	}
	insert := func(p *process, c *raw.Collection, name string) error {
		t.Helper()
		doc := must(bson.Marshal(bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "title", Value: bson.NewObjectID()}}))
		return raw.In(p.find(t, name).Handle(), c).Insert(t.Context(), doc)
	}
	for _, by := range []*process{before, after} {
		name := testdb.Database(t, "by")
		by.provision(t, name)
		for range 2 {
			if err := errors.Join(insert(before, one, name), insert(after, two, name)); err != nil {
				t.Error(err)
			}
		}
		if now := after.find(t, name); after.Indexed(&now.Indexes) {
			t.Errorf("the entry says that the other version's index is there: %+v", now.Indexes)
		}
		if report, err := after.CheckIndexes(t.Context(), visit.Options{Tenants: []string{name}}); err != nil || len(report.Findings) != 1 || report.Findings[0].Problem != indexes.Different {
			t.Errorf("the gate says %+v, %v", report, err)
		}
	}
	strict.provision(t, "strict")
	if err := insert(after, two, "strict"); err != nil {
		t.Error(err)
	}
	if _, ok := errors.AsType[*store.CollectionError](insert(strict, unique, "strict")); !ok {
		t.Error("a document is stored where the unique index is not unique")
	}
}

// TestMigrateNotesWhatEarlierVersionsMade: all collections of a tenant, even if there is nothing else to do. Otherwise
// the first write would leave an entry that says that there is no other.
func TestMigrateNotesWhatEarlierVersionsMade(t *testing.T) {
	t.Parallel()
	b, _ := modelBirthplace(t)
	all := []meta.Collection{{Name: "books"}, {Name: "carts"}, {Name: "orders"}}
	p, eager := b.process(t, fleet.Config{Collections: all}), b.process(t, fleet.Config{Collections: all, Eager: true})
	if err := b.process(t, fleet.Config{}).EnsureAdmin(t.Context()); err != nil {
		t.Fatal(err)
	}
	made := eager.provision(t, "acme")
	lists := bson.D{{Key: "collections", Value: ""}, {Key: "declarations", Value: ""}}
	if _, err := b.client.Database(b.admin).Collection("tenants").UpdateByID(t.Context(), made.ID, bson.D{{Key: "$unset", Value: lists}}); err != nil {
		t.Fatal(err)
	}
	for done := range 2 {
		if out, err := p.Migrate(t.Context(), migrate.Options{}); err != nil || out.Done != 1-done {
			t.Fatalf("run %d: %+v, %v", done, out, err)
		}
	}
	books := raw.Collection{Collection: all[0]}
	if err := raw.In(p.find(t, "acme").Handle(), &books).Insert(t.Context(), must(bson.Marshal(bson.D{{Key: "_id", Value: bson.NewObjectID()}}))); err != nil {
		t.Fatal(err)
	}
	if room, err := p.Room(t.Context()); err != nil || room[tenant.DefaultCluster].Namespaces != 6 {
		t.Errorf("%+v, %v", room, err)
	}
}
