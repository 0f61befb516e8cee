package model

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// Input is the input of Load.
type Input struct {
	// Collections and Policy are the declarations.
	Collections []def.Collection
	Policy      def.Policy
	// Dir is the folder with the declarations' source, relative to Root; Root is
	// the module's root on disk. The source is only used to locate declarations.
	Dir, Root string
}

// Load resolves and checks the declarations. If any are wrong, the error is a
// Mistakes with all of them.
func Load(in Input) (*Schema, error) {
	found, err := readSources(in.Root, in.Dir)
	if err != nil {
		return nil, err
	}
	l := &loader{
		in:          in,
		sources:     found,
		report:      report{seen: map[Mistake]bool{}},
		permissions: permissions(in.Collections),
		structs:     map[string][]*knownStruct{},
		heights:     map[*kinds.Struct]int{},
		enums:       map[string][]*knownEnum{},
		owners:      map[*kinds.Struct]owner{},
		enumOwners:  map[*kinds.Enum]owner{},
		pathOwners:  map[*Path]owner{},
	}
	l.roles, l.rolesKnown = roles(in.Collections)
	schema := l.schema()
	if len(l.list) > 0 {
		return nil, l.list
	}
	return schema, nil
}

// loader is the state of Load.
type loader struct {
	in      Input
	sources *sources
	report
	// roles are the roles that users may have, nil if it is not known where they
	// are declared.
	roles       []string
	rolesKnown  bool
	permissions []string
	// structs and enums have those resolved so far, by name; a name with several is
	// a mistake already reported.
	structs map[string][]*knownStruct
	enums   map[string][]*knownEnum
	// heights has the nesting depth of Objects and lists from each Struct on, including
	// itself.
	heights map[*kinds.Struct]int
	// The owners to name when two declarations have the same Go name.
	owners     map[*kinds.Struct]owner
	enumOwners map[*kinds.Enum]owner
	pathOwners map[*Path]owner
}

func (l *loader) schema() *Schema {
	s := &Schema{Permissions: l.permissions, Policy: l.in.Policy}
	places := l.collectionPlaces()
	for i := range l.in.Collections {
		d := &l.in.Collections[i]
		l.checkCollection(d, places[i])
		l.checkUnique(i, places)
		s.Collections = append(s.Collections, l.collection(d, places[i]))
	}
	l.checkPolicy()
	s.Warnings = l.warnings
	return s
}

// collectionPlaces returns where each collection is declared.
func (l *loader) collectionPlaces() []place {
	places := make([]place, len(l.in.Collections))
	met := map[collectionKey]int{}
	for i, d := range l.in.Collections {
		key := collectionKey{d.Name, d.Entity}
		places[i] = l.sources.nth(l.sources.collections[key], met[key]).place(d.Entity)
		met[key]++
		if d.Entity == "" {
			places[i].path = d.Name
		}
		if places[i].path == "" {
			places[i].path = fmt.Sprintf("collection %d", i+1)
		}
	}
	return places
}

func (l *loader) collection(d *def.Collection, at place) *Collection {
	c := &Collection{
		Name:       d.Name,
		Stored:     d.Stored,
		Package:    packageName(d.Name),
		Title:      Title(d.Name),
		Entity:     d.Entity,
		Doc:        cmp.Or(d.Doc, d.Entity+" is a document of the collection "+d.Name+"."),
		Source:     at.source,
		At:         at.declared(),
		Admin:      d.Scope == def.Admin,
		Private:    d.Private,
		Timestamps: d.Timestamps,
		CreatedAt:  d.CreatedAt,
		UpdatedAt:  d.UpdatedAt,
		SoftDelete: d.SoftDelete,
		Access:     access(d.Access),

		IgnoredIndexes: d.IgnoredIndexes,
		Collation:      meta.Collation(d.Collation),
	}
	c.ID = l.id(d, at)
	l.checkTimestamps(d, at)
	c.Fields = l.fields(holder{
		at: at, scope: d.Scope, owner: d.Entity, collection: true, timestamps: c.TimestampFields(), softDelete: d.SoftDelete,
	}, d.Fields)
	l.checkAccounts(c, at)
	l.checkDeletionRoutes(c, at)
	c.Refs = refs("", c.Fields)
	for i := range c.Refs {
		r := &c.Refs[i]
		other := l.checkRef(d.Scope, r.Collection, at.member(r.Path))
		r.Expandable = other != nil && other.Scope == def.PerTenant && !other.Private && !r.Unshown
	}
	var reached reach
	reached.fields(c.Fields)
	c.Structs, c.Enums = reached.structs, reached.enums
	l.checkCollation(d.Collation, at)
	l.indexes(c, d, at)
	l.checkIgnored(c, at)
	c.Unindexed = unindexed(c, l.checkExported(c, at))
	return c
}

// access fills in the defaults of def.Access.
func access(a def.Access) def.Access {
	for _, m := range accessMembers(&a) {
		if *m.permission == "" {
			*m.permission = m.standard
		}
	}
	return a
}

// accessMember is one member of a def.Access.
type accessMember struct {
	name, standard string
	permission     *string
}

func accessMembers(a *def.Access) []accessMember {
	return []accessMember{
		{"Read", "read", &a.Read},
		{"Create", "write", &a.Create},
		{"Update", "write", &a.Update},
		{"Delete", "delete", &a.Delete},
	}
}

// reach collects the value objects and enums that fields use, each once.
type reach struct {
	structs []*kinds.Struct
	enums   []*kinds.Enum
}

func (r *reach) fields(list []*kinds.Field) {
	for _, f := range list {
		if f.Type != nil {
			r.add(f.Type)
		}
	}
}

func (r *reach) add(t *kinds.Type) {
	switch {
	case t.Elem != nil:
		r.add(t.Elem)
	case t.Struct != nil && !slices.Contains(r.structs, t.Struct):
		r.fields(t.Struct.Fields)
		r.structs = append(r.structs, t.Struct)
	case t.Enum != nil && !slices.Contains(r.enums, t.Enum):
		r.enums = append(r.enums, t.Enum)
	}
}
