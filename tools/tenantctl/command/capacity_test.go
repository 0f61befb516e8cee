package command

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/runtime"
	"github.com/partywall/partywall/api/server"
)

// offline returns tenantctl without a database.
func offline(t *testing.T) *ctl {
	t.Helper()
	t.Chdir(t.TempDir())
	t.Setenv("MONGO_URI", "")
	t.Setenv("MAX_POOL_SIZE", "")
	return &ctl{t: t, app: app}
}

// TestCapacity answers without a database: yes, and from where on no.
func TestCapacity(t *testing.T) {
	c := offline(t)
	const m20 = "capacity --tier M20 --instances 2 --pool 50 --tenants 800 --ops 2000 --latency 5ms"
	m := capacity.Request()
	out := c.run(exitDone, "", words(m20))
	c.says(out, "connections of a node", "104", "2392", "4 %", "3213", "10000", "32 %", "800 tenants × 4 (users with 3 indexes) and 13 of the catalog",
		"13 %", m.CPU.String()+" each of", "measured by make", m.Processor, "up to 46 instances with a pool of 50, or a pool of 1194 with 2 processes; then a smaller pool, or M40",
		"collections and indexes (binds first): up to 2496 tenants on a cluster; then another cluster, or M40",
		"M20: 3000 connections a node, 10000 collections and indexes; MongoDB Atlas's documentation, November 2026\n")
	for line, code := range map[string]int{
		"capacity --tier m20 --tenants 2496":                                     exitDone,
		"capacity --tier M20 --tenants 2497":                                     exitNo,
		"capacity --tier M20 --instances 46 --pool 50":                           exitDone,
		"capacity --tier M20 --instances 46 --pool 50 --others 1":                exitNo,
		"capacity --tier M20 --instances 47 --pool 50":                           exitNo,
		"capacity --tier M20 --pool 2988":                                        exitNo,
		"capacity --tier M20 --pool 4 --ops 640 --latency 5ms":                   exitDone,
		"capacity --tier M20 --pool 4 --ops 641 --latency 5ms":                   exitNo,
		"capacity --tier M20 --pool 1000 --ops 1000000 --latency 1us --cores 1":  exitNo,
		"capacity --tier M20 --pool 1000 --ops 1 --latency 1us --cores 1":        exitDone,
		"capacity --tier Flex --tenants 100000":                                  exitDone,
		"capacity --tier M60 --instances 400 --tenants 24996 --pool 61 -o json":  exitDone,
		"capacity --tier M60 --instances 400 --tenants 24997 --pool 61 -o json":  exitNo,
		"capacity --tier M20 --instances 1000000000 --tenants 1000000000 -o svg": exitNo,
	} {
		out := c.run(code, "", words(line))
		if no := strings.Contains(out, "does not fit") || strings.Contains(out, `"fits": false`); no != (code == exitNo) {
			t.Errorf("%s: %s", line, out)
		}
	}
}

// TestCapacityIsTheSchemas: what a tenant takes is counted where it is declared.
func TestCapacityIsTheSchemas(t *testing.T) {
	c := offline(t)
	c.app = server.App{Collections: []runtime.Collection{
		{Collection: meta.Collection{Name: "tenants", Admin: true, Indexes: make([]meta.Index, 2)}},
		{Collection: meta.Collection{Name: "orders", Indexes: make([]meta.Index, 3)}},
		{Collection: meta.Collection{Name: "notes"}},
	}}
	c.says(c.run(exitDone, "", words("capacity --tier M20 --tenants 1")), "1 tenant × 7 (orders with 4 indexes, notes with 1 index) and 4 of the", "up to 1428 tenants")
}

