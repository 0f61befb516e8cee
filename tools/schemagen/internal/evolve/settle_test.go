package evolve_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/tools/schemagen/internal/evolve"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

var (
	first  = evolve.Migration{Name: "0001_first", Checksum: "a"}
	second = evolve.Migration{Name: "0002_second", Checksum: "b"}
)

// users returns a schema in which name is optional, or required.
func users(required bool, reason string) *evolve.Schema {
	return &evolve.Schema{Collections: []*evolve.Collection{{Name: "users", Entity: "User", Fields: []*evolve.Field{
		{Path: "name", Type: "String", Required: required, At: kinds.Place{Source: "schema/user.go", Line: 12, Reason: reason}},
	}}}}
}

// settled returns a baseline.
func settled(s *evolve.Schema, with evolve.Migration) *evolve.Schema {
	s.Migration = with
	return s
}

// What is owed follows from the baseline, the schema and the newest migration alone, whatever
// was generated in between.
func TestSettle(t *testing.T) {
	t.Parallel()
	edited := evolve.Migration{Name: "0001_first", Checksum: "c"}
	renumbered := evolve.Migration{Name: "0003_second", Checksum: "b"}
	tests := []struct {
		name     string
		baseline *evolve.Schema
		now      *evolve.Schema
		newest   evolve.Migration
		owed     int
		with     evolve.Migration // that the baseline has then
	}{
		{"no baseline", nil, users(true, ""), first, 0, first},
		{"a change", settled(users(false, ""), first), users(true, ""), first, 1, first},
		{"its migration", settled(users(false, ""), first), users(true, ""), second, 0, second},
		{"the change taken back", settled(users(false, ""), first), users(false, ""), first, 0, first},
		{"its migration came first", settled(users(false, ""), second), users(true, ""), second, 1, second},
		{"the newest migration edited to carry it", settled(users(false, ""), first), users(true, ""), edited, 0, edited},
		{"the migration renumbered by a merge", settled(users(true, ""), second), users(true, ""), renumbered, 0, renumbered},
		{"the other branch's migration merged", settled(users(false, ""), second), users(true, ""), second, 1, second},
		{"an older migration than the baseline's", settled(users(false, ""), second), users(true, ""), first, 1, second},
		{"the migration taken back with the change", settled(users(true, ""), second), users(false, ""), first, 0, first},
		{"no migration at all", settled(users(false, ""), evolve.Migration{}), users(true, ""), evolve.Migration{}, 1, evolve.Migration{}},
		{"a reason", settled(users(false, ""), first), users(true, "all have one"), first, 0, first},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := evolve.Settle(test.baseline, test.now, test.newest)
			if len(r.Owed) != test.owed || r.Baseline.Migration != test.with || r.Baseline == test.baseline != (test.owed > 0) {
				t.Errorf("%d are owed, and the baseline has %v", len(r.Owed), r.Baseline.Migration)
			}
		})
	}
}

// Two changes in a row are both owed until one migration carries them.
func TestChangesAddUp(t *testing.T) {
	t.Parallel()
	baseline := settled(users(false, ""), first)
	one := evolve.Settle(baseline, users(true, ""), first)
	more := users(true, "")
	more.Collections[0].Fields = append(more.Collections[0].Fields, &evolve.Field{Path: "phone", Type: "String", Required: true})
	two := evolve.Settle(one.Baseline, more, first)
	if len(one.Owed) != 1 || len(two.Owed) != 2 {
		t.Errorf("%d, then %d are owed", len(one.Owed), len(two.Owed))
	}
	if paid := evolve.Settle(two.Baseline, more, second); len(paid.Owed) != 0 {
		t.Errorf("%d are owed after the migration", len(paid.Owed))
	}
}

// A reason excuses the change that it was given for, and no later one.
func TestReasonsAreSpent(t *testing.T) {
	t.Parallel()
	baseline := evolve.Settle(settled(users(false, ""), first), users(true, "all have one"), first).Baseline
	if again := evolve.Settle(baseline, users(true, "all have one"), first); len(again.Idle) != 0 || len(again.Changes) != 0 {
		t.Errorf("the reason that was accepted is idle: %v", again.Idle)
	}
	changed := users(true, "all have one")
	changed.Collections[0].Fields[0].Type = "Int"
	r := evolve.Settle(baseline, changed, first)
	want := "schema/user.go:12: User.name: has the type Int, had String: documents that have the old one are not read, and lists leave them out; " +
		"write a migration: schemagen migration NAME, or, if none is needed, say so beside it: // no migration: reason. The reason there was given for an earlier change"
	if diff := cmp.Diff(want, evolve.Owed(r.Owed, "schemagen")); diff != "" {
		t.Errorf("(-want +have)\n%s", diff)
	}
}

