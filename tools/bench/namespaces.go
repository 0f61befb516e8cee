package main

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

const (
	// eachNamespaces is how many namespaces a tenant may take: those of the collections that it uses, and one more.
	eachNamespaces = usedThings*thingNamespaces + 1
	// eachWrite is how many commands a collection's first document may take, and eachSignUp a tenant.
	eachWrite  = 4
	eachSignUp = 2
)

func (b *bench) namespaceSection() (s report.Section, err error) {
	s = report.Section{
		Title: "Namespaces",
		Text: fmt.Sprintf("What a database for each tenant spends. A made-up schema of %d collections has %d namespaces in each: the collection, the index on `_id`, and one more, which every third declares unique. "+
			"Each of %d tenants stores a document in %d of the collections, not all in the same. Ours makes a collection with its first document; the peer is `EAGER_COLLECTIONS`, which makes all with the tenant, as earlier versions did. "+
			"The database is the tests' scripted server, which keeps collections in memory: it counts commands and namespaces as MongoDB has them, and times say what the commands take, not what it takes to make files. "+
			"Both sides of what takes time begin with an empty server each time, and take turns. Of first documents, the second tenant's are counted: what a process looks at once for each cluster, it has looked at by then, and the row that says so has it.", things, thingNamespaces, b.settlers, usedThings),
	}
	eager, err := b.settle(true)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, eager.close()) }()
	ours, err := b.settle(false)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, ours.close()) }()
	for _, rows := range []func() ([]report.Row, error){
		func() ([]report.Row, error) { return countNamespaces(ours, eager) },
		func() ([]report.Row, error) { return weighEntries(ours, eager) },
		func() ([]report.Row, error) { return countChecks(ours, eager) },
		ours.heap,
		func() ([]report.Row, error) { return countSignUps(ours, eager) },
		b.firstWrites,
		b.moveIn,
		b.look,
	} {
		made, err := rows()
		if err != nil {
			return s, err
		}
		s.Rows = append(s.Rows, made...)
	}
	return s, nil
}

// countNamespaces compares what the servers really have.
func countNamespaces(ours, eager *settlement) ([]report.Row, error) {
	own, err := ours.namespaces()
	if err != nil {
		return nil, err
	}
	peer, err := eager.namespaces()
	if err != nil {
		return nil, err
	}
	n := ours.tenants
	row := report.Bound(fmt.Sprintf("collections and indexes of %d tenants", n), own.String(),
		fmt.Sprintf("≤ %d", n*eachNamespaces), own.tenants+own.catalog <= n*eachNamespaces)
	row.Peer, row.Ratio = peer.String(), report.Times(float64(peer.tenants)/float64(own.tenants))
	return append([]report.Row{row}, reaches(own, peer, n)...), nil
}

// reaches are how many such tenants go on each tier whose limit is another than that of the one before.
func reaches(own, peer held, tenants int) (rows []report.Row) {
	before := 0
	for _, tier := range capacity.Tiers() {
		if tier.Namespaces == before {
			continue
		}
		before = tier.Namespaces
		row := report.Row{
			What: fmt.Sprintf("such tenants on an %s, with %d collections and indexes", tier.Name, tier.Namespaces),
			Ours: fmt.Sprint(own.reach(tier, tenants)), Peer: fmt.Sprint(peer.reach(tier, tenants)),
		}
		row.Ratio = report.Times(float64(own.reach(tier, tenants)) / float64(peer.reach(tier, tenants)))
		rows = append(rows, row)
	}
	return rows
}

// reach is how many tenants a tier takes that are like those, by the arithmetic of tenantctl capacity.
func (h held) reach(tier capacity.Tier, tenants int) int {
	schema := capacity.Schema{PerTenant: h.tenants / tenants, Catalog: h.catalog}
	return *capacity.NewPlan(tier, capacity.Demand{Instances: 1, Pool: poolSize, Cores: 1}, schema).Reach.Tenants
}

// weighEntries compares the tenants' entries in the catalogs.
func weighEntries(ours, eager *settlement) ([]report.Row, error) {
	own, noted, err := ours.entryBytes()
	if err != nil {
		return nil, err
	}
	peer, all, err := eager.entryBytes()
	if err != nil {
		return nil, err
	}
	text := func(bytes, noted float64) string {
		return fmt.Sprintf("%s, of which %s note collections", report.Bytes(bytes), report.Bytes(noted))
	}
	return []report.Row{{What: "a tenant's entry in the catalog", Ours: text(own, noted), Peer: text(peer, all), Ratio: report.Times(peer / own)}}, nil
}