// TestCapacityOfCollectionsUsed has the figures of docs/deployment.md: where tenants use two of 34 collections, an M20 takes
// many times more.
func TestCapacityOfCollectionsUsed(t *testing.T) {
	c := offline(t)
	collections := []runtime.Collection{}
	for _, one := range app.Collections {
		if one.Admin {
			collections = append(collections, one)
		}
	}
	for i := range 34 {
		collections = append(collections, runtime.Collection{Collection: meta.Collection{Name: fmt.Sprint("c", i), Indexes: make([]meta.Index, 1)}})
	}
	c.app = server.App{Collections: collections}
	c.says(c.run(exitDone, "", words("capacity --tier M20 --tenants 97")), "97 tenants × 102 (", "up to 97 tenants on a cluster")
	c.run(exitNo, "", words("capacity --tier M20 --tenants 98"))
	out := c.run(exitDone, "", words("capacity --tier M20 --tenants 1664 --collections-used 2"))
	c.says(out, "1664 tenants × 6 (2 of 34 collections: c0 with 2 indexes, c1 with 2 indexes)", "collections and indexes (binds first, above 80 %): up to 1664 tenants on a cluster")
	c.run(exitNo, "", words("capacity --tier M20 --tenants 1665 --collections-used 2"))
	c.says(c.run(exitDone, "", words("capacity --tier M20 --tenants 1664 --collections-used 2 -o svg")), "--tenants 1664 --collections-used 2", "collections and indexes: binds first, above 80 %")
	for _, n := range []string{"0", "35", "-1"} {
		c.run(exitCannot, "", words("capacity --tier M20 --collections-used "+n), "--collections-used takes a whole number from 1 to 34, not "+n)
	}
}

// TestCapacityOfSmallTiers says what it does not count.
func TestCapacityOfSmallTiers(t *testing.T) {
	c := offline(t)
	c.says(c.run(exitDone, "", words("capacity --tier M0 --tenants 5000")), "M0: 500 connections a node, and a number of databases and collections that is not counted here; ")
}

// TestCapacityPool is MAX_POOL_SIZE's, unless it is said.
func TestCapacityPool(t *testing.T) {
	c := offline(t)
	c.says(c.run(exitDone, "", words("capacity --tier M20")), "1 process × (a pool of 50 and 2")
	t.Setenv("MAX_POOL_SIZE", "20")
	c.says(c.run(exitDone, "", words("capacity --tier M20")), "a pool of 20 and 2", "up to 108 instances")
	c.says(c.run(exitDone, "", words("capacity --tier M20 --pool 100")), "a pool of 100 and 2", "up to 23 instances")
	for _, value := range []string{"0", "-1", "many", "10001"} {
		t.Setenv("MAX_POOL_SIZE", value)
		c.run(exitCannot, "", words("capacity --tier M60"), "MAX_POOL_SIZE: takes a whole number from 1 to 10000")
	}
	t.Setenv("MAX_POOL_SIZE", "5000")
	c.run(exitCannot, "", words("capacity --tier M20"), "a pool of 5000", "MAX_POOL_SIZE", "2988", "M20")
}

