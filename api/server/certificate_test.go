package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/api/server"
	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
)

// pemFiles are a certificate and its key, as an operator keeps them: replaced in one
// step each.
type pemFiles struct{ cert, key string }

func newPEMFiles(t *testing.T) pemFiles {
	dir := t.TempDir()
	return pemFiles{filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")}
}

// write makes a certificate of that number, which ends after a time.
func (f pemFiles) write(t *testing.T, serial int64, ends time.Duration) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "partywall"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(ends),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	replace(t, f.key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	replace(t, f.cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func replace(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// shown returns the number of the certificate at addr, and what was agreed on.
func shown(t *testing.T, addr string) (int64, string) {
	t.Helper()
	conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	state := conn.ConnectionState()
	return state.PeerCertificates[0].SerialNumber.Int64(), state.NegotiatedProtocol
}

// TestCertificatesAreServedAsTheyAre on disk, at both addresses; what cannot be served
// leaves the last one that could.
func TestCertificatesAreServedAsTheyAre(t *testing.T) {
	t.Parallel()
	api, admin := newPEMFiles(t), newPEMFiles(t)
	api.write(t, 1, time.Hour)
	admin.write(t, 100, time.Hour)
	a := servertest.Start(t, testdb.URI(t), func(cfg *server.Config) {
		servertest.WithOperators(cfg)
		cfg.TLSCert, cfg.TLSKey, cfg.AdminTLSCert, cfg.AdminTLSKey = api.cert, api.key, admin.cert, admin.key
	})
	is := func(when string, want, wantAdmin int64) {
		t.Helper()
		if got, protocol := shown(t, a.Addr().String()); got != want || protocol != "h2" {
			t.Errorf("%s: certificate %d by %s, want %d", when, got, protocol, want)
		}
		if got, _ := shown(t, a.AdminAddr().String()); got != wantAdmin {
			t.Errorf("%s: the operators' certificate %d, want %d", when, got, wantAdmin)
		}
	}
	is("at first", 1, 100)
	api.write(t, 2, time.Hour)
	is("the API's replaced", 2, 100)
	admin.write(t, 101, time.Hour)
	is("the operators' replaced", 2, 101)
	replace(t, api.cert, []byte("hunter2"))
	is("a broken certificate", 2, 101)
	if err := os.Remove(admin.key); err != nil {
		t.Fatal(err)
	}
	is("no key", 2, 101)
	api.write(t, 3, -time.Hour)
	admin.write(t, 102, time.Hour)
	is("mended", 3, 102)
	for _, word := range []string{"TLS_CERT", "ADMIN_TLS_KEY", "has expired", "reloaded"} {
		if !strings.Contains(a.Log.String(), word) {
			t.Errorf("%q is not in the log", word)
		}
	}
	if strings.Contains(a.Log.String(), "hunter2") {
		t.Error("a file is quoted in the log")
	}
}

// TestCertificatesThatCannotBeServed are told before anything is.
func TestCertificatesThatCannotBeServed(t *testing.T) {
	t.Parallel()
	good, other := newPEMFiles(t), newPEMFiles(t)
	good.write(t, 1, time.Hour)
	other.write(t, 2, time.Hour)
	broken := filepath.Join(t.TempDir(), "hunter2.pem")
	replace(t, broken, []byte("hunter2"))
	for name, test := range map[string]struct {
		change func(*server.Config)
		says   []string
	}{
		"half":                    {func(c *server.Config) { c.TLSCert = good.cert }, []string{"TLS_CERT, TLS_KEY: one is set without the other"}},
		"the other half":          {func(c *server.Config) { c.AdminTLSKey = good.key }, []string{"ADMIN_TLS_CERT, ADMIN_TLS_KEY: one is set"}},
		"no certificate":          {func(c *server.Config) { c.TLSCert, c.TLSKey = "/nowhere/hunter2", good.key }, []string{"TLS_CERT: the file cannot be read", "no such file"}},
		"no key":                  {func(c *server.Config) { c.TLSCert, c.TLSKey = good.cert, "/nowhere/hunter2" }, []string{"TLS_KEY: the file cannot be read"}},
		"a broken certificate":    {func(c *server.Config) { c.TLSCert, c.TLSKey = broken, good.key }, []string{"TLS_CERT, TLS_KEY: not a certificate and its key"}},
		"another's key":           {func(c *server.Config) { c.AdminTLSCert, c.AdminTLSKey = good.cert, other.key }, []string{"ADMIN_TLS_CERT, ADMIN_TLS_KEY: not a certificate and its key", "does not match"}},
		"a folder":                {func(c *server.Config) { c.TLSCert, c.TLSKey = t.TempDir(), good.key }, []string{"TLS_CERT: the file cannot be read"}},
		"nothing is served there": {func(c *server.Config) { c.AdminToken, c.AdminTLSCert, c.AdminTLSKey = "", good.cert, good.key }, []string{"ADMIN_TOKEN"}},
	} {
		err := newServer(t, func(c *server.Config) {
			c.AdminToken = servertest.AdminToken
			c.AdminAddr = "127.0.0.1:0"
			test.change(c)
		})
		if err == nil {
			t.Errorf("%s: it started", name)
			continue
		}
		for _, word := range test.says {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %q is not in: %v", name, word, err)
			}
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: quoted in: %v", name, err)
		}
	}
}
