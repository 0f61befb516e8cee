package indexes

import (
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/meta"
)

// difference is one way in which an index that is there is not as it is declared.
type difference struct {
	text string
	// remedy is what it takes, if nothing else differs.
	remedy Remedy
	// option is what differs, nil for the keys.
	option *meta.Option
}

// differences are what sets s apart from the declared x, nil if nothing does. A name
// does not: an index serves the same under any.
func (s *stored) differences(x *meta.Index) []difference {
	var d []difference
	if keys := declaredKeys(x); s.keys() != keys {
		d = append(d, difference{"keys are " + s.keys() + ", declared " + keys, Rebuild, nil})
	}
	for _, o := range meta.Options {
		if is, declared := s.text(o), o.Declared(x); is != declared {
			d = append(d, difference{o.Name + " is " + is + ", declared " + declared, remedyOf(o, x), o})
		}
	}
	return d
}

// remedyOf is what it takes to give an index the option as x has it.
func remedyOf(o *meta.Option, x *meta.Index) Remedy {
	switch {
	case o == meta.Unique && x.Unique:
		return Convert
	case o.IsModified != nil && o.IsModified(x):
		return Change
	case o.TellsApart:
		return Replace
	}
	return Rebuild
}

// isAs reports whether s is the declared x, hidden or not.
func (s *stored) isAs(x *meta.Index) bool {
	return !slices.ContainsFunc(s.differences(x), func(d difference) bool { return d.option != meta.Hidden })
}

func texts(differences []difference) string {
	parts := make([]string, len(differences))
	for i, d := range differences {
		parts[i] = d.text
	}
	return strings.Join(parts, "; ")
}

// remedy is what makes of s the declared x, from which it differs by d.
//
// MongoDB has two indexes on the same keys stand side by side where unique, sparse,
// the partial expression or the collation tell them apart: then the new one is built
// before the old one goes. The new one needs another name, and keeps it; so an index
// on other keys, which could stand there as well, is built first only if both guard
// against repeats, and is otherwise dropped for the one that takes its name.
func (s *stored) remedy(x *meta.Index, d []difference) Remedy {
	takes := func(r Remedy) bool { return slices.ContainsFunc(d, func(d difference) bool { return d.remedy == r }) }
	others := s.keys() != declaredKeys(x)
	switch {
	case others && s.has(meta.Unique) && x.Unique, !others && (takes(Replace) || takes(Rebuild) && takes(Convert)):
		return Replace
	case takes(Rebuild):
		return Rebuild
	case takes(Convert):
		return Convert
	}
	return Change
}

func declaredKeys(x *meta.Index) string {
	parts := make([]string, len(x.Keys))
	for i, k := range x.Keys {
		parts[i] = k.Path
		if k.Descending {
			parts[i] = "-" + k.Path
		}
	}
	if x.Text != nil {
		return textKeys(parts)
	}
	return strings.Join(parts, ", ")
}

// compare says how the indexes that a collection has differ from those declared.
func compare(c *meta.Collection, have []stored) []Finding {
	findings, have := collationOf(c, have)
	found, extra := match(c, have)
	for i := range c.Indexes {
		f, differs := missing(c, &c.Indexes[i], have), true
		if found[i] != nil {
			f, differs = differing(f, found[i])
		}
		if differs {
			findings = append(findings, f)
		}
	}
	for i := range extra {
		findings = append(findings, undeclared(c, &extra[i]))
	}
	return findings
}

// idIndex is the name of the index that every collection has.
const idIndex = "_id_"

// collationOf takes the index on _id, which has the collation that its collection was created
// with, from the others, and says whether that is the declared one.
func collationOf(c *meta.Collection, have []stored) (findings []Finding, others []stored) {
	for _, s := range have {
		if s.Name != idIndex {
			others = append(others, s)
			continue
		}
		is, declared := s.text(meta.Collations), meta.Collations.Declared(&meta.Index{Collation: c.Collation})
		if is != declared {
			findings = append(findings, Finding{
				Collection: c.Name, Index: s.Name, Problem: Different, there: &s,
				Detail: "the collection's collation is " + is + ", declared " + declared +
					"; it cannot be changed: declare it as it is, or that of each index, or copy the documents into a collection that is created anew",
			})
		}
	}
	return findings, others
}

