package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/partywall/partywall/api/server/servertest"
)

// pollInterval is how often the balancer asks instances whether they are ready.
const pollInterval = 50 * time.Millisecond

// balancer sends requests to the instances that say that they are ready, in turn, as
// the load balancers do that docs/rolling-deployments.md is written for: it asks
// /readyz, keeps connections, and tries another instance where one takes none.
type balancer struct {
	t         *testing.T
	base      string
	transport *http.Transport
	turn      atomic.Int64

	mu       sync.Mutex
	backends []*backend
}

type backend struct {
	host     string
	ready    atomic.Bool
	answered atomic.Int64
}

func newBalancer(t *testing.T) *balancer {
	t.Helper()
	b := &balancer{t: t, transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite: func(*httputil.ProxyRequest) {}, Transport: b,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil {
				t.Errorf("%s %s is lost: %v", r.Method, r.URL.Path, err)
			}
			w.WriteHeader(http.StatusBadGateway)
		},
	})
	b.base = proxy.URL
	t.Cleanup(b.transport.CloseIdleConnections)
	t.Cleanup(proxy.Close)
	return b
}

// add has the balancer watch an instance until the test ends.
func (b *balancer) add(base string) *backend {
	one := &backend{host: strings.TrimPrefix(base, "http://")}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.backends = append(b.backends, one)
	ctx, stop := context.WithCancel(context.Background())
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		one.watch(ctx)
	}()
	b.t.Cleanup(func() { stop(); <-watching })
	return one
}

// watch asks whether the instance is ready, until ctx ends.
func (one *backend) watch(ctx context.Context) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+one.host+"/readyz", nil)
		if err != nil {
			return
		}
		resp, err := client.Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		one.ready.Store(err == nil && resp.StatusCode == http.StatusOK)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// next returns the instance whose turn it is.
func (b *balancer) next() *backend {
	b.mu.Lock()
	defer b.mu.Unlock()
	ready := slices.DeleteFunc(slices.Clone(b.backends), func(one *backend) bool { return !one.ready.Load() })
	if len(ready) == 0 {
		return nil
	}
	return ready[int(b.turn.Add(1))%len(ready)]
}

// RoundTrip returns for httputil.ReverseProxy.
func (b *balancer) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
	}
	for {
		one := b.next()
		if one == nil {
			return nil, errors.New("no instance is ready")
		}
		out := req.Clone(req.Context())
		out.URL.Scheme, out.URL.Host, out.Body = "http", one.host, io.NopCloser(bytes.NewReader(body))
		resp, err := b.transport.RoundTrip(out)
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			one.ready.Store(false)
			continue
		}
		if err == nil {
			one.answered.Add(1)
		}
		return resp, err
	}
}

// load is clients of the shop, each of which goes its round again and again.
type load struct {
	t       *testing.T
	base    string
	phase   atomic.Pointer[string]
	clients []*client
	working sync.WaitGroup
	stop    atomic.Bool
	// era is counted when clients are to have new tokens.
	era atomic.Int64
	// failures are counted so that a test that failed ends.
	failures atomic.Int64
	kept     []*product // that were there before
}

// client is one of a tenant's.
type client struct {
	load         *load
	name, tenant string
	round        func(*client, int)
	rounds       atomic.Int64
	era          int64

	access, refresh string
	products        []*product
}

// product is one as a client was told that it is stored.
type product struct {
	tenant, id, sku string
	price           int
}

// newLoad has clients of each kind for each tenant.
func newLoad(t *testing.T, b *balancer, tenants []string, clients int) *load {
	l := &load{t: t, base: b.base}
	for _, tenant := range tenants {
		for i := range clients {
			for kind, round := range map[string]func(*client, int){"writer": (*client).write, "visitor": (*client).visit, "keeper": (*client).keep} {
				l.clients = append(l.clients, &client{load: l, name: fmt.Sprintf("%s-%s-%d", tenant, kind, i), tenant: tenant, round: round})
			}
		}
	}
	return l
}

// serveUnready stores what is there before, and sends the clients off.
func (l *load) begin() {
	first := "before"
	l.phase.Store(&first)
	for i, c := range l.clients {
		c.login()
		if i%3 == 0 {
			l.kept = append(l.kept, c.create(fmt.Sprintf("kept-%d", i), i))
		}
	}
	for _, c := range l.clients {
		l.working.Go(func() {
			for n := 0; !l.stop.Load() && l.failures.Load() < 20; n++ {
				c.round(c, n)
				c.rounds.Add(1)
			}
		})
	}
	l.t.Cleanup(l.end)
}

func (l *load) end() {
	l.stop.Store(true)
	l.working.Wait()
}

// settle returns once every client has gone a whole round that began after the call.
func (l *load) settle(name string) {
	l.t.Helper()
	more := int64(2)
	if *rollingLong {
		more = 8
	}
	want := make([]int64, len(l.clients))
	for i, c := range l.clients {
		want[i] = c.rounds.Load() + more
	}
	for i, c := range l.clients {
		wait(l.t, c.name+" to go its round after: "+name, func() bool { return c.rounds.Load() >= want[i] || l.failures.Load() > 0 })
	}
	if l.failures.Load() > 0 {
		l.t.Fatalf("after: %s", name)
	}
}

// renew has clients that keep their tokens log in anew, as they do when tokens expire.
func (l *load) renew() { l.era.Add(1) }

// call sends a request, whose answer must have one of the statuses.
func (c *client) call(line, body string, statuses ...int) servertest.Response {
	return c.ask(line, body, nil, statuses...)
}

