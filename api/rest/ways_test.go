package rest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
)

// ways are the ways to name a tenant, by what they are called.
var ways = map[string]func(name string) place{
	"header": func(name string) place { return place{header: name} },
	"query":  func(name string) place { return place{query: name} },
	"path":   func(name string) place { return place{path: name} },
	"host":   func(name string) place { return place{host: name} },
	"all":    func(name string) place { return place{name, name, name, name} },
	"none":   func(string) place { return place{} },
}

// TestEveryRouteInEveryWay asks for each route of tenants, own ones included, in each way to name one, by each kind of bearer.
// What a route then does is shown elsewhere.
func TestEveryRouteInEveryWay(t *testing.T) {
	t.Parallel()
	a := servertest.Serve(t, testdb.URI(t), own(append(slices.Clone(ownRoutes), ships)...),
		namedFrom(rest.FromToken, rest.FromHeader, rest.FromQuery, rest.FromSubdomain, rest.FromPath))
	one, two := a.Provision(t, "one"), a.Provision(t, "two")
	bearers := map[string][]string{
		"nobody": nil, "one's": bearer(a.Token(t, one.ID, "super")), "two's": bearer(a.Token(t, two.ID, "super")),
		"a tenant's that is gone": bearer(a.Token(t, bson.NewObjectID(), "super")), "no token's": bearer("x"),
	}
	asked := 0
	for _, route := range a.Routes() {
		if !strings.Contains(route, " /api/") || strings.HasSuffix(route, "/login") || strings.HasSuffix(route, "/refresh") {
			continue
		}
		line := strings.ReplaceAll(route, "{id}", "6b049d63d28cf555e0d01131")
		for way, at := range ways {
			for who, token := range bearers {
				for _, name := range []string{"one", "nobody"} {
					line, headers := at(name).ask(line)
					got := a.Call(t, line, "", append(headers, token...)...)
					asked++
					want := ""
					switch {
					case who == "no token's":
						want = "401 token_invalid"
					case who == "nobody" && way == "none":
						want = "400 tenant_missing"
					case who == "nobody":
						want = "401 token_missing"
					case who == "a tenant's that is gone", way != "none" && (name == "nobody" || who == "two's"):
						want = "403 tenant_unauthorized"
					}
					said := fmt.Sprint(got.Status, " ", got.Code())
					served := !strings.HasPrefix(got.Code(), "tenant_") && !strings.HasPrefix(got.Code(), "token_") && got.Code() != "route_not_found" && got.Status < 500
					if said != want && (want != "" || !served) {
						t.Errorf("%s as %s of %s, by %s: %d %s, want %s", route, way, name, who, got.Status, got.Text, want)
					}
				}
			}
		}
	}
	if asked < 10*len(ways)*len(bearers)*2 {
		t.Errorf("%d requests are too few to be all", asked)
	}
}
