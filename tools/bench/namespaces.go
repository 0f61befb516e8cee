package main

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/testdb/scripted"
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
			"The database is the tests' scripted server, which keeps collections in memory: it counts commands and namespaces as MongoDB has them, and times, and CPU of it and its client together, say what the commands take, not what it takes to make files. "+
			"Of what takes time, both sides begin with an empty server each time, and take turns. Of first documents, the second tenant's are counted: what a process looks at once for each cluster, it has looked at by then, but for the row that says so. "+
			"The heap is the most that is in use in a process that checks; it reads the catalog %d entries at a time, which a tenth of the tenants does not fill. "+
			"Looking whether a collection is there is the Go benchmark `Ensure` of `api/internal/handle`.", things, thingNamespaces, b.settlers, usedThings, meta.MaxLimit),
	}
	for _, rows := range []func() ([]report.Row, error){b.settled, b.firstWrites, b.moveIn, b.look} {
		made, err := rows()
		if err != nil {
			return s, err
		}
		s.Rows = append(s.Rows, made...)
	}
	return s, nil
}

// settled compares tenants that were made in either way.
func (b *bench) settled() (rows []report.Row, err error) {
	eager, err := b.settle(true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, eager.close()) }()
	ours, err := b.settle(false)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, ours.close()) }()
	for _, compare := range []func(ours, eager *settlement) ([]report.Row, error){countNamespaces, weighEntries, countChecks, compareHeaps, countSignUps} {
		made, err := compare(ours, eager)
		if err != nil {
			return nil, err
		}
		rows = append(rows, made...)
	}
	return rows, nil
}

// both asks ours and the peer.
func both[T any](ours, eager *settlement, ask func(*settlement) (T, error)) (own, peer T, err error) {
	if own, err = ask(ours); err != nil {
		return own, peer, err
	}
	peer, err = ask(eager)
	return own, peer, err
}

// countNamespaces compares what the servers really have.
func countNamespaces(ours, eager *settlement) ([]report.Row, error) {
	own, peer, err := both(ours, eager, (*settlement).namespaces)
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
		with, without := own.reach(tier, tenants), peer.reach(tier, tenants)
		rows = append(rows, report.Row{
			What: fmt.Sprintf("such tenants on an %s, with %d collections and indexes", tier.Name, tier.Namespaces),
			Ours: fmt.Sprint(with), Peer: fmt.Sprint(without), Ratio: report.Times(float64(with) / float64(without)),
		})
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
	own, peer, err := both(ours, eager, (*settlement).weigh)
	return []report.Row{{What: "a tenant's entry in the catalog", Ours: own.String(), Peer: peer.String(), Ratio: report.Times(peer.all / own.all)}}, err
}

// countChecks counts the commands of CI's gate, and those that are about what is not there.
func countChecks(ours, eager *settlement) ([]report.Row, error) {
	own, peer, err := both(ours, eager, func(s *settlement) ([]scripted.Command, error) { return s.commandsOf(s.check) })
	if err != nil {
		return nil, err
	}
	absent, err := ours.absent(own)
	what := fmt.Sprintf("`indexes check` over %d tenants: commands", ours.tenants)
	return []report.Row{
		{What: what, Ours: summed(names(own)), Peer: summed(names(peer)), Ratio: report.Times(float64(len(peer)) / float64(len(own)))},
		report.Bound(what+" about collections that are not there", fmt.Sprint(absent), "0", absent == 0),
	}, err
}

// compareHeaps compares what the process that checks takes in memory for a part of our tenants and for all of them.
func compareHeaps(ours, _ *settlement) ([]report.Row, error) {
	times := ours.allHeap / ours.fewHeap
	row := report.Row{
		What: fmt.Sprintf("`indexes check` over %d and %d tenants: heap", ours.few, ours.tenants),
		Ours: report.Bytes(ours.fewHeap) + " and " + report.Bytes(ours.allHeap), Ratio: report.Times(times),
	}
	return []report.Row{row.Against(fmt.Sprintf("flat: ≤ %g×", growth), times <= growth)}, nil
}

// countSignUps counts the commands that one tenant more takes.
func countSignUps(ours, eager *settlement) ([]report.Row, error) {
	own, peer, err := both(ours, eager, func(s *settlement) ([]scripted.Command, error) { return s.commandsOf(s.signUp) })
	row := report.Bound("a sign-up", countedCommands(texts(own)), fmt.Sprintf("≤ %d", eachSignUp), len(own) <= eachSignUp)
	row.Peer = summed(names(peer))
	return []report.Row{row}, err
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
		ratio := measure.Compare(series[0], series[1], measure.CPU)
		rate := func(s measure.Sample) string {
			return fmt.Sprintf("%s CPU, %.0f/s", report.Duration(s.CPU), float64(b.made)/(s.P50/1e9))
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
		runtime.GC() // what others left over is not this side's to clear away
		before, err := measure.Now()
		if err != nil {
			return sample, err
		}
		start := time.Now()
		if err := work(s, b.made); err != nil {
			return sample, err
		}
		passed := time.Since(start)
		after, err := measure.Now()
		sample = after.Since(before, 1)
		sample.P50 = float64(passed)
		return sample, err
	}}
}