// TestCapacityRefuses what cannot be computed with, whatever else is right.
func TestCapacityRefuses(t *testing.T) {
	c := offline(t)
	for line, says := range map[string]string{
		"":                                     "--tier is missing; write the deployment's, such as --tier M20",
		"--tier M15":                           `--tier: there is no tier "M15"; there are M0, Flex, M10, M20, M30, M40, M50, M60`,
		"--tier M20 --instances 0":             "--instances takes a whole number from 1 to 1000000000, not 0",
		"--tier M20 --instances -2":            "--instances takes a whole number from 1 to 1000000000, not -2",
		"--tier M20 --instances 2000000000":    "not 2000000000",
		"--tier M20 --instances many":          `invalid argument "many" for "--instances" flag: it takes a whole number`,
		"--tier M20 --tenants 1e3":             `invalid argument "1e3" for "--tenants" flag: it takes a whole number`,
		"--tier M20 --ops 9999999999999999999": `invalid argument "9999999999999999999" for "--ops" flag: it takes a smaller number`,
		"--live=maybe":                         `invalid argument "maybe" for "--live" flag: it takes true or false`,
		"--tier M20 --others -1":               "--others takes a whole number from 0",
		"--tier M20 --pool 0":                  "--pool takes a whole number from 1",
		"--tier M60 --pool 10001":              "--pool takes a whole number from 1 to 10000, not 10001",
		"--tier M20 --pool 2989":               "a pool of 2989 is above the 2988 connections that a process can have to a node of M20, which takes 3000; write a smaller --pool",
		"--tier M20 --cores 0":                 "--cores takes a whole number from 1",
		"--tier M20 --tenants -1":              "--tenants takes a whole number from 0",
		"--tier M20 --ops 2000":                "--ops needs --latency",
		"--tier M20 --latency 5ms":             "--latency needs --ops",
		"--tier M20 --ops 0 --latency 5ms":     "--ops takes a whole number from 1",
		"--tier M20 --ops 9 --latency 0s":      "--latency takes a duration above 0, such as 5ms, not 0s",
		"--tier M20 --ops 9 --latency -5ms":    "--latency takes a duration above 0",
		"--tier M20 --ops 9 --latency 1000h":   "--latency takes a duration of an hour at most",
		"--tier M20 --ops 9 --latency 5":       `invalid argument "5" for "--latency" flag: it takes a duration, such as 5ms or 1h`,
		"--tier M20 --output github":           "--output takes table, json, svg",
		"--tier M20 more":                      "more",
		"--tier M0 --instances 1 --pool 1000":  "a node of M0, which takes 500",
	} {
		if out := c.run(exitCannot, "", words("capacity "+line), says); out != "" {
			t.Errorf("%s prints %s", line, out)
		}
	}
}

func TestCapacityJSON(t *testing.T) {
	c := offline(t)
	var got capacityReport
	if err := json.Unmarshal([]byte(c.run(exitNo, "", words("capacity --tier M10 --tenants 2000 -o json"))), &got); err != nil {
		t.Fatal(err)
	}
	p := got.Clusters[0]
	if got.Tier.Name != "M10" || got.Source == "" || got.Schema.PerTenant != 4 || got.Measured.Cores == 0 || p.Fits || p.Binds != "namespaces" ||
		*p.Reach.Tenants != 1246 || *p.Reach.Instances != 22 || p.Resources[1].Then != "2 clusters, or M20" {
		t.Errorf("%+v", got)
	}
}

// TestCapacityChart is XML with what the table says, whatever is asked.
func TestCapacityChart(t *testing.T) {
	c := offline(t)
	for line, code := range map[string]int{
		"--tenants 800 --ops 2000 --latency 5ms": exitDone, "--tenants 4000": exitNo, "--instances 500": exitNo, "": exitDone,
	} {
		out := c.run(code, "", words("capacity --tier M20 -o svg "+line))
		dec := xml.NewDecoder(strings.NewReader(out))
		for {
			if _, err := dec.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v in\n%s", line, err, out)
			}
		}
		c.says(out, `<svg xmlns="http://www.w3.org/2000/svg"`, "prefers-color-scheme: dark", "How much of M20 is taken", "connections of a node", "collections and indexes", "November 2026")
		if strings.Contains(out, "does not fit") != (code == exitNo) {
			t.Errorf("%s: %s", line, out)
		}
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for share, want := range map[float64]string{0: "0 %", 0.001: "< 1 %", 0.32: "32 %", 1: "100 %", 1.001: "> 100 %", 1.44: "144 %", 1e9: "> 9999 %"} {
		if got := percent(share); got != want {
			t.Errorf("%g is %s, want %s", share, got, want)
		}
	}
	for n, want := range map[float64]string{5: "5", 0.2: "0.2", 99.96: "100", 13559.3: "13559", 12.34: "12.3"} {
		if got := fmt.Sprint(amount(n)); got != want {
			t.Errorf("%g is %s, want %s", n, got, want)
		}
	}
}
