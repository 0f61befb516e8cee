// Package balance is a reverse proxy before several instances of the product: requests
// go round those whose /readyz says that they are ready, which is all that the proxy
// goes by.
package balance

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httputil"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Config is what a proxy stands before, and how.
type Config struct {
	// Instances are addresses.
	Instances []string
	// CheckInterval is how often each is asked whether it is ready, and CheckTimeout how
	// long it has to say so.
	CheckInterval, CheckTimeout time.Duration
	// Repeat has a GET that an instance did not answer asked of the others, as many proxies
	// do unless told otherwise.
	Repeat bool
}

// Proxy serves HTTP.
type Proxy struct {
	Config
	forward   *httputil.ReverseProxy
	transport *http.Transport
	checks    *http.Client
	// next counts requests. served are the instances that they go to, and left says when
	// those were left out that they go to no more.
	next   atomic.Uint64
	served atomic.Pointer[[]string]
	mu     sync.Mutex
	left   map[string]time.Time
}

// idlePerInstance is how many connections to an instance are kept.
const idlePerInstance = 256

// New is a proxy that sends requests nowhere until its instances were asked once.
func New(cfg Config) *Proxy {
	p := &Proxy{
		Config: cfg, left: map[string]time.Time{},
		transport: &http.Transport{MaxIdleConnsPerHost: idlePerInstance, DisableCompression: true},
		checks:    &http.Client{Timeout: cfg.CheckTimeout, Transport: &http.Transport{DisableKeepAlives: true}},
	}
	p.served.Store(&[]string{})
	p.forward = &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme = "http"
			r.SetXForwarded()
		},
		Transport: p,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadGateway)
		},
	}
	return p
}

// ServeHTTP lets an instance answer.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.forward.ServeHTTP(w, r) }

var errNone = errors.New("no instance is ready")

// RoundTrip asks the instance whose turn it is, and if GETs are repeated those that
// come after it.
func (p *Proxy) RoundTrip(r *http.Request) (*http.Response, error) {
	served := *p.served.Load()
	tries := min(len(served), 1)
	if p.Repeat && r.Method == http.MethodGet {
		tries = len(served)
	}
	first := p.next.Add(1)
	err := errNone
	for i := range tries {
		to := *r.URL
		to.Host = served[(first+uint64(i))%uint64(len(served))]
		out := r.WithContext(r.Context())
		out.URL = &to
		var answer *http.Response
		if answer, err = p.transport.RoundTrip(out); err == nil {
			return answer, nil
		}
	}
	return nil, err
}

// Watch asks each instance again and again whether it is ready, until ctx ends.
func (p *Proxy) Watch(ctx context.Context) {
	var watching sync.WaitGroup
	for _, addr := range p.Instances {
		watching.Go(func() {
			tick := time.NewTicker(p.CheckInterval)
			defer tick.Stop()
			for {
				p.check(ctx, addr)
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
			}
		})
	}
	watching.Wait()
}

// check asks one instance, and notes what it says.
func (p *Proxy) check(ctx context.Context, addr string) {
	ready := p.isReady(ctx, addr)
	p.mu.Lock()
	defer p.mu.Unlock()
	served := *p.served.Load()
	if slices.Contains(served, addr) == ready {
		return
	}
	var next []string
	for _, a := range p.Instances {
		if a == addr && ready || a != addr && slices.Contains(served, a) {
			next = append(next, a)
		}
	}
	if ready {
		delete(p.left, addr)
	} else {
		p.left[addr] = time.Now()
	}
	p.served.Store(&next)
}

func (p *Proxy) isReady(ctx context.Context, addr string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", nil)
	if err != nil {
		return false
	}
	answer, err := p.checks.Do(r)
	if err != nil {
		return false
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode == http.StatusOK
}

// Served are the instances that requests go to, and when others were left out that
// they went to before.
func (p *Proxy) Served() (addrs []string, left map[string]time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	left = map[string]time.Time{}
	maps.Copy(left, p.left)
	return slices.Clone(*p.served.Load()), left
}
