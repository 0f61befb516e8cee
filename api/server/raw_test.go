package server_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// transmit writes request as it stands to a connection of its own, and returns what
// the server says. Clients of net/http would mend it.
func (a *api) transmit(t *testing.T, request string) printRequested {
	t.Helper()
	return a.exchange(t, request, false)
}

// breakOff returns transmit by a client that says that nothing will follow.
func (a *api) breakOff(t *testing.T, request string) printRequested {
	t.Helper()
	return a.exchange(t, request, true)
}

func (a *api) exchange(t *testing.T, request string, end bool) printRequested {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(a.base, "http://"))
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
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := printRequested{status: resp.StatusCode, header: resp.Header, text: string(text)}
	if strings.Contains(resp.Header.Get("Content-Type"), "json") && len(text) > 0 {
		if err := json.Unmarshal(text, &got.body); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
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

// plain returns a request without a body, from the bearer of token; more are header
// lines.
func plain(line, token string, more ...string) string {
	head := line + " HTTP/1.1\r\nHost: api\r\nConnection: close\r\n"
	if token != "" {
		head += "Authorization: Bearer " + token + "\r\n"
	}
	for _, header := range more {
		head += header + "\r\n"
	}
	return head + "\r\n"
}
