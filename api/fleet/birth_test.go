package fleet_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/steps"
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
	"github.com/partywall/partywall/schema/migrations"
)

// process is a fleet as a process of its own has it: with connections and caches of its own.
type process struct {
	*fleet.Fleet
	catalog *tenant.Catalog
}

// writers is how many write at once, each with a connection of its own.
const writers = 100

func openProcess(uri, admin string, cfg fleet.Config) (*process, error) {
	clusters, err := tenant.NewClusters(map[string]string{tenant.DefaultCluster: uri}, writers)
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	catalog, err := tenant.NewCatalog(clusters, admin, time.Minute, log)
	if err != nil {
		return nil, err
	}
	cfg.Catalog, cfg.Log = catalog, log
	if cfg.Collections == nil {
		cfg.Collections = raw.Declarations(gen.Collections())
	}
	f, err := fleet.New(cfg)
	return &process{f, catalog}, err
}

// birthplace is a server on which tenants begin with nothing.
type birthplace struct {
	uri, admin string
	client     *mongo.Client
}

func newBirthplace(t *testing.T) *birthplace {
	t.Helper()
	return &birthplace{testdb.URI(t), testdb.Database(t, "admin"), testdb.Client(t)}
}

// modelBirthplace is on a server that does as it is told.
func modelBirthplace(t *testing.T) (*birthplace, *scripted.Server) {
	t.Helper()
	server := scripted.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	return &birthplace{server.URI(), "admins", client}, server
}

// process begins a process.
func (b *birthplace) process(t *testing.T, cfg fleet.Config) *process {
	t.Helper()
	p, err := openProcess(b.uri, b.admin, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.catalog.Close)
	return p
}

// provision makes a tenant, and returns it.
func (p *process) provision(t *testing.T, name string) *tenant.Entry {
	t.Helper()
	made, err := p.Provision(t.Context(), name, tenant.DefaultCluster)
	if err != nil {
		t.Fatal(err)
	}
	testdb.DropAtEnd(made.Database)
	return made
}

// find returns the tenant as the process knows it anew.
func (p *process) find(t *testing.T, name string) *tenant.Entry {
	t.Helper()
	one, err := p.catalog.Find(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return one
}

func person(email string) users.New {
	return users.New{Name: "Ada", Email: email, Password: store.StoredSecret("none")}
}

// collections are the names of a database's collections.
func (b *birthplace) collections(t *testing.T, database string) []string {
	t.Helper()
	names, err := b.client.Database(database).ListCollectionNames(t.Context(), bson.D{})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

var usersIndexes = []string{"_id_", "email_1", byRole}

// TestTenantsBeginWithNothing: a tenant is one write to the catalog, its first document three commands, and those after
// it one each, in every process that looks.
func TestTenantsBeginWithNothing(t *testing.T) {
	t.Parallel()
	b, server := modelBirthplace(t)
	p := b.process(t, fleet.Config{Migrations: migrations.Files, Steps: steps.All(new(meta.Collection))})
	if err := p.EnsureAdmin(t.Context()); err != nil {
		t.Fatal(err)
	}
	server.Reset()
	made := p.provision(t, "acme")
	wantSent(t, server, "find tenants, insert tenants")
	if got := b.collections(t, made.Database); len(got) > 0 || made.Database == "" {
		t.Errorf("it begins with %q", got)
	}
	one := p.find(t, "acme")
	if one.State != "active" || p.Behind(one) || one.Migration.Version != p.Latest() || len(one.Migration.Checksums) != int(p.Latest()) || one.Collections == nil || len(one.Collections) > 0 {
		t.Errorf("the entry says %+v", one)
	}
	report, err := p.CheckIndexes(t.Context(), visit.Options{})
	if err != nil || len(report.Findings) > 0 || report.NotThereYet != 1 {
		t.Errorf("the gate says %+v, %v", report, err)
	}
	repo := users.In(one.Handle())
	nobody := bson.NewObjectID()
	if _, err := repo.Get(t.Context(), nobody); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	if _, err := repo.Update(t.Context(), nobody, users.Patch{Name: store.Set("Ada")}); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	if err := repo.Delete(t.Context(), nobody); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	if got := b.collections(t, made.Database); len(got) > 0 {
		t.Errorf("reading makes %q", got)
	}
	for i, want := range []string{"createIndexes users, findAndModify tenants, insert users", "insert users"} {
		server.Reset()
		if _, err := repo.Create(t.Context(), person(fmt.Sprintf("%d@example.com", i))); err != nil {
			t.Fatal(err)
		}
		wantSent(t, server, want)
	}
	if got := indexNames(t, b.client.Database(made.Database).Collection("users")); !slices.Equal(got, usersIndexes) {
		t.Errorf("indexes are %q", got)
	}
	other := b.process(t, fleet.Config{Migrations: migrations.Files, Steps: steps.All(new(meta.Collection))})
	found := other.find(t, "acme")
	if !slices.Equal(found.Collections, []string{"users"}) || len(found.Declarations) != 1 {
		t.Errorf("the entry says %+v", found.Indexes)
	}
	server.Reset()
	if _, _, err := users.In(found.Handle()).UpsertByEmail(t.Context(), person("other@example.com")); err != nil {
		t.Fatal(err)
	}
	wantSent(t, server, "findAndModify users")
	if got := p.Births(); got.Made != 1 || got.Failed != 0 || got.Took <= 0 {
		t.Errorf("%+v", got)
	}
}

// wantSent compares the commands that the server got, and what they are about, with want.
func wantSent(t *testing.T, server *scripted.Server, want string) {
	t.Helper()
	var sent []string
	for _, c := range server.Commands() {
		sent = append(sent, strings.TrimSpace(c.Name+" "+c.Collection))
	}
	if got := strings.Join(sent, ", "); got != want {
		t.Errorf("sent %s, want %s", got, want)
	}
}

// writeAll has n writers store a user of one address at once, and returns how many did. Each of the
// others is told that the address is taken.
func writeAll(ctx context.Context, p *process, name string, n int) (int64, error) {
	var stored atomic.Int64
	var mu sync.Mutex
	var errs []error
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			one, err := p.catalog.Resolve(ctx, name)
			if err == nil {
				_, err = users.In(one.Handle()).Create(ctx, person("ada@example.com"))
			}
			if err == nil {
				stored.Add(1)
				return
			}
			if taken, ok := errors.AsType[*store.DuplicateError](err); !ok || taken.Field != "email" {
				mu.Lock()
				defer mu.Unlock()
				errs = append(errs, err)
			}
		})
	}
	all.Wait()
	return stored.Load(), errors.Join(errs...)
}

