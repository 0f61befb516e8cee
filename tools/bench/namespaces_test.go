package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen"
)

// TestSettlements counts what tenants have, and commands about what they do not.
func TestSettlements(t *testing.T) {
	b, err := newBench(true, "../..", "")
	if err != nil {
		t.Fatal(err)
	}
	for eager, want := range map[bool]held{false: {3 * usedThings * thingNamespaces, 13}, true: {3 * things * thingNamespaces, 13}} {
		s, err := b.settle(eager)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.namespaces(); err != nil || got != want {
			t.Errorf("eager is %t: %v, want %v; %v", eager, got, want, err)
		}
		nobodys := "t_" + bson.NewObjectID().Hex()
		absent, err := s.absent([]scripted.Command{
			{Name: "find", Database: adminDB, Collection: "tenants"}, {Name: "listCollections", Database: nobodys}, {Name: "listIndexes", Database: nobodys, Collection: "things1"},
		})
		if err != nil || absent != 1 {
			t.Errorf("%d commands are about what is not there; %v", absent, err)
		}
		if w, err := s.weigh(); err != nil || w.noted == 0 || w.noted >= w.all {
			t.Errorf("%g of %g bytes note collections; %v", w.noted, w.all, err)
		}
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}
}

// TestMadeUpSchema has the numbers that the section's text says.
func TestMadeUpSchema(t *testing.T) {
	var list []capacity.Collection
	unique := 0
	for _, c := range manyThings() {
		list = append(list, capacity.Collection{Name: c.Name, Indexes: len(c.Indexes)})
		if c.Indexes[0].Unique {
			unique++
		}
	}
	if got := capacity.NewSchema(list).PerTenant; got != things*thingNamespaces || unique != (things+2)/3 {
		t.Errorf("%d namespaces in %d collections, %d of them with a unique index", got, len(list), unique)
	}
}

func TestSummed(t *testing.T) {
	if got, want := summed([]string{"find", "create", "find", "insert"}), "4: 2 find, 1 create, 1 insert"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestScalingSaysWhatIsComputed holds the table of docs/scaling.md to the arithmetic of tenantctl capacity.
func TestScalingSaysWhatIsComputed(t *testing.T) {
	doc, err := os.ReadFile("../../docs/scaling.md")
	if err != nil {
		t.Fatal(err)
	}
	var own []capacity.Collection
	for _, c := range gen.Collections() {
		own = append(own, capacity.Collection{Name: c.Name, Admin: c.Admin, Indexes: len(c.Indexes)})
	}
	schema := capacity.NewSchema(own)
	for _, each := range []int{schema.PerTenant, things * thingNamespaces, usedThings * thingNamespaces} {
		want := fmt.Sprintf(": %d a tenant | %s |", each, strings.Join(tenantsOf(t, held{each, schema.Catalog}), " | "))
		if !strings.Contains(string(doc), want) {
			t.Errorf("docs/scaling.md lacks %q", want)
		}
	}
}

// tenantsOf are how many tenants go on the tiers, as the page writes numbers.
func tenantsOf(t *testing.T, one held) (texts []string) {
	t.Helper()
	for _, name := range []string{"M10", "M20", "M40"} {
		tier, err := capacity.TierNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		text := strconv.Itoa(one.reach(tier, 1))
		if len(text) > 4 {
			text = text[:len(text)-3] + " " + text[len(text)-3:]
		}
		texts = append(texts, text)
	}
	return texts
}
