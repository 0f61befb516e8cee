package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/fleet/visit"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/schema/migrations"
	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

// onEmbedded measures against the developers' database, which stores what it is
// given: a new one for each, so that none has what another left.
func (b *bench) onEmbedded(s *report.Section) (err error) {
	dir, err := os.MkdirTemp("", "partywall-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary := filepath.Join(dir, "dev")
	build := exec.Command("go", "-C", filepath.Join(b.root, "tools", "dev"), "build", "-o", binary, ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return err
	}
	for _, m := range []struct {
		name    string
		measure func(*embedded) (report.Row, error)
	}{
		{"nothing", (*embedded).nothing},
		{"make", (*embedded).provision},
		{"check", (*embedded).check},
	} {
		row, err := b.embed(m.name, binary, filepath.Join(dir, m.name), m.measure)
		if err != nil {
			return err
		}
		s.Rows = append(s.Rows, row)
	}
	return nil
}

// embedded is the developers' database as a process of its own.
type embedded struct {
	*bench
	uri    string
	cmd    *exec.Cmd
	stdin  io.Closer
	client *mongo.Client
}

// embed measures something against a database of its own, with its data in dir.
func (b *bench) embed(name, binary, dir string, measure func(*embedded) (report.Row, error)) (row report.Row, err error) {
	args := []string{"mongod", "-listen", "127.0.0.1:0", "-dir", dir}
	if b.profiles != "" {
		profile, err := filepath.Abs(filepath.Join(b.profiles, "operations."+name+".embedded.cpu.pprof"))
		if err != nil {
			return row, err
		}
		args = append(args, "-profile", profile)
	}
	e := &embedded{bench: b, cmd: exec.Command(binary, args...)}
	if err := e.start(); err != nil {
		return row, errors.Join(err, e.close())
	}
	defer func() { err = errors.Join(err, e.close()) }()
	return measure(e)
}

func (e *embedded) start() (err error) {
	e.cmd.Stderr = os.Stderr
	if e.stdin, err = e.cmd.StdinPipe(); err != nil {
		return err
	}
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := e.cmd.Start(); err != nil {
		return err
	}
	uri, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the embedded database did not start: %w", err)
	}
	e.uri = strings.TrimSpace(uri)
	e.client, err = mongo.Connect(options.Client().ApplyURI(e.uri))
	return err
}

func (e *embedded) close() error {
	var errs []error
	if e.client != nil {
		errs = append(errs, e.client.Disconnect(context.Background()))
	}
	if e.cmd.Process != nil {
		errs = append(errs, e.stdin.Close(), e.cmd.Wait())
	}
	return errors.Join(errs...)
}

// nothing is a run over a large catalog of which every entry is current.
func (e *embedded) nothing() (row report.Row, err error) {
	o, err := newOperator(e.uri, "nothing", fleet.Config{Migrations: migrations.Files})
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := e.enter("nothing", o.Latest(), e.entries); err != nil {
		return row, err
	}
	series, err := e.slow.Run(measure.Side{Name: "nothing to do", Slice: func(int) (s measure.Sample, err error) {
		start := time.Now()
		err = o.nothing(e.entries)
		s.P50 = float64(time.Since(start))
		return s, err
	}})
	if err != nil {
		return row, err
	}
	took := series[0].Median().P50
	return report.Bound(fmt.Sprintf("`migrate up` with nothing to do for %d tenants, embedded database", e.entries),
		report.Duration(took), "< "+report.Duration(float64(nothingTarget)), took < float64(nothingTarget)), nil
}

// enter stores the entries of n tenants that have all there is, each with a database
// of its own.
func (e *embedded) enter(admin string, version int64, n int) error {
	var entries []any
	for i := range n {
		name := fmt.Sprintf("%s-%d", admin, i)
		entries = append(entries, bson.D{
			{Key: "name", Value: name}, {Key: "database", Value: name}, {Key: "state", Value: "active"},
			{Key: "collections", Value: bson.A{}}, {Key: "fingerprint", Value: gen.Fingerprint()}, {Key: "migration", Value: bson.D{{Key: "version", Value: version}}},
		})
	}
	_, err := e.client.Database(admin).Collection("tenants").InsertMany(context.Background(), entries)
	return err
}

// check compares the indexes of tenants that have all of them.
func (e *embedded) check() (row report.Row, err error) {
	o, err := newOperator(e.uri, "checked", fleet.Config{Eager: true})
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := e.enter("checked", 0, e.checked); err != nil {
		return row, err
	}
	if _, err := o.EnsureIndexes(context.Background(), visit.Options{Parallel: atOnce}, false); err != nil {
		return row, err
	}
	return e.run(o.checking(e.checked, e.used))
}

// provision makes tenants with all collections, each time in a catalog of its own, which has its indexes.
func (e *embedded) provision() (row report.Row, err error) {
	var all []*operator
	defer func() {
		for _, o := range all {
			err = errors.Join(err, o.close())
		}
	}()
	made := race{fmt.Sprintf("%d tenants made with all collections", e.made), e.made, e.used, func(parallel int) (func() error, error) {
		o, err := newOperator(e.uri, fmt.Sprintf("catalog%d", len(all)), fleet.Config{Migrations: migrations.Files, Eager: true})
		if err != nil {
			return nil, err
		}
		all = append(all, o)
		return func() error { return o.make("made", e.made, parallel) }, o.EnsureAdmin(context.Background())
	}}
	return e.run(made)
}

func (e *embedded) run(r race) (report.Row, error) {
	r.what += ", embedded database"
	return r.run(e.slow)
}

// used is the CPU that this process and the database have used so far, 0 where the
// operating system does not tell in the way of Linux.
func (e *embedded) used() (time.Duration, error) {
	database, err := measure.Of(e.cmd.Process.Pid)
	if err != nil {
		return 0, nil //nolint:nilerr // it is left out of the report
	}
	own, err := measure.Now()
	return own.CPU + database.CPU, err
}