func undeclared(c *meta.Collection, s *stored) Finding {
	f := Finding{Collection: c.Name, Index: s.Name, Problem: Extra, Detail: "not declared; on " + s.keys(), Remedy: Drop, there: s}
	if pattern, ok := c.Ignores(s.Name); ok {
		f.Problem, f.Remedy, f.Detail = Ignored, "", "the schema ignores "+pattern+"; on "+s.keys()
	}
	return f
}

func missing(c *meta.Collection, x *meta.Index, have []stored) Finding {
	return Finding{
		Collection: c.Name, Index: x.Name, Problem: Missing, Detail: "declared on " + declaredKeys(x), Remedy: Build,
		collection: c, Declared: x, unrepeated: unrepeated(x, have), name: freeName(x, have),
	}
}

// differing says in what s is not as f has it declared, if in anything.
func differing(f Finding, s *stored) (_ Finding, differs bool) {
	x := f.Declared
	d := s.differences(x)
	f.Index, f.there = s.Name, s
	switch {
	case s.building:
		f.Problem, f.Remedy = Building, ""
		f.Detail = "the server is still making it; until it is through, it serves no query, and may yet be refused"
		if d != nil {
			f.Note("it will differ: " + texts(d))
		}
	case !x.Hidden && s.has(meta.Hidden) && s.isAs(x):
		f.Problem, f.Detail, f.Remedy, f.unrepeated = Hidden, "no query is planned with it", Change, true
	case d != nil:
		f.Problem, f.Detail, f.Remedy = Different, texts(d), s.remedy(x, d)
		f.unrepeated = f.unrepeated || f.Remedy == Change
		if f.Remedy == Rebuild {
			f.Note("it has to be dropped before it is built")
		}
	case s.Name != x.Name:
		f.Problem, f.Detail, f.Remedy, f.unrepeated = Renamed, "it is as "+x.Name+" is declared, under another name", "", true
	default:
		return f, false
	}
	return f, true
}

// unrepeated says that a unique index which is there lets no document repeat the
// keys of x.
func unrepeated(x *meta.Index, have []stored) bool {
	return slices.ContainsFunc(have, func(s stored) bool {
		all := !s.has(meta.Sparse) && s.text(meta.Partial) == meta.Partial.Declared(&meta.Index{})
		// Under any collation, text is the same as itself.
		asFine := x.Collation.IsPlain() || s.text(meta.Collations) == meta.Collations.Declared(x)
		return all && asFine && s.has(meta.Unique) && !slices.ContainsFunc(s.Key, func(e bson.E) bool {
			return !slices.ContainsFunc(x.Keys, func(k meta.Key) bool { return k.Path == e.Key })
		})
	})
}

// freeName is a name for x that no index has: its own, or that with a number behind.
func freeName(x *meta.Index, have []stored) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(have, func(s stored) bool { return s.Name == name })
	}
	name := x.Name
	for n := 2; taken(name); n++ {
		name = x.Name + "_" + strconv.Itoa(n)
	}
	return name
}

// match finds each declared index among those that a collection has: one that is as
// declared, under its own name rather than another, and that rather than the name of
// another declared one; then one of its name; then one on its keys. extra are those
// that no declared one is. Of an index that the schema ignores, one as declared is made
// nonetheless: beside it the server would not build the same.
func match(c *meta.Collection, have []stored) (found []*stored, extra []stored) {
	declared := c.Indexes
	found, have = make([]*stored, len(declared)), slices.Clone(have)
	named := func(s *stored, x *meta.Index) bool { return s.Name == x.Name }
	alike := (*stored).isAs
	another := func(s *stored) bool {
		return slices.ContainsFunc(declared, func(x meta.Index) bool { return named(s, &x) })
	}
	for _, same := range []func(*stored, *meta.Index) bool{
		func(s *stored, x *meta.Index) bool { return named(s, x) && alike(s, x) },
		func(s *stored, x *meta.Index) bool { return alike(s, x) && !another(s) },
		alike,
		named,
		func(s *stored, x *meta.Index) bool {
			_, ignored := c.Ignores(s.Name)
			// A collection has one index for words.
			return !ignored && (s.keys() == declaredKeys(x) || x.Text != nil && s.isText())
		},
	} {
		for i := range declared {
			at := slices.IndexFunc(have, func(s stored) bool { return same(&s, &declared[i]) })
			if found[i] == nil && at >= 0 {
				s := have[at]
				found[i], have = &s, slices.Delete(have, at, at+1)
			}
		}
	}
	return found, have
}
