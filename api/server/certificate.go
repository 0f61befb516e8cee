package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is a certificate and its key in two PEM files that may be replaced
// while the server runs. New contents take effect with the next connection; if they
// cannot be used, that is logged, and the last usable ones stay in effect.
type certificate struct {
	certVariable, keyVariable string
	certFile, keyFile         string
	log                       *slog.Logger

	mu     sync.Mutex
	served *tls.Certificate
	// seen are the states of the files that were loaded, or failed to load, last.
	seen [2]fileState
}

// fileState identifies a version of a file.
type fileState struct {
	size int64
	at   time.Time
	file os.FileInfo
}

func (s fileState) same(o fileState) bool {
	return s.size == o.size && s.at.Equal(o.at) && (s.file == nil) == (o.file == nil) && (s.file == nil || os.SameFile(s.file, o.file))
}

// isSet reports whether there is a certificate to serve.
func (c *certificate) isSet() bool { return c.certFile != "" }

// check returns why the files cannot be used.
func (c *certificate) check() error {
	if (c.certFile == "") != (c.keyFile == "") {
		return fmt.Errorf("%s, %s: one is set without the other; set both or neither", c.certVariable, c.keyVariable)
	}
	if !c.isSet() {
		return nil
	}
	_, err := c.load()
	return err
}

// maxPEM is far more than a chain of certificates has, in bytes.
const maxPEM = 1 << 20

// load reads the files. Errors name the variables instead of the files, and quote
// nothing.
func (c *certificate) load() (*tls.Certificate, error) {
	cert, err := readFile(c.certFile, maxPEM)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.certVariable, err)
	}
	key, err := readFile(c.keyFile, maxPEM)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.keyVariable, err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%s, %s: not a certificate and its key in PEM: %w", c.certVariable, c.keyVariable, err)
	}
	return &pair, nil
}

// config returns the TLS configuration that serves the certificate.
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current() },
	}
}

// current returns the certificate of the files as they are now.
func (c *certificate) current() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := [2]fileState{stateOf(c.certFile), stateOf(c.keyFile)}
	if c.served == nil || !now[0].same(c.seen[0]) || !now[1].same(c.seen[1]) {
		c.seen = now
		c.reload()
	}
	if c.served == nil {
		return nil, errors.New(c.certVariable + ": there is no certificate to serve")
	}
	return c.served, nil
}

// reread reads the files regardless of their state.
func (c *certificate) reread() {
	if !c.isSet() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen = [2]fileState{stateOf(c.certFile), stateOf(c.keyFile)}
	c.reload()
}

func (c *certificate) reload() {
	pair, err := c.load()
	if err != nil {
		c.log.Error("the certificate could not be reloaded; the previous one stays in effect", "error", err)
		return
	}
	expires := pair.Leaf.NotAfter
	if time.Now().After(expires) {
		c.log.Warn("clients will refuse the certificate: it has expired", "variable", c.certVariable, "expires", expires)
	}
	if c.served != nil {
		c.log.Info("the certificate was reloaded", "variable", c.certVariable, "expires", expires)
	}
	c.served = pair
}

func stateOf(path string) fileState {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{}
	}
	return fileState{size: info.Size(), at: info.ModTime(), file: info}
}
