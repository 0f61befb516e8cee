package migrate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/golang-migrate/migrate/v4/database"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/fleet/indexes"
	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// driver is golang-migrate's view of one tenant, whose lease is held for as long as the
// engine works. Its methods take no context, so that its functions bring their own.
type driver struct {
	version    func() (version int, dirty bool, err error)
	setVersion func(version int, dirty bool) error
	run        func(migration io.Reader) error
}

var _ database.Driver = driver{}

// Open refuses: a tenant's database is known to the catalog alone.
func (driver) Open(string) (database.Driver, error) {
	return nil, errors.New("a tenant's database has no URL; the catalog names it")
}

// Close leaves the client open: it serves all tenants.
func (driver) Close() error { return nil }

// Lock and Unlock do nothing: the lease is held around the engine.
func (driver) Lock() error   { return nil }
func (driver) Unlock() error { return nil }

// Drop refuses: no migration drops a tenant's database.
func (driver) Drop() error {
	return errors.New("a tenant's database is not dropped by migrations")
}

func (d driver) Version() (version int, dirty bool, err error) { return d.version() }

func (d driver) SetVersion(version int, dirty bool) error { return d.setVersion(version, dirty) }

func (d driver) Run(migration io.Reader) error { return d.run(migration) }

// attempt applies migrations to one tenant. The documents are in the tenant's database;
// version and dirty flag are in its catalog entry, each written by one update on
// condition that the lease is still held.
type attempt struct {
	m     *Migrator
	lease *tenant.Lease
	// resume has an unfinished migration go on where it stopped.
	resume bool
	// run is the _id of the run that this belongs to, zero for none.
	run bson.ObjectID
	// interrupted reports whether the migration being applied had begun before.
	interrupted bool
	// failed is why the beginning of a migration could not be recorded. Run returns it
	// after it has read the file: otherwise the engine's goroutine that writes the file
	// would wait for a reader for ever.
	failed error
}

// driver returns the attempt as the engine sees it.
func (a *attempt) driver(ctx context.Context) driver {
	return driver{
		version:    a.version,
		setVersion: func(version int, dirty bool) error { return a.setVersion(ctx, version, dirty) },
		run:        func(migration io.Reader) error { return a.apply(ctx, migration) },
	}
}

// version returns the tenant's version, and whether the migration to it is unfinished.
func (a *attempt) version() (version int, dirty bool, err error) {
	migration := a.lease.Stored().Migration
	if migration.Dirty && a.resume {
		return toEngine(migration.From), false, nil
	}
	return toEngine(migration.Version), migration.Dirty, nil
}

// toEngine returns a version as golang-migrate counts: it has -1 for none.
func toEngine(version int64) int {
	if version == 0 {
		return database.NilVersion
	}
	return int(version)
}

// setVersion records, in one write, that the tenant is at version, or on the way
// there.
func (a *attempt) setVersion(ctx context.Context, version int, dirty bool) error {
	err := a.lease.Write(ctx, tenants.Patch{Migration: store.Set(a.versionPatch(int64(max(version, 0)), dirty))})
	if !dirty {
		return err
	}
	a.failed = err
	return nil
}

func (a *attempt) versionPatch(to int64, dirty bool) tenants.MigrationStatePatch {
	migration := a.lease.Stored().Migration
	patch := tenants.MigrationStatePatch{Version: store.Set(to), Dirty: store.Set(dirty), Problem: store.Unset[string]()}
	if !a.run.IsZero() {
		patch.Run = store.Set(a.run)
	}
	a.interrupted = dirty && migration.Dirty && migration.Version == to
	switch {
	case dirty && !a.interrupted:
		patch.From, patch.Attempt = store.Set(migration.Version), store.Set(bson.NewObjectID())
		patch.Checksums = store.Set(a.checksums(migration.Checksums, to))
	case !dirty:
		patch.From, patch.Attempt = store.Unset[int64](), store.Unset[bson.ObjectID]()
		patch.Checksums = store.Set(a.checksums(migration.Checksums, to))
	}
	if !a.interrupted {
		patch.Done, patch.After = store.Unset[int64](), store.Unset[[]byte]()
	}
	return patch
}

