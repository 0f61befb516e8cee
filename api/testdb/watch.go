package testdb

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// watch stands between a client and its server.
type watch struct {
	target string
	// sent is called with a command before it reaches the server.
	sent func(database, command string)
}

// Watch returns a connection string that leads to the server at uri, and calls sent
// with each command, and its database, before it reaches the server: from several
// goroutines at once.
func Watch(tb testing.TB, uri string, sent func(database, command string)) string {
	tb.Helper()
	to, err := url.Parse(uri)
	if err != nil {
		tb.Fatal(err)
	}
	w := &watch{target: to.Host, sent: sent}
	if to.Scheme != "mongodb" || strings.Contains(to.Host, ",") || to.Query().Has("tls") {
		tb.Skip("needs a server at one address, without TLS")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = listener.Close() })
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

func (w *watch) serve(client net.Conn) {
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

func (w *watch) note(code uint32, message []byte) {
	if code != opMsg {
		return
	}
	body := bson.Raw(message[5:])
	if first, err := body.IndexErr(0); err == nil {
		w.sent(body.Lookup("$db").StringValue(), first.Key())
	}
}
