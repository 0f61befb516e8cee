package server

import (
	"bytes"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"
)

// recorder notes what a response writer is told, in order.
type recorder struct {
	http.ResponseWriter
	deadlines []time.Time
	// extended is how often the deadline was set before each piece.
	extended []int
	pieces   []int
	status   int
}

func (r *recorder) SetWriteDeadline(at time.Time) error {
	r.deadlines = append(r.deadlines, at)
	return nil
}

func (r *recorder) Write(data []byte) (int, error) {
	r.extended = append(r.extended, len(r.deadlines))
	r.pieces = append(r.pieces, len(data))
	return len(data), nil
}

func (r *recorder) WriteHeader(status int) { r.status = status }

func TestEachPieceHasADeadline(t *testing.T) {
	t.Parallel()
	r := &recorder{}
	p := newProgress(r, time.Hour)
	if len(r.deadlines) != 1 || !r.deadlines[0].IsZero() {
		t.Errorf("the last answer's deadline stays: %v", r.deadlines)
	}
	p.WriteHeader(http.StatusNoContent)
	if len(r.deadlines) != 2 || time.Until(r.deadlines[1]) < time.Minute || r.status != 204 {
		t.Errorf("an answer without a body: %v, status %d", r.deadlines, r.status)
	}
	n, err := p.Write(make([]byte, 2*piece+7))
	if n != 2*piece+7 || err != nil {
		t.Errorf("written: %d, %v", n, err)
	}
	if want := []int{piece, piece, 7}; !slices.Equal(r.pieces, want) {
		t.Errorf("pieces: %v", r.pieces)
	}
	if want := []int{3, 4, 5}; !slices.Equal(r.extended, want) {
		t.Errorf("deadlines before each: %v", r.extended)
	}
	if n, err := p.Write(nil); n != 0 || err != nil {
		t.Errorf("nothing written: %d, %v", n, err)
	}
}

// TestWhoStopsReadingIsCutOff, so that the handler that answers ends.
func TestWhoStopsReadingIsCutOff(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p, data := newProgress(w, time.Second), bytes.Repeat([]byte("x"), 1<<20)
		for {
			if _, err := p.Write(data); err != nil {
				ended <- err
				return
			}
		}
	}))
	defer s.Close()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("no error")
	}
}

// TestConnectionsAreBounded: one too many is closed, and makes place for none.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	c := &connections{most: 2}
	open := func() (net.Conn, bool) {
		near, far := net.Pipe()
		c.track(near, http.StateNew)
		_ = far.SetReadDeadline(time.Now().Add(-time.Second))
		_, err := far.Read(make([]byte, 1))
		return near, errors.Is(err, os.ErrDeadlineExceeded)
	}
	first, ok := open()
	if !ok {
		t.Error("the first is closed")
	}
	if _, ok := open(); !ok {
		t.Error("the second is closed")
	}
	third, ok := open()
	if ok {
		t.Error("the third is open")
	}
	c.track(third, http.StateClosed)
	if _, ok := open(); ok {
		t.Error("another third is open")
	}
	c.track(third, http.StateClosed)
	c.track(first, http.StateActive)
	c.track(first, http.StateIdle)
	c.track(first, http.StateClosed)
	if _, ok := open(); !ok {
		t.Error("one is closed, and no other has its place")
	}
	if open, refused := c.open.Load(), c.refused.Load(); open != 2 || refused != 2 {
		t.Errorf("%d open, %d refused", open, refused)
	}
}
