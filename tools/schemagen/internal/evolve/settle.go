package evolve

import (
	"strings"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// Result is what became of the changes since the baseline.
type Result struct {
	Changes []Change
	// Owed are the changes that need a migration, have none, and no reason beside them.
	Owed []Change
	// Baseline is what the next comparison begins with: the schema if nothing is owed, else
	// what it was.
	Baseline *Schema
	// Idle are the declarations with a reason that no change asks for.
	Idle []Idle
}

// Idle is a reason that no change asks for.
type Idle struct {
	Path string
	At   kinds.Place
}

// Settle compares a schema with the baseline. Without one, the schema is where it begins. The
// migration is the newest that there is: it carries all that changed if the baseline was
// settled with an older one.
func Settle(baseline, now *Schema, newest Migration) Result {
	if baseline == nil {
		now.Migration = newest
		return Result{Baseline: now, Idle: now.keepReasons(now, nil)}
	}
	r := Result{Changes: Compare(baseline, now)}
	paid := newest.isNewer(baseline.Migration)
	for _, c := range r.Changes {
		if c.Severity == Needed && c.Reason() == "" && (!paid || c.Unreached) {
			r.Owed = append(r.Owed, c)
		}
	}
	r.Idle = now.keepReasons(baseline, r.Changes)
	now.Migration = newest
	if r.Baseline = now; len(r.Owed) > 0 {
		r.Baseline = baseline
	}
	return r
}

// number returns the digits that a migration's name begins with, without zeros before them.
func (m Migration) number() string {
	digits, _, _ := strings.Cut(m.Name, "_")
	return strings.TrimLeft(digits, "0")
}

// isNewer reports whether a migration came after another, or took its place: one that was
// edited or renumbered has not been released yet.
func (m Migration) isNewer(than Migration) bool {
	a, b := m.number(), than.number()
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	return a > b || a == b && m != than
}

// keepReasons sets the reasons that were accepted, so that none is accepted for a later change
// too, and returns the others.
func (s *Schema) keepReasons(baseline *Schema, changes []Change) []Idle {
	var idle []Idle
	settle := func(path string, at kinds.Place, before string) string {
		if at.Reason == "" || at.Reason == before || excuses(changes, at) {
			return at.Reason
		}
		idle = append(idle, Idle{path, at})
		return ""
	}
	for _, c := range s.Collections {
		was := baseline.collection(c.Name)
		if was == nil {
			was = &Collection{}
		}
		c.Settled = settle(c.Entity, c.At, was.Settled)
		for _, f := range c.Fields {
			before := ""
			if old := was.field(f.Path); old != nil {
				before = old.Settled
			}
			f.Settled = settle(c.Entity+"."+f.Path, f.At, before)
		}
		for _, x := range c.Indexes {
			before := ""
			if old := was.index(x.Name); old != nil {
				before = old.Settled
			}
			x.Settled = settle(c.Entity+" index "+x.Name, x.At, before)
		}
	}
	return idle
}

// excuses reports whether the reason at a place was given for one of the changes.
func excuses(changes []Change, at kinds.Place) bool {
	for _, c := range changes {
		if c.Severity == Needed && c.At == at && c.Reason() != "" {
			return true
		}
	}
	return false
}
