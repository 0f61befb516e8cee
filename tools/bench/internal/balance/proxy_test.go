package balance

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// instance counts the requests that it answers, and says that it is ready if it is.
type instance struct {
	*httptest.Server
	addr     string
	answered atomic.Int64
	ready    atomic.Bool
}

func start(t *testing.T) *instance {
	t.Helper()
	i := &instance{}
	i.ready.Store(true)
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			if !i.ready.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
			return
		}
		i.answered.Add(1)
		_, _ = io.WriteString(w, r.URL.RequestURI()+" "+r.Header.Get("Authorization"))
	}))
	t.Cleanup(i.Close)
	i.addr = strings.TrimPrefix(i.URL, "http://")
	return i
}

// stand puts a proxy before instances, and asks each of them whether it is ready.
func stand(t *testing.T, repeat bool, instances ...*instance) (*Proxy, func(method string) (int, string)) {
	t.Helper()
	cfg := Config{CheckInterval: time.Hour, CheckTimeout: time.Minute, Repeat: repeat}
	for _, i := range instances {
		cfg.Instances = append(cfg.Instances, i.addr)
	}
	p := New(cfg)
	p.checkAll(t.Context())
	front := httptest.NewServer(p)
	t.Cleanup(front.Close)
	return p, func(method string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, front.URL+"/api/users?limit=3", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer x")
		answer, err := front.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(body)
	}
}

func (p *Proxy) checkAll(ctx context.Context) {
	for _, addr := range p.Instances {
		p.check(ctx, addr)
	}
}

func counts(instances ...*instance) (list []int64) {
	for _, i := range instances {
		list = append(list, i.answered.Swap(0))
	}
	return list
}

func TestRequestsGoRound(t *testing.T) {
	t.Parallel()
	a, b, c := start(t), start(t), start(t)
	p, ask := stand(t, false, a, b, c)
	six := func() {
		for range 6 {
			if status, body := ask(http.MethodGet); status != http.StatusOK || body != "/api/users?limit=3 Bearer x" {
				t.Errorf("%d %q", status, body)
			}
		}
	}
	six()
	if got := counts(a, b, c); !slices.Equal(got, []int64{2, 2, 2}) {
		t.Errorf("all are ready: %v", got)
	}
	b.ready.Store(false)
	p.checkAll(t.Context())
	six()
	if got := counts(a, b, c); !slices.Equal(got, []int64{3, 0, 3}) {
		t.Errorf("one is not: %v", got)
	}
	served, left := p.Served()
	if !slices.Equal(served, []string{a.addr, c.addr}) || len(left) != 1 || left[b.addr].IsZero() {
		t.Errorf("served: %v, left out: %v", served, left)
	}
	b.ready.Store(true)
	p.checkAll(t.Context())
	six()
	if got := counts(a, b, c); !slices.Equal(got, []int64{2, 2, 2}) {
		t.Errorf("it is ready again: %v", got)
	}
	if served, left := p.Served(); len(served) != 3 || len(left) != 0 {
		t.Errorf("served: %v, left out: %v", served, left)
	}
}

func TestNobodyIsReady(t *testing.T) {
	t.Parallel()
	a := start(t)
	a.ready.Store(false)
	p, ask := stand(t, true, a)
	if status, body := ask(http.MethodGet); status != http.StatusBadGateway || !strings.Contains(body, errNone.Error()) {
		t.Errorf("%d %q", status, body)
	}
	if _, left := p.Served(); len(left) != 0 {
		t.Errorf("one that never was served is left out: %v", left)
	}
}

// TestDeath loses an instance that nobody has noticed yet.
func TestDeath(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		repeat bool
		method string
		failed int
	}{
		"asked once":       {false, http.MethodGet, 3},
		"GET, repeated":    {true, http.MethodGet, 0},
		"no other methods": {true, http.MethodPost, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := start(t), start(t)
			p, ask := stand(t, test.repeat, a, b)
			a.CloseClientConnections()
			a.Close()
			failed := 0
			for range 6 {
				if status, _ := ask(test.method); status != http.StatusOK {
					failed++
				}
			}
			if failed != test.failed || b.answered.Load() != int64(6-test.failed) {
				t.Errorf("%d failed, want %d; the other one answered %d", failed, test.failed, b.answered.Load())
			}
			p.checkAll(t.Context())
			if status, _ := ask(test.method); status != http.StatusOK {
				t.Errorf("once it is noticed: %d", status)
			}
		})
	}
}

// TestWatch sees an instance end and come back by itself.
func TestWatch(t *testing.T) {
	t.Parallel()
	a := start(t)
	p := New(Config{Instances: []string{a.addr}, CheckInterval: time.Millisecond, CheckTimeout: time.Minute})
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	ended := make(chan struct{})
	go func() { defer close(ended); p.Watch(ctx) }()
	for _, ready := range []bool{true, false, true} {
		a.ready.Store(ready)
		for served, _ := p.Served(); len(served) == 1 != ready; served, _ = p.Served() {
			if ctx.Err() != nil {
				t.Fatalf("it is not seen that an instance is ready, or is not: %v", ready)
			}
		}
	}
	stop()
	<-ended
}
