package main

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/tools/bench/internal/canned"
	"github.com/partywall/partywall/tools/bench/internal/load"
	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/process"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

// house are the processes of an end-to-end measurement: the database, the
// servers that are compared, and clients.
type house struct {
	*bench
	replay  *process.Process
	servers map[string]*process.Process
	clients *load.Clients
	tokens  *auth.Tokens
	// met counts the tenants that were met by those who meet each once.
	met int
}

// open starts the replaying server with a catalog of that many tenants, and
// servers in the given roles.
func (b *bench) open(tenants int, roles ...string) (*house, error) {
	return b.openSlow(0, tenants, roles...)
}

// openSlow is open, with a replaying server that answers each command after the latency.
func (b *bench) openSlow(latency time.Duration, tenants int, roles ...string) (h *house, err error) {
	keys, err := auth.ParseKeys(b.keys)
	if err != nil {
		return nil, err
	}
	opened := &house{bench: b, servers: map[string]*process.Process{}, clients: load.New(b.clients), tokens: auth.NewTokens(keys)}
	defer func() {
		if err != nil {
			err = errors.Join(err, opened.close())
		}
	}()
	if opened.replay, err = startReplay(latency, tenants); err != nil {
		return nil, err
	}
	for _, role := range roles {
		if opened.servers[role], err = opened.start(role); err != nil {
			return nil, err
		}
	}
	return opened, nil
}

func (h *house) start(role string, more ...string) (*process.Process, error) {
	return process.Self(nil, append([]string{"serve", "-role", role, "-mongo", h.mongo()}, more...)...)
}

func startReplay(latency time.Duration, tenants int) (*process.Process, error) {
	return process.Self(nil, "serve", "-role", roleReplay, "-tenants", fmt.Sprint(tenants), "-latency", latency.String())
}

func (h *house) mongo() string { return "mongodb://" + h.replay.Addr + "/" }