// checksums returns the checksums of the migrations up to version. Recorded ones stay, so
// that an edited file is noticed.
func (a *attempt) checksums(recorded []string, version int64) []string {
	sums := a.m.files.Checksums(version)
	copy(sums, recorded)
	return sums
}

// apply carries out a migration file on the tenant's database. It records its position as
// it goes, and the error that ended it, unless that was an interruption.
func (a *attempt) apply(ctx context.Context, file io.Reader) error {
	text, err := io.ReadAll(file)
	if err = errors.Join(a.failed, err); err != nil {
		return err
	}
	migration := a.lease.Stored().Migration
	s, err := a.m.files.Parse(scriptName(migration), text)
	if err != nil {
		return err
	}
	db, err := Database(a.lease)
	if err != nil {
		return err
	}
	if err := a.m.makeFilled(ctx, db, s); err != nil {
		return err
	}
	err = s.Run(ctx, script.Execution{
		DB: db, Attempt: migration.Attempt.Or(bson.NilObjectID), At: script.Position{Done: int(migration.Done), After: migration.After}, Resumed: a.interrupted,
		Save: func(ctx context.Context, at script.Position) error { return a.lease.Write(ctx, position(at)) },
		Left: func(at string, left steps.Left) {
			a.m.log.WarnContext(ctx, "a step left documents as they are", "tenant", a.lease.Stored().Name, "migration", s.File, "step", at, "left", left.String())
		},
		MayLack:      a.m.declares,
		RetryTimeout: min(script.RetryTimeout, a.m.outageTimeout),
	})
	if lost := context.Cause(ctx); lost != nil {
		return lost
	}
	if err == nil || errors.Is(err, store.ErrUnavailable) { // an interruption: there is nothing to mend
		return err
	}
	return errors.Join(err, a.lease.Write(ctx, problem(err)))
}

// makeFilled makes the declared collections that the script puts something into, as far as they are not there: a
// document, or what a migration says of the whole collection, is to find it with its indexes.
func (m *Migrator) makeFilled(ctx context.Context, db *mongo.Database, s *script.Script) error {
	filled := s.Fills()
	for i := range m.perTenant {
		c := &m.perTenant[i]
		if !slices.Contains(filled, c.Name) {
			continue
		}
		if err := indexes.MakeAbsent(ctx, db, c); err != nil {
			return err
		}
	}
	return nil
}

// declares reports whether a collection is declared for tenants' databases.
func (m *Migrator) declares(collection string) bool {
	_, ok := m.declarations[collection]
	return ok
}

// scriptName returns a name for the file that takes a tenant from migration.From to
// migration.Version.
func scriptName(migration tenants.MigrationState) string {
	if migration.Version < migration.From {
		return fmt.Sprintf("%04d down", migration.From)
	}
	return fmt.Sprintf("%04d up", migration.Version)
}

func position(at script.Position) tenants.Patch {
	patch := tenants.MigrationStatePatch{Done: store.Set(int64(at.Done)), After: store.Unset[[]byte]()}
	if at.After != nil {
		patch.After = store.Set([]byte(at.After))
	}
	return tenants.Patch{Migration: store.Set(patch)}
}

// maxProblem bounds how many bytes of an error are recorded.
const maxProblem = 2000

// recorded returns text as the catalog keeps it.
func recorded(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), maxProblem)], "")
	return strings.ReplaceAll(text, "\x00", "")
}

func problem(err error) tenants.Patch {
	return tenants.Patch{Migration: store.Set(tenants.MigrationStatePatch{Problem: store.Set(recorded(err.Error()))})}
}
