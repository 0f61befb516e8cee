package main

import (
	"context"
	"fmt"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

// held is how many namespaces a server has, but for its own.
type held struct{ tenants, catalog int }

func (h held) String() string { return fmt.Sprintf("%d, and %d of the catalog", h.tenants, h.catalog) }

// namespaces counts them by listing what is there.
func (s *settlement) namespaces() (h held, err error) {
	there, err := s.collections()
	if err != nil {
		return h, err
	}
	var mu sync.Mutex
	err = each(len(there), atOnce, func(i int) error {
		specs, err := there[i].Indexes().ListSpecifications(context.Background())
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if there[i].Database().Name() == adminDB {
			h.catalog += 1 + len(specs)
		} else {
			h.tenants += 1 + len(specs)
		}
		return nil
	})
	return h, err
}

// collections are all that the server has.
func (s *settlement) collections() (there []*mongo.Collection, err error) {
	databases, err := s.client.ListDatabaseNames(context.Background(), bson.D{})
	if err != nil {
		return nil, err
	}
	for _, database := range databases {
		db := s.client.Database(database)
		names, err := db.ListCollectionNames(context.Background(), bson.D{})
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			there = append(there, db.Collection(name))
		}
	}
	return there, nil
}

// weight is how large an entry of the catalog is on average, in bytes, and how large the part of it that notes collections.
type weight struct{ all, noted float64 }

func (w weight) String() string {
	return fmt.Sprintf("%s, of which %s note collections", report.Bytes(w.all), report.Bytes(w.noted))
}

func (s *settlement) weigh() (w weight, err error) {
	cursor, err := s.client.Database(adminDB).Collection("tenants").Find(context.Background(), bson.D{})
	if err != nil {
		return w, err
	}
	n := 0.0
	for ; cursor.Next(context.Background()); n++ {
		w.all += float64(len(cursor.Current))
		for _, member := range []string{"collections", "declarations"} {
			if value, err := cursor.Current.LookupErr(member); err == nil {
				w.noted += float64(len(value.Value) + len(member) + 2) // a type before the name, and a zero behind it
			}
		}
	}
	return weight{w.all / n, w.noted / n}, cursor.Err()
}

// absent counts the commands about a collection that is not there.
func (s *settlement) absent(sent []scripted.Command) (n int, err error) {
	there, err := s.collections()
	if err != nil {
		return 0, err
	}
	names := map[[2]string]bool{}
	for _, c := range there {
		names[[2]string{c.Database().Name(), c.Name()}] = true
	}
	for _, c := range sent {
		if c.Collection != "" && !names[[2]string{c.Database, c.Collection}] {
			n++
		}
	}
	return n, nil
}