func (c *client) ask(line, body string, header map[string]string, statuses ...int) servertest.Response {
	method, path, _ := strings.Cut(line, " ")
	req, err := http.NewRequestWithContext(context.Background(), method, c.load.base+path, strings.NewReader(body))
	if err != nil {
		c.fail("%s: %v", line, err)
		return servertest.Response{}
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.access != "" && !strings.HasPrefix(path, "/api/login") && path != "/api/refresh" {
		req.Header.Set("Authorization", "Bearer "+c.access)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.fail("%s: %v", line, err)
		return servertest.Response{}
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	got := servertest.Response{Status: resp.StatusCode, Header: resp.Header, Text: string(text)}
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &got.Body)
	}
	if err != nil || !slices.Contains(statuses, got.Status) {
		c.fail("%s: %d %s, %v", line, got.Status, got.Text, err)
	}
	return got
}

func (c *client) fail(format string, args ...any) {
	c.load.failures.Add(1)
	c.load.t.Errorf("%s, after %q: %s", c.name, *c.load.phase.Load(), fmt.Sprintf(format, args...))
}

func (c *client) login() {
	got := c.call("POST /api/login?tenant="+c.tenant, `{"email":"bob@example.com","password":"correct horse"}`, 200)
	c.access, c.refresh, c.era = got.Member("token"), got.Member("refreshToken"), c.load.era.Load()
}

func (c *client) create(sku string, price int) *product {
	got := c.call("POST /api/products", fmt.Sprintf(`{"sku":%q,"price":%d}`, sku, price), 201)
	return &product{tenant: c.tenant, id: got.Member("_id"), sku: sku, price: price}
}

// write is the round of who refreshes tokens, reads, writes and removes.
func (c *client) write(n int) {
	got := c.call("POST /api/refresh", fmt.Sprintf(`{"refreshToken":%q}`, c.refresh), 200)
	c.access, c.refresh = got.Member("token"), got.Member("refreshToken")
	p := c.create(fmt.Sprintf("%s-%d", c.name, n), n)
	c.raise(p)
	order := c.call("POST /api/orders", fmt.Sprintf(`{"product":%q}`, p.id), 201)
	c.walk("/api/orders?state=open&limit=2")
	c.ask("DELETE /api/orders/"+order.Member("_id"), "", map[string]string{"If-Match": "*"}, 204)
	found := c.call("GET /api/products?sku="+p.sku, "", 200).List("products")
	if len(found) != 1 || found[0]["price"] != float64(p.price) {
		c.fail("%s is listed as %v, and was stored with the price %d", p.sku, found, p.price)
	}
	if n%4 == 0 {
		c.products = append(c.products, p)
		return
	}
	c.ask("DELETE /api/products/"+p.id, "", map[string]string{"If-Match": "*"}, 204)
	c.call("GET /api/products/"+p.id, "", 404)
}

// raise changes a price on condition that the product is as it was read: a migration
// may have come between.
func (c *client) raise(p *product) {
	for {
		read := c.call("GET /api/products/"+p.id, "", 200)
		if read.Status != 200 {
			return
		}
		if read.Body["price"] != float64(p.price) {
			c.fail("%s is %s, and was stored with the price %d", p.sku, read.Text, p.price)
			return
		}
		tag := map[string]string{"If-Match": read.Header.Get("ETag")}
		if got := c.ask("PATCH /api/products/"+p.id, fmt.Sprintf(`{"price":%d}`, p.price+1), tag, 200, 412); got.Status != 412 {
			p.price++
			return
		}
	}
}

// walk reads pages, of which each may come from another instance, and at most four.
func (c *client) walk(path string) {
	after := ""
	for range 4 {
		got := c.call("GET "+path+after, "", 200)
		next := got.Member("next")
		if next == "" {
			return
		}
		after = "&after=" + url.QueryEscape(next)
	}
}

// visit is the round of who logs in, looks around and logs out.
func (c *client) visit(int) {
	c.login()
	c.call("GET /api/users?limit=1", "", 200)
	c.walk("/api/products?limit=2")
	c.call("POST /api/logout", "", 204)
}

// keep is the round of who keeps a token for as long as it is good, and changes what was
// there before.
func (c *client) keep(n int) {
	if c.era != c.load.era.Load() {
		// A user has so many sessions at most, and a login past that ends the oldest.
		c.call("POST /api/logout", "", 204)
		c.login()
	}
	c.call("GET /api/users?limit=1", "", 200)
	c.call("HEAD /api/products?limit=1", "", 200)
	for _, p := range c.load.kept {
		if p.tenant == c.tenant {
			c.ask("PATCH /api/products/"+p.id, fmt.Sprintf(`{"weight":%d}`, n), map[string]string{"If-Match": "*"}, 200)
			c.call("GET /api/products/"+p.id, "", 200)
		}
	}
}

// compare looks for all that clients stored, and for what the migration wrote.
func (l *load) compare() {
	for _, c := range l.clients {
		c.login()
		for _, p := range c.products {
			c.raise(p) // which compares the price
		}
	}
	for _, p := range l.kept {
		at := slices.IndexFunc(l.clients, func(c *client) bool { return c.tenant == p.tenant })
		found := l.clients[at].call("GET /api/products?origin=unknown&limit=200", "", 200).List("products")
		if !slices.ContainsFunc(found, func(one map[string]any) bool { return one["_id"] == p.id && one["origin"] == "unknown" }) {
			l.t.Errorf("%s lost what the migration wrote: %v", p.sku, found)
		}
	}
}