// A reason that no change asks for is named, and not kept for one that does.
func TestIdleReasons(t *testing.T) {
	t.Parallel()
	r := evolve.Settle(settled(users(false, ""), first), users(false, "none has one"), first)
	if len(r.Idle) != 1 || r.Idle[0].String() != "warning: schema/user.go:12: User.name: has a reason for having no migration, and needs none; remove the comment" {
		t.Errorf("idle are %v", r.Idle)
	}
	if kept := r.Baseline.Collections[0].Fields[0].Settled; kept != "" {
		t.Errorf("it keeps %q", kept)
	}
}

// No migration that works on tenants' databases pays for the admin database.
func TestUnreached(t *testing.T) {
	t.Parallel()
	before, now := users(false, ""), users(true, "")
	before.Collections[0].Scope, now.Collections[0].Scope = "admin", "admin"
	if r := evolve.Settle(settled(before, first), now, second); len(r.Owed) != 1 {
		t.Errorf("%d are owed", len(r.Owed))
	}
}

// A baseline is read as it was written, and a broken one is refused with its line.
func TestBaseline(t *testing.T) {
	t.Parallel()
	s := settled(users(true, ""), second)
	s.Collections[0].Fields[0].Rules = evolve.Rules{Min: `{"$numberDecimal":"1"}`, Pattern: "<&>"}
	text := evolve.Encode(s)
	read, err := evolve.Decode(text)
	if err != nil || string(evolve.Encode(read)) != string(text) {
		t.Errorf("%v\n%s\n%s", err, text, evolve.Encode(read))
	}
	for content, want := range map[string]string{
		"<<<<<<< HEAD\n": "line 1: invalid character '<' looking for beginning of value; keep every line of both sides of a merge once, or take the file of the commit before",
		"{\"baseline\":\"\"}\n{\"field\":\"a\"}\n": "line 2: it belongs to no collection; keep every line of both sides of a merge once, or take the file of the commit before",
		"{\"collection\":\"a\"}\n{}\n":             "line 2: it is neither a collection nor a field nor an index; keep every line of both sides of a merge once, or take the file of the commit before",
	} {
		if _, err := evolve.Decode([]byte(content)); err == nil || err.Error() != want {
			t.Errorf("%q: %v", content, err)
		}
	}
}

// The newest is the one with the highest number. Its checksum does not depend on how it is laid
// out.
func TestNewest(t *testing.T) {
	t.Parallel()
	newest := func(content string) evolve.Migration {
		m, err := evolve.Newest(fstest.MapFS{
			"0002_b.up.json": {Data: []byte("[]")}, "0010_c.up.json": {Data: []byte(content)},
			"0010_c.down.json": {}, "0011_d.json": {}, "migrations.go": {},
		})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	a, b, c := newest(`[{"a": 1}]`), newest("[\n  {\"a\":1}\n]\n"), newest(`[{"a": 2}]`)
	if a.Name != "0010_c" || a != b || a == c {
		t.Errorf("%v, %v, %v", a, b, c)
	}
	if none, err := evolve.Newest(fstest.MapFS{}); err != nil || none != (evolve.Migration{}) {
		t.Errorf("%v, %v", none, err)
	}
}

// Files are numbered after the newest, and have a name that the migrations' reader takes.
func TestFiles(t *testing.T) {
	t.Parallel()
	for newest, want := range map[string]string{"": "0001_add_phone.up.json", "0009_a": "0010_add_phone.up.json", "9999_a": "10000_add_phone.up.json"} {
		files, err := evolve.Files("add_phone", evolve.Migration{Name: newest}, nil)
		if err != nil || files[0].Name != want || string(files[0].Content) != "[]\n" {
			t.Errorf("after %q: %v, %v", newest, files, err)
		}
	}
	for _, name := range []string{"", "Add", "add phone", "../add", "_add", "add__phone"} {
		if _, err := evolve.Files(name, evolve.Migration{}, nil); err == nil {
			t.Errorf("%q is accepted", name)
		}
	}
}
