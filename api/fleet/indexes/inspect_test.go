package indexes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
)

func TestWhatEndsARun(t *testing.T) {
	t.Parallel()
	for _, err := range []error{store.ErrUnavailable, fmt.Errorf("things: %w", store.ErrUnavailable), context.Canceled} {
		if !ends(err) {
			t.Errorf("it goes on after %v", err)
		}
	}
	for _, err := range []error{nil, errors.New("oops"), store.ErrNotFound} {
		if ends(err) {
			t.Errorf("it ends with %v", err)
		}
	}
}

// TestInspection looks at databases that lack a collection, all of them, or nothing.
func TestInspection(t *testing.T) {
	t.Parallel()
	one := meta.Collection{Name: "one", Indexes: []meta.Index{{Name: "a_1", Keys: declaredOn("a")}}}
	two := meta.Collection{Name: "two"}
	both := []meta.Collection{one, two}
	noDatabase := `  absent: there is no database "shop" (create), absent are `
	absent := func(name string) string {
		return name + "  absent: it is not in database shop (create), absent are " + name
	}
	for name, c := range map[string]struct {
		there    []string
		declared []meta.Collection
		script   func(*scripted.Server)
		want     []string
		fails    string
		sent     string
	}{
		"nothing is declared":     {nil, nil, nil, nil, "", "1 listCollections"},
		"no database":             {nil, both, nil, []string{noDatabase + "one two"}, "", "1 listCollections"},
		"no database, one":        {nil, both[1:], nil, []string{noDatabase + "two"}, "", "1 listCollections"},
		"other collections":       {[]string{"more"}, both, nil, []string{absent("one"), absent("two")}, "", "1 listCollections"},
		"one of two":              {[]string{"two"}, both, nil, []string{absent("one")}, "", "1 listCollections, 1 listIndexes"},
		"an index that is absent": {[]string{"one"}, both[:1], nil, []string{"one a_1 missing: declared on a (build), absent are "}, "", "1 listCollections, 1 listIndexes"},
		"all":                     {[]string{"one", "two"}, both[1:], nil, nil, "", "1 listCollections, 1 listIndexes"},
		"one cannot be read": {
			[]string{"one", "two"}, both, func(s *scripted.Server) { s.On("listIndexes").In("one").Fail(scripted.Error{Code: 13, Message: "no"}) },
			[]string{"one  unreadable: one: (Unauthorized) no (), absent are "}, "", "1 listCollections, 2 listIndexes",
		},
		"one cannot be read, the other is absent": {
			[]string{"one"}, both, func(s *scripted.Server) { s.On("listIndexes").In("one").Fail(scripted.Error{Code: 13, Message: "no"}) },
			[]string{"one  unreadable: one: (Unauthorized) no (), absent are ", absent("two")}, "", "1 listCollections, 1 listIndexes",
		},
		"one is dropped meanwhile": {
			[]string{"one", "two"}, both, func(s *scripted.Server) {
				s.On("listIndexes").In("one").Fail(scripted.Error{Code: 26, Message: "gone"})
			},
			[]string{absent("one")}, "", "1 listCollections, 2 listIndexes",
		},
		"no answer": {
			[]string{"one", "two"}, both, func(s *scripted.Server) { s.On("listIndexes").Times(2).Fail(scripted.Error{Code: 189, Message: "no"}) },
			nil, "one: " + store.ErrUnavailable.Error(), "1 listCollections, 2 listIndexes",
		},
		"the database cannot be asked for": {
			nil, both[1:], func(s *scripted.Server) { s.On("listCollections").Fail(scripted.Error{Code: 13, Message: "no"}) },
			nil, "shop: (Unauthorized) no", "1 listCollections",
		},
	} {
		db, server := modelDatabase(t)
		for _, coll := range c.there {
			if err := db.CreateCollection(t.Context(), coll); err != nil {
				t.Fatal(err)
			}
		}
		server.Reset()
		if c.script != nil {
			c.script(server)
		}
		in, err := InspectAll(t.Context(), db, c.declared, All)
		if err == nil && c.fails != "" || err != nil && (c.fails == "" || !strings.HasPrefix(err.Error(), c.fails)) {
			t.Errorf("%s: %v", name, err)
		}
		if _, ok := errors.AsType[mongo.ServerError](err); ok {
			t.Errorf("%s: the driver's own error: %v", name, err)
		}
		var got []string
		if in == nil {
			in = &Inspection{}
		}
		for _, f := range in.Findings {
			var absent []string
			for _, a := range f.absent {
				absent = append(absent, a.Name)
			}
			got = append(got, fmt.Sprintf("%s %s %s: %s (%s), absent are %s", f.Collection, f.Index, f.Problem, f.Detail, f.Remedy, strings.Join(absent, " ")))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		if got := sent(server); got != c.sent {
			t.Errorf("%s: sent %s", name, got)
		}
	}
}
