package server

import (
	"net/http"
	"time"
)

const (
	// stallTimeout is how long a client may take to accept a piece of a response. A
	// client slower than a piece in that time, about 1.6 KB/s, is disconnected: its
	// response occupies memory.
	stallTimeout = 20 * time.Second
	piece        = 32 << 10
)

// progress writes a response piece by piece, each with a deadline of its own: a
// deadline for the whole would cut off slow clients of long responses, and none
// would let a client that stops reading keep its connection for ever. A
// connection's deadline outlives the response, so it is reset when the next one
// begins.
type progress struct {
	http.ResponseWriter
	control *http.ResponseController
	stall   time.Duration
}

func newProgress(w http.ResponseWriter, stall time.Duration) *progress {
	p := &progress{ResponseWriter: w, control: http.NewResponseController(w), stall: stall}
	_ = p.control.SetWriteDeadline(time.Time{}) // every server of net/http supports deadlines
	return p
}

// Unwrap supports http.ResponseController.
func (p *progress) Unwrap() http.ResponseWriter { return p.ResponseWriter }

func (p *progress) extend() { _ = p.control.SetWriteDeadline(time.Now().Add(p.stall)) }

// WriteHeader also sets the deadline of responses without a body.
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