// checkBorn returns what is wrong with a tenant's collection users: a document beside a missing index, or two of
// one key.
func (b *birthplace) checkBorn(ctx context.Context, database string) error {
	coll := b.client.Database(database).Collection("users")
	n, err := coll.CountDocuments(ctx, bson.D{})
	if err != nil || n == 0 {
		return err
	}
	specs, err := coll.Indexes().ListSpecifications(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, s := range specs {
		names = append(names, s.Name)
	}
	slices.Sort(names)
	if !slices.Equal(names, usersIndexes) || n > 1 {
		return fmt.Errorf("%d documents beside the indexes %q", n, names)
	}
	return nil
}

// TestFirstWritersOfOneKey: of many first writers of one key, in one process or in three, one stores its document.
func TestFirstWritersOfOneKey(t *testing.T) {
	t.Parallel()
	b := newBirthplace(t)
	p := b.process(t, fleet.Config{})
	for round := range 3 {
		name := testdb.Database(t, fmt.Sprintf("one%d", round))
		made := p.provision(t, name)
		n, err := writeAll(t.Context(), p, name, writers)
		if n != 1 || err != nil {
			t.Errorf("in one process, %d are stored: %v", n, err)
		}
		if err := b.checkBorn(t.Context(), made.Database); err != nil {
			t.Error(err)
		}
	}
	for round := range 2 {
		name := testdb.Database(t, fmt.Sprintf("three%d", round))
		made := p.provision(t, name)
		var stored atomic.Int64
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				out, err := b.child(t.Context(), "write "+name+" 34").Output()
				var n int64
				if _, scanErr := fmt.Sscanf(string(out), "begun\n%d", &n); err != nil || scanErr != nil {
					t.Errorf("a process says %q, %v", out, err)
				}
				stored.Add(n)
			})
		}
		all.Wait()
		if stored.Load() != 1 {
			t.Errorf("in three processes, %d are stored", stored.Load())
		}
		if err := b.checkBorn(t.Context(), made.Database); err != nil {
			t.Error(err)
		}
	}
}

// child returns another process that writes first documents: the task is "write", the tenant's name, and how many
// writers there are.
func (b *birthplace) child(ctx context.Context, task string) *exec.Cmd {
	child := exec.CommandContext(ctx, os.Args[0])
	child.Env = append(os.Environ(), childTask+"="+task, childURI+"="+b.uri, childAdmin+"="+b.admin)
	child.Stderr = os.Stderr
	return child
}

