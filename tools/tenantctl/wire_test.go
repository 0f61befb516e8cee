package main

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// wire stands between a client and its server, and notes the commands that the
// client sends.
type wire struct {
	target string
	// sent is called with a command before it reaches the server.
	sent func(database, command string)
}

// listen returns a connection string that leads through w to the server at uri.
func (w *wire) listen(t *testing.T, uri string) string {
	t.Helper()
	to, err := url.Parse(uri)
	if err != nil {
		t.Fatal(err)
	}
	if w.target = to.Host; to.Scheme != "mongodb" || strings.Contains(to.Host, ",") || to.Query().Has("tls") {
		t.Skip("needs a server at one address, without TLS")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go w.serve(client)
		}
	}()
	to.Host = listener.Addr().String()
	query := to.Query()
	query.Set("directConnection", "true") // the server would name its own address
	to.RawQuery = query.Encode()
	return to.String()
}

func (w *wire) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", w.target)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	go func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	}()
	for {
		message := make([]byte, 16)
		if _, err := io.ReadFull(client, message); err != nil {
			return
		}
		rest := make([]byte, binary.LittleEndian.Uint32(message)-16)
		if _, err := io.ReadFull(client, rest); err != nil {
			return
		}
		w.note(binary.LittleEndian.Uint32(message[12:]), rest)
		if _, err := server.Write(append(message, rest...)); err != nil {
			return
		}
	}
}

// opMsg is the code of messages whose body follows flags and the kind of section.
const opMsg = 2013

func (w *wire) note(code uint32, message []byte) {
	if code != opMsg {
		return
	}
	body := bson.Raw(message[5:])
	if first, err := body.IndexErr(0); err == nil {
		w.sent(body.Lookup("$db").StringValue(), first.Key())
	}
}

// commands collects the names of commands, those that keep a connection apart.
type commands struct {
	mu   sync.Mutex
	list []string
}

func (c *commands) add(_, command string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains([]string{"hello", "ping", "endSessions"}, command) {
		c.list = append(c.list, command)
	}
}

// names are the commands that were sent since the last call, each once.
func (c *commands) names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.Sort(c.list)
	names := slices.Compact(c.list)
	c.list = nil
	return names
}
