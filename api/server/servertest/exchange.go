package servertest

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// Transmit writes request as it stands to a connection of its own, and returns what
// the server says. Clients of net/http would mend it.
func (c Client) Transmit(t *testing.T, request string) Response {
	t.Helper()
	return c.exchange(t, request, false)
}

// BreakOff returns Transmit by a client that says that nothing will follow.
func (c Client) BreakOff(t *testing.T, request string) Response {
	t.Helper()
	return c.exchange(t, request, true)
}

func (c Client) exchange(t *testing.T, request string, end bool) Response {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.Base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	// A server that has heard enough answers, and hears no more: what it says is read
	// while it is still spoken to.
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		if _, err := io.WriteString(conn, request); err == nil && end {
			_ = conn.(*net.TCPConn).CloseWrite()
		}
	}()
	defer func() {
		_ = conn.Close()
		<-sent
	}()
	method, _, _ := strings.Cut(request, " ")
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%v after %.200q", err, request)
	}
	defer func() { _ = resp.Body.Close() }()
	got := read(t, resp)
	if meant := parsed(request); meant != nil {
		meant.URL.Host = conn.RemoteAddr().String()
		hold(t, meant, &got)
	}
	return got
}

// parsed returns request as others understand it, nil if they do not.
func parsed(request string) *http.Request {
	req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(request)))
	if err != nil {
		return nil
	}
	body, _ := io.ReadAll(req.Body) // one that breaks off is refused
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return req
}
