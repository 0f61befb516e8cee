package main

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/tools/bench/internal/canned"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

const (
	// things is how many collections a schema has that was made up, as many as a large application's, and
	// thingNamespaces how many namespaces each of them is: itself, the index on _id, and one more.
	things          = 34
	thingNamespaces = 3
	// usedThings is how many of them a tenant uses, and spreadThings how far apart they are.
	usedThings   = 5
	spreadThings = 7
)

// manyThings are the collections. Every third has a unique index.
func manyThings() (list []meta.Collection) {
	for i := range things {
		list = append(list, oneThing(fmt.Sprintf("things%d", i), meta.Index{Name: "code_1", Keys: byCode, Unique: i%3 == 0}))
	}
	return list
}

var byCode = []meta.Key{{Path: "code"}}

func oneThing(name string, indexes ...meta.Index) meta.Collection {
	return meta.Derive(meta.Collection{Name: name, Indexes: indexes})
}

// thing is a document of any of them.
func thing(i int) bson.Raw {
	return canned.Marshal(bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "code", Value: fmt.Sprintf("code %d", i)}})
}

// withCatalog adds the collections of the admin database.
func withCatalog(list []meta.Collection) []meta.Collection {
	for _, c := range gen.Collections() {
		if c.Admin {
			list = append(list, c.Collection)
		}
	}
	return list
}

// firstWrites counts the commands of the first document of collections of each form, and of the second.
func (b *bench) firstWrites() (rows []report.Row, err error) {
	folded := meta.Collation{Locale: "en", Strength: 2}
	collated := oneThing("collated", meta.Index{Name: "code_1", Keys: byCode, Unique: true, Collation: folded})
	collated.Collation = folded
	forms := []struct {
		what string
		meta.Collection
	}{
		{"with an index", oneThing("plain", meta.Index{Name: "code_1", Keys: byCode})},
		{"with a unique index", oneThing("unique", meta.Index{Name: "code_1", Keys: byCode, Unique: true})},
		{"with a collation", collated},
		{"without indexes", oneThing("bare")},
	}
	var declared []meta.Collection
	for _, f := range forms {
		declared = append(declared, f.Collection)
	}
	s, err := newSettlement(fleet.Config{Collections: withCatalog(declared)})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	// The first tenant is met for what is looked at once.
	var docs [2][]runtime.Documents
	for i := range docs {
		t, err := s.Provision(context.Background(), settlerName(i), tenant.DefaultCluster)
		if err != nil {
			return nil, err
		}
		for _, f := range forms {
			docs[i] = append(docs[i], runtime.In(t.Handle(), &runtime.Collection{Collection: f.Collection}))
		}
	}
	for i, f := range forms {
		once, err := s.countInsert(fmt.Sprintf("the first document of a collection %s, in the first tenant that a process meets", f.what), docs[0][i], 0, eachWrite+1)
		if err != nil {
			return nil, err
		}
		if f.Collation != (meta.Collation{}) {
			rows = append(rows, once)
		}
		row, err := s.countInsert("the first document of a collection "+f.what, docs[1][i], 0, eachWrite)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	row, err := s.countInsert("every further one", docs[1][0], 1, 1)
	return append(rows, row), err
}

// countInsert counts the commands by which the i-th document is stored.
func (s *settlement) countInsert(what string, docs runtime.Documents, i, most int) (report.Row, error) {
	sent, err := s.commandsOf(func() error { return docs.Insert(context.Background(), thing(i)) })
	return report.Bound(what, countedCommands(texts(sent)), fmt.Sprintf("≤ %d", most), len(sent) <= most), err
}