// writeAsChild carries out a task of child, and says how many documents it has stored.
func writeAsChild(ctx context.Context, task string) error {
	var name string
	var n int
	if _, err := fmt.Sscanf(task, "write %s %d", &name, &n); err != nil {
		return err
	}
	p, err := openProcess(os.Getenv(childURI), os.Getenv(childAdmin), fleet.Config{})
	if err != nil {
		return err
	}
	defer p.catalog.Close()
	if _, err := p.catalog.Resolve(ctx, name); err != nil {
		return err
	}
	fmt.Println("begun")
	stored, err := writeAll(ctx, p, name, n)
	fmt.Println(stored)
	return err
}

// TestKilledFirstWriters: whenever a process is killed that writes a first document, there is none without the
// indexes, and the next writer goes on.
func TestKilledFirstWriters(t *testing.T) {
	t.Parallel()
	b := newBirthplace(t)
	p := b.process(t, fleet.Config{})
	if err := p.EnsureAdmin(t.Context()); err != nil {
		t.Fatal(err)
	}
	rounds(t, *killRounds, func(ctx context.Context, i int) error {
		name := testdb.Database(t, fmt.Sprintf("k%d", i))
		made, err := p.Provision(ctx, name, tenant.DefaultCluster)
		if err != nil {
			return err
		}
		testdb.DropAtEnd(made.Database)
		if err := killed(ctx, "write "+name+" 3", b.uri, b.admin, 50*time.Millisecond); err != nil {
			return err
		}
		if err := b.checkBorn(ctx, made.Database); err != nil {
			return fmt.Errorf("after the process was killed: %w", err)
		}
		if _, err := writeAll(ctx, p, name, 1+rand.N(3)); err != nil {
			return err
		}
		return b.checkBorn(ctx, made.Database)
	})
}

// TestKilledBetweenSteps kills a process before each command of its first write. What it had sent may be carried out
// after its death, beside the next writer.
func TestKilledBetweenSteps(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"createIndexes", "findAndModify", "insert"} {
		for _, later := range []bool{false, true} {
			b, server := modelBirthplace(t)
			p := b.process(t, fleet.Config{})
			made := p.provision(t, "acme")
			held := server.On(step).Hold()
			child := b.child(t.Context(), "write acme 1")
			out, err := child.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			if line, err := bufio.NewReader(out).ReadString('\n'); line != "begun\n" {
				t.Fatalf("the child says %q, %v", line, err)
			}
			<-held.Arrived()
			_ = child.Process.Kill()
			_ = child.Wait()
			if !later {
				held.Release()
			}
			if err := b.checkBorn(t.Context(), made.Database); err != nil {
				t.Errorf("killed before %s: %v", step, err)
			}
			if _, err := writeAll(t.Context(), p, "acme", 3); err != nil {
				t.Errorf("after it was killed before %s: %v", step, err)
			}
			held.Release()
			if err := b.checkBorn(t.Context(), made.Database); err != nil {
				t.Errorf("after it was killed before %s: %v", step, err)
			}
			if got := p.find(t, "acme"); !slices.Equal(got.Collections, []string{"users"}) {
				t.Errorf("the entry says %+v", got.Indexes)
			}
		}
	}
}

// TestFirstWritesBesideOthers: one who makes everything at once, one who makes this tenant's collections, and
// first writers in two processes come to the same.
func TestFirstWritesBesideOthers(t *testing.T) {
	t.Parallel()
	b := newBirthplace(t)
	p, other, eager := b.process(t, fleet.Config{}), b.process(t, fleet.Config{}), b.process(t, fleet.Config{Eager: true})
	for round := range 3 {
		name := testdb.Database(t, fmt.Sprint(round))
		made := p.provision(t, name)
		var stored atomic.Int64
		var all sync.WaitGroup
		for _, writer := range []*process{p, other} {
			all.Go(func() {
				n, err := writeAll(t.Context(), writer, name, 20)
				stored.Add(n)
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			report, err := eager.EnsureIndexes(t.Context(), visit.Options{Tenants: []string{name}}, false)
			if err != nil || len(report.Open()) > 0 {
				t.Errorf("%+v, %v", report, err)
			}
		})
		all.Go(func() {
			err := other.WithLease(t.Context(), made.ID, time.Minute, func(ctx context.Context, lease *tenant.Lease) (tenants.Patch, error) {
				return other.Migrator.Materialize(ctx, lease, []string{"users"})
			})
			if err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		if stored.Load() != 1 {
			t.Errorf("%d are stored", stored.Load())
		}
		if err := b.checkBorn(t.Context(), made.Database); err != nil {
			t.Error(err)
		}
		if now := p.find(t, name); !p.Indexed(&now.Indexes) || !slices.Equal(now.Collections, []string{"users"}) {
			t.Errorf("the entry says %+v", now.Indexes)
		}
	}
}
