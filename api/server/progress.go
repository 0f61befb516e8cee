package server

import (
	"net/http"
	"time"
)

const (
	// stallTimeout is how long a client may take to accept a piece of an answer. One
	// that accepts less than piece in that time, about 1.6 KB/s, is cut off: what it is
	// to get waits in memory.
	stallTimeout = 20 * time.Second
	piece        = 32 << 10
)

// progress writes an answer piece by piece, each with a deadline of its own: one for
// all of it would cut off whoever gets a long answer slowly, and none would let
// whoever stops reading keep a connection for ever. A connection's deadline outlives
// the answer, so that it is taken away where the next one begins.
type progress struct {
	http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration
}

func newProgress(w http.ResponseWriter, stall time.Duration) *progress {
	p := &progress{ResponseWriter: w, control: http.NewResponseController(w), stall: stall}
	_ = p.control.SetWriteDeadline(time.Time{}) // every server of net/http has deadlines
	return p
}

// Unwrap is for http.ResponseController.
func (p *progress) Unwrap() http.ResponseWriter { return p.ResponseWriter }

func (p *progress) extend() { _ = p.control.SetWriteDeadline(time.Now().Add(p.stall)) }

// WriteHeader also gives what has no body its deadline.
func (p *progress) WriteHeader(status int) {
	p.extend()
	p.ResponseWriter.WriteHeader(status)
}

// Write writes data piece by piece.
func (p *progress) Write(data []byte) (int, error) {
	written := 0
	for {
		p.extend()
		n, err := p.ResponseWriter.Write(data[:min(piece, len(data))])
		written += n
		data = data[n:]
		if err != nil || len(data) == 0 {
			return written, err
		}
	}
}
