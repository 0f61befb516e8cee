package command

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// modelled returns tenantctl on models of MongoDB: one with the catalog, and one
// called eu.
func modelled(t *testing.T, catalog, eu *scripted.Server) *ctl {
	t.Helper()
	c := offline(t)
	t.Setenv("MONGO_URI", catalog.URI())
	t.Setenv("CLUSTERS", "eu="+eu.URI()+"?maxPoolSize=20")
	t.Setenv("ADMIN_DB", "catalog")
	return c
}

// live returns what capacity --live says for programs.
func (c *ctl) live(code int, flags string) *capacityReport {
	c.t.Helper()
	var r capacityReport
	if err := json.Unmarshal([]byte(c.run(code, "", words("capacity --live -o json "+flags))), &r); err != nil {
		c.t.Fatal(err)
	}
	return &r
}

// TestCapacityLive asks every member of every deployment, and counts what tenants there
// are.
func TestCapacityLive(t *testing.T) {
	for _, version := range []int{7, 8} {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			primary := scripted.Start(t, scripted.Version(version), scripted.Connections(3000, 100))
			secondary := scripted.Start(t, scripted.Version(version), scripted.Connections(2500, 1200))
			secondary.Join(primary)
			eu := scripted.Start(t, scripted.Version(version), scripted.Connections(1500, 0))
			c := modelled(t, primary, eu)
			for _, name := range []string{"one", "two --cluster eu", "three --cluster eu"} {
				c.run(exitDone, "", words("tenant create "+name))
			}
			// Tenants that nobody has written to take nothing, and may take all.
			if away := c.live(exitDone, "--tier M20").Clusters[1]; away.Demand.Tenants != 2 || away.Demand.Stored != 10 || away.Demand.Foreign != 10 || *away.Room != (fleet.Room{Tenants: 2}) ||
				*away.Reach.Tenants != 2+(10000-10)/4 || !strings.HasPrefix(away.Resources[1].Detail, "10 now; 2 tenants with 0, each up to 4 (users with 3 indexes) and 10 of others = 10") {
				t.Errorf("%+v: %+v", away.Plan, away.Room)
			}
			for _, name := range []string{"one", "two", "three"} {
				c.run(exitDone, "", words("tenant materialize "+name))
			}
			r := c.live(exitDone, "--tier M20 --instances 2")
			if len(r.Clusters) != 2 || len(r.Clusters[0].Nodes) != 2 || len(r.Clusters[1].Nodes) != 1 {
				t.Fatalf("%+v", r.Clusters)
			}
			home, away := r.Clusters[0], r.Clusters[1]
			// The tightest member counts, and the one with most connections.
			if d := home.Demand; home.Cluster != "default" || home.Tier.Connections != 2500 || d.Connected < 1201 || d.Connected > 1250 || d.Pool != 50 || d.Tenants != 1 || home.Binds != "connections" {
				t.Errorf("%+v %+v", home.Tier, d)
			}
			at := slices.IndexFunc(home.Nodes, func(n tenant.Node) bool { return n.Address == secondary.Addr() })
			if n := home.Nodes[at]; home.Resources[0].Taken != float64(*n.Connections) || !strings.Contains(home.Resources[0].Detail, " now, which --instances and --others do not explain; 2 processes × ") {
				t.Errorf("%+v: %+v", n, home.Resources[0])
			}
			// users, three indexes, and the server's own five with theirs.
			if d := away.Demand; away.Tier.Connections != 1500 || d.Pool != 20 || d.Tenants != 2 || d.Stored != 2*4+10 || d.Foreign != 10 || *away.Reach.Tenants != 2497 || *home.Reach.Tenants != 2494 {
				t.Errorf("%+v %+v", away.Tier, d)
			}
			if files := *away.Nodes[0].Files; files != 2*4+10+6 {
				t.Errorf("%d files are open", files)
			}
			out := c.run(exitDone, "", words("capacity --live"))
			c.says(out, primary.Addr(), secondary.Addr(), eu.Addr(), "cluster default:", "cluster eu:", "DATA HANDLES",
				"cluster eu: tenants have 8 collections and indexes, as the catalog knows; the servers have 18 in all\n",
				"cluster eu: a tenant takes up to 4 collections and indexes; use --tier for how many there should be at most")
			c.says(c.run(exitDone, "", words("capacity --live -o svg")), "How much is taken", "cluster eu: --instances 1 --pool 20 --tenants 2")
			// Flags say otherwise, and ask whether that would fit.
			if r := c.live(exitNo, "--tier M20 --tenants 2600"); r.Clusters[1].Demand.Tenants != 2600 || r.Clusters[1].Binds != "namespaces" {
				t.Errorf("%+v", r.Clusters[1])
			}
			if r := c.live(exitNo, "--pool 100 --instances 20"); r.Clusters[0].Fits || r.Clusters[1].Fits || r.Clusters[1].Resources[0].Then != "a smaller pool" {
				t.Errorf("%+v", r.Clusters)
			}
			c.run(exitCannot, "", words("capacity --live --pool 2000"), `a pool of 2000 is above the 1488 connections that a process can have to a node of cluster "eu"`)
		})
	}
}