func (h *house) close() error {
	h.clients.Close()
	var errs []error
	for _, p := range h.servers {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	if h.replay != nil {
		errs = append(errs, h.replay.Close())
	}
	return errors.Join(errs...)
}

// token is what a login of the tenant's first user gives.
func (h *house) token(users int) (string, error) { return h.tokenOf(users, 0) }

// tokenOf is the same for one of the tenants with that many users.
func (h *house) tokenOf(users, tenant int) (string, error) {
	user := canned.UserID(0)
	token, err := h.tokens.Issue(auth.Identity{
		Tenant: canned.TenantID(users, tenant), User: user, Session: user, Expires: time.Now().Add(24 * time.Hour),
	})
	if err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	return token, nil
}

// list asks for all users of a tenant that has that many.
func (h *house) list(users int) (load.Request, error) {
	token, err := h.token(users)
	return load.Request{
		Method: http.MethodGet, Path: "/api/users", Header: map[string]string{"Authorization": "Bearer " + token}, Want: http.StatusOK,
	}, err
}

// page asks for them in one page.
func (h *house) page(users int) (load.Request, error) {
	r, err := h.list(users)
	r.Path += fmt.Sprintf("?limit=%d", users)
	return r, err
}

// openList asks for them without a token.
func (h *house) openList(users int) load.Request {
	return load.Request{
		Method: http.MethodGet, Path: "/open/api/users?tenant=" + canned.TenantID(users, 0).Hex(), Want: http.StatusOK,
	}
}

// compare measures roles, the first of which is ours, with the same request.
// Their answers must mean the same.
func (h *house) compare(name string, r load.Request, roles ...string) ([]measure.Series, error) {
	var sides []measure.Side
	var first []byte
	for _, role := range roles {
		body, _, err := h.clients.Do(h.servers[role].Addr, r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", role, err)
		}
		if first == nil {
			first = body
		}
		if r.Method == http.MethodGet {
			if err := sameJSON(first, body); err != nil {
				return nil, fmt.Errorf("%s: %w", role, err)
			}
		}
		side := h.clients.Side(role, h.servers[role], r)
		if h.profiles != "" {
			if err := h.profile(name, role, side); err != nil {
				return nil, err
			}
		}
		sides = append(sides, side)
	}
	return h.requests.Run(sides...)
}

// profile writes profiles of one side, apart from what is measured.
func (h *house) profile(name, role string, side measure.Side) error {
	const profiled = 500
	prefix, err := filepath.Abs(filepath.Join(h.profiles, strings.ReplaceAll(name, " ", "-")+"."+role))
	if err != nil {
		return err
	}
	if err := h.servers[role].Profile(prefix); err != nil {
		return err
	}
	_, err = side.Slice(profiled)
	return errors.Join(err, h.servers[role].Profile(""))
}

// listTargets are what a list costs the peer at least, as a multiple of ours.
var listTargets = map[int]float64{10: 2, 100: 5, 1000: 8}

// listAllocs is how many allocations a list takes at most, at any size.
const listAllocs = 90

// longestPage is the product's limit. Longer lists are measured by its parts.
const longestPage = 200

func (b *bench) listSection() (report.Section, error) {
	s := report.Section{
		Title: "Lists over HTTP",
		Text: "`GET /api/users` with a user's token, on a server that replays canned answers. Ours is the whole product; its request log is off, " +
			"as the peer has none, but for the row that says otherwise. The peer is echo and the driver by hand: struct tags, `c.JSON`, the same check of the token but without a " +
			"memory of tokens that were verified. It has no catalog, no standing of users, no limits and no log. A page of the product has 200 documents at most: the lists of 1000 are answered by its parts " +
			"(tokens, resolver, standing, policy, `runtime.Documents`, generated transcoder) under a bare echo, and so are all lists without authentication. " +
			"CPU and allocations are those of the server's process, of which net/http and the driver's round trip are a part on either side.",
	}
	h, err := b.open(1, roleProduct, roleLogging, roleParts, roleHandAll, roleHandNext, roleHandLogging)
	if err != nil {
		return s, err
	}
	err = h.measureLists(&s)
	return s, errors.Join(err, h.close())
}

func (h *house) measureLists(s *report.Section) error {
	all := report.Line{Name: "by hand: driver v2, cursor.All, c.JSON"}
	next := report.Line{Name: "by hand, faster: Next + Unmarshal"}
	ours := report.Line{Name: "partywall: BSON straight to JSON"}
	var allocs []report.Row
	for _, n := range []int{1, 10, 100, longestPage, 1000} {
		role, request := roleProduct, h.page
		if n > longestPage {
			role, request = roleParts, h.list
		}
		r, err := request(n)
		if err != nil {
			return err
		}
		series, err := h.compare(fmt.Sprint("list ", n), r, role, roleHandAll, roleHandNext)
		if err != nil {
			return err
		}
		s.Rows = append(s.Rows,
			report.Compare(counted(n)+": `cursor.All`", series[0], series[1], listTargets[n]),
			report.Compare(counted(n)+": `Next` + `Unmarshal`", series[0], series[2], 0))
		allocs = append(allocs, report.CompareAllocs(counted(n)+", allocations: `cursor.All`", series[0], series[1], listAllocs))
		for i, line := range []*report.Line{&ours, &all, &next} {
			line.Points = append(line.Points, report.Point{X: float64(n), Y: series[i].Median().CPU / 1e3})
		}
	}
	s.Rows = append(s.Rows, allocs...)
	s.Files = map[string]string{"benchmarks.svg": report.Chart{
		Title:    "GET /api/users: ours and code written by hand",
		Subtitle: "CPU of the server's process; both axes logarithmic",
		Panels:   []report.Panel{{Y: "µs for each request", X: "documents in the answer", Lines: []report.Line{all, next, ours}}},
	}.SVG()}
	return errors.Join(h.measureLogging(s), h.measureOpenLists(s))
}

// measureLogging shows what the request log adds, on either side.
func (h *house) measureLogging(s *report.Section) error {
	const n = 10
	r, err := h.page(n)
	if err != nil {
		return err
	}
	series, err := h.compare("logged list", r, roleLogging, roleHandLogging)
	if err != nil {
		return err
	}
	s.Rows = append(s.Rows, report.Compare(counted(n)+", each request logged: `cursor.All`", series[0], series[1], 0))
	h.request = series[0].Median().CPU
	return nil
}

// measureOpenLists compares without authentication.
func (h *house) measureOpenLists(s *report.Section) error {
	for _, n := range []int{1, 10, 100, 1000} {
		series, err := h.compare(fmt.Sprint("open list ", n), h.openList(n), roleParts, roleHandAll, roleHandNext)
		if err != nil {
			return err
		}
		s.Rows = append(s.Rows,
			report.Compare(counted(n)+", no authentication: `cursor.All`", series[0], series[1], 0),
			report.Compare(counted(n)+", no authentication: `Next` + `Unmarshal`", series[0], series[2], 0))
	}
	return nil
}