// countSignUps counts the commands that one tenant more takes.
func countSignUps(ours, eager *settlement) ([]report.Row, error) {
	own, err := ours.commandsOf(ours.signUp)
	if err != nil {
		return nil, err
	}
	peer, err := eager.commandsOf(eager.signUp)
	if err != nil {
		return nil, err
	}
	row := report.Bound("a sign-up", countedCommands(texts(own)), fmt.Sprintf("≤ %d", eachSignUp), len(own) <= eachSignUp)
	row.Peer = summed(names(peer))
	return []report.Row{row}, nil
}

// countChecks counts the commands of CI's gate, and those that are about what is not there.
func countChecks(ours, eager *settlement) ([]report.Row, error) {
	own, err := ours.commandsOf(ours.check)
	if err != nil {
		return nil, err
	}
	peer, err := eager.commandsOf(eager.check)
	if err != nil {
		return nil, err
	}
	absent, err := ours.absent(own)
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("`indexes check` over %d tenants: commands", ours.tenants)
	return []report.Row{
		{What: what, Ours: summed(names(own)), Peer: summed(names(peer)), Ratio: report.Times(float64(len(peer)) / float64(len(own)))},
		report.Bound(what+" about collections that are not there", fmt.Sprint(absent), "0", absent == 0),
	}, nil
}

// heap compares what the process that checks takes in memory for a part of the tenants and for all of them.
func (s *settlement) heap() ([]report.Row, error) {
	row := report.Row{
		What: fmt.Sprintf("`indexes check` over %d and %d tenants: heap", s.few, s.tenants),
		Ours: report.Bytes(s.fewHeap) + " and " + report.Bytes(s.allHeap), Ratio: report.Times(s.allHeap / s.fewHeap),
	}
	return []report.Row{row.Against(fmt.Sprintf("flat: ≤ %g×", growth), s.allHeap/s.fewHeap <= growth)}, nil
}

// moveIn compares how many tenants can be made in a second, and be given their first documents.
func (b *bench) moveIn() (rows []report.Row, err error) {
	for _, m := range []struct {
		what string
		work func(*settlement, int) error
	}{
		{"%d tenants made", (*settlement).provision},
		{fmt.Sprintf("%%d tenants made, with a document in %d collections each", usedThings), (*settlement).furnish},
	} {
		series, err := b.slow.Run(b.moving("ours", false, m.work), b.moving("eager", true, m.work))
		if err != nil {
			return nil, err
		}
		ratio := measure.Compare(series[0], series[1], measure.Latency)
		rate := func(s measure.Sample) string {
			return fmt.Sprintf("%s, %.0f/s", report.Duration(s.P50), float64(b.made)/(s.P50/1e9))
		}
		rows = append(rows, report.Row{
			What: fmt.Sprintf(m.what, b.made), Ours: rate(series[0].Median()), Peer: rate(series[1].Median()),
			Ratio: report.Times(ratio.Median), Spread: report.Spread(ratio),
		})
	}
	return rows, nil
}

// moving is a side that makes tenants on a server of their own.
func (b *bench) moving(name string, eager bool, work func(*settlement, int) error) measure.Side {
	return measure.Side{Name: name, Slice: func(int) (sample measure.Sample, err error) {
		s, err := newSettlement(fleet.Config{Collections: withCatalog(manyThings()), Eager: eager})
		if err != nil {
			return sample, err
		}
		defer func() { err = errors.Join(err, s.close()) }()
		sample.P50, err = clock(func() error { return work(s, b.made) })
		return sample, err
	}}
}

// entryBytes is how large an entry is on average, and the part of it that notes collections.
func (s *settlement) entryBytes() (all, noted float64, err error) {
	cursor, err := s.client.Database(adminDB).Collection("tenants").Find(context.Background(), bson.D{})
	if err != nil {
		return 0, 0, err
	}
	n := 0
	for ; cursor.Next(context.Background()); n++ {
		all += float64(len(cursor.Current))
		for _, member := range []string{"collections", "declarations"} {
			if e, err := cursor.Current.LookupErr(member); err == nil {
				noted += float64(len(e.Value) + len(member) + 2) // a type before the name, and a zero behind it
			}
		}
	}
	return all / float64(n), noted / float64(n), cursor.Err()
}