// TestCapacityLiveIsNo where there are more connections than may be taken, whoever has
// them.
func TestCapacityLiveIsNo(t *testing.T) {
	c := modelled(t, scripted.Start(t, scripted.Connections(1000, 790)), scripted.Start(t))
	c.says(c.run(exitNo, "", words("capacity --live")), "connections of a node (does not fit): up to 15 instances")
	for flags, explained := range map[string]bool{"": false, "--instances 16": true, "--others 15": true} {
		detail := c.live(exitNo, flags).Clusters[0].Resources[0].Detail
		if explained == strings.Contains(detail, " now, which --instances and --others do not explain; ") {
			t.Errorf("%s: %s", flags, detail)
		}
	}
}

// TestCapacityLiveCannot say without the right to, or without an answer.
func TestCapacityLiveCannot(t *testing.T) {
	catalog, eu := scripted.Start(t), scripted.Start(t)
	c := modelled(t, catalog, eu)
	none := func(args string, says ...string) {
		t.Helper()
		if out := c.run(exitCannot, "", words("capacity --live "+args), says...); out != "" {
			t.Errorf("%s prints %s", args, out)
		}
	}
	none("--tier M15", `there is no tier "M15"`)
	none("--instances 0", "--instances takes")
	none("--ops 1", "--latency")
	refusal := scripted.Error{Code: 13, Message: "not authorized on admin to execute command { serverStatus: 1 }"}
	eu.On("serverStatus").Fail(refusal)
	none("", `cluster "eu": the connection string's user lacks the privilege serverStatus on { cluster: true }; docs/privileges.md`)
	catalog.On("find").In("tenants").Fail(refusal)
	none("", "not authorized")
	eu.Close()
	t.Setenv("CLUSTERS", "eu="+eu.URI()+"?serverSelectionTimeoutMS=200")
	none("", `cluster "eu"`, eu.Addr())
	t.Setenv("MONGO_URI", "")
	none("", "MONGO_URI: not set")
}

// TestCapacityLiveCountsWhoIsTrusted: an entry that is refused is named, and its database
// is another's. One of which nothing is known counts with all that is declared.
func TestCapacityLiveCountsWhoIsTrusted(t *testing.T) {
	catalog := scripted.Start(t)
	c := modelled(t, catalog, scripted.Start(t))
	c.run(exitDone, "", words("tenant create one"))
	client, err := mongo.Connect(options.Client().ApplyURI(catalog.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(t.Context()) })
	if _, err := client.Database("catalog").Collection("tenants").InsertMany(t.Context(), []bson.D{
		{{Key: "name", Value: "thief"}, {Key: "database", Value: "admin"}}, {{Key: "name", Value: "elder"}},
	}); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	var r capacityReport
	code := run(t.Context(), &terminal{app: c.app, in: strings.NewReader(""), out: &out, err: &errs}, words("capacity --live -o json"))
	if err := json.Unmarshal([]byte(out.String()), &r); err != nil || code != exitDone || !strings.Contains(errs.String(), "not counted") || !strings.Contains(errs.String(), "thief") ||
		r.Clusters[0].Demand.Tenants != 2 || *r.Clusters[0].Room != (fleet.Room{Tenants: 2, Unknown: 1}) || r.Clusters[0].Demand.Occupied != 4 ||
		!slices.Contains(r.rooms(), "cluster default: tenants have 0 collections and indexes, as the catalog knows; it does not know those of 1, which are counted with 4 each; the servers have 23 in all") {
		t.Errorf("%d, %v\n%s%s", code, err, &out, &errs)
	}
}

// TestCapacityLiveOfTheTestServer says what the server does not say. MongoDB says all.
func TestCapacityLiveOfTheTestServer(t *testing.T) {
	c := newCtl(t)
	c.create("one")
	silent := c.live(exitDone, "").Clusters[0].Nodes[0].Connections == nil
	out := c.run(exitDone, "", words("capacity --live"))
	if silent != strings.Contains(out, "not told") || silent != strings.Contains(out, "cluster default: no server reports how many connections it accepts; use --tier") {
		t.Errorf("silent is %v:\n%s", silent, out)
	}
	if !silent {
		return
	}
	r := c.live(exitDone, "--tier M20 --instances 46").Clusters[0]
	if r.Demand.Tenants != 1 || len(r.Nodes) == 0 || r.Binds != "connections" || r.Tier.Connections != 3000 {
		t.Errorf("%+v", r)
	}
	c.live(exitNo, "--tier M20 --instances 47")
}

// TestTheTightestNodeCounts, and the one that most is connected to, in whatever order
// they answer. One that says nothing counts for nothing.
func TestTheTightestNodeCounts(t *testing.T) {
	t.Parallel()
	node := func(connections, available, collections int) tenant.Node {
		return tenant.Node{Connections: &connections, Available: &available, Collections: &collections, Indexes: &collections}
	}
	nodes := []tenant.Node{node(100, 2900, 7), node(1200, 1300, 5), {}}
	for range nodes {
		nodes = append(nodes[1:], nodes[0])
		c, err := newLivePlan("eu", nodes, nil, capacity.Demand{Instances: 1, Pool: 50, Cores: 1}, fleet.Room{Tenants: 2, Namespaces: 8}, app.Namespaces())
		if err != nil || c.Tier.Connections != 2500 || c.Demand.Connected != 1200 || c.Demand.Stored != 14 || c.Demand.Foreign != 14-2*4 || c.Resources[0].Taken != 1200 {
			t.Errorf("%+v, %v", c, err)
		}
	}
}
