// Package load asks a server over HTTP, with a bounded number of clients and of
// requests.
package load

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/process"
)

// Request is what is asked, again and again.
type Request struct {
	Method, Path string
	Header       map[string]string
	Body         string
	// Want is the status that answers it.
	Want int
}

// Clients ask servers.
type Clients struct {
	number int
	http   *http.Client
}

// New are that many clients, each of which has one request under way at most.
func New(number int) *Clients {
	return &Clients{number, &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: number, DisableCompression: true},
		Timeout:   time.Minute,
	}}
}

// Close ends the clients' connections.
func (c *Clients) Close() { c.http.CloseIdleConnections() }

// Do sends one request and reads the answer.
func (c *Clients) Do(addr string, r Request) ([]byte, http.Header, error) {
	answer, err := c.send(addr, r)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, nil, err
	}
	if answer.StatusCode != r.Want {
		return nil, nil, fmt.Errorf("%s %s answers %s: %.300s", r.Method, r.Path, answer.Status, body)
	}
	return body, answer.Header, nil
}

func (c *Clients) send(addr string, r Request) (*http.Response, error) {
	req, err := http.NewRequest(r.Method, "http://"+addr+r.Path, strings.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	for name, value := range r.Header {
		req.Header.Set(name, value)
	}
	return c.http.Do(req)
}

// Side is a server that is asked the same again and again. Its cost is that of
// the server's process alone.
func (c *Clients) Side(name string, server *process.Process, r Request) measure.Side {
	return measure.Side{Name: name, Slice: func(n int) (measure.Sample, error) {
		before, err := server.Status()
		if err != nil {
			return measure.Sample{}, err
		}
		taken, err := c.Ask(n, func(int) (string, Request) { return server.Addr, r })
		if err != nil {
			return measure.Sample{}, err
		}
		after, err := server.Status()
		if err != nil {
			return measure.Sample{}, err
		}
		sample := after.Usage.Since(before.Usage, n)
		sample.Latencies(taken)
		return sample, nil
	}}
}

// Ask sends n requests, which next gives with their server's address, and
// returns how long each took. It stops at the first that fails.
func (c *Clients) Ask(n int, next func(i int) (addr string, r Request)) ([]time.Duration, error) {
	taken := make([]time.Duration, n)
	var (
		asked   atomic.Int64
		running sync.WaitGroup
		mu      sync.Mutex
		failed  error
	)
	for range min(c.number, n) {
		running.Go(func() {
			for i := int(asked.Add(1)) - 1; i < n; i = int(asked.Add(1)) - 1 {
				addr, r := next(i)
				start := time.Now()
				err := c.drain(addr, r)
				taken[i] = time.Since(start)
				if err != nil {
					asked.Add(int64(n))
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	running.Wait()
	return taken, failed
}

// drain sends a request, and reads the answer without keeping it.
func (c *Clients) drain(addr string, r Request) error {
	answer, err := c.send(addr, r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != r.Want {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 300))
		return fmt.Errorf("%s %s answers %s: %s", r.Method, r.Path, answer.Status, text)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}
