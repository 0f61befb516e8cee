package rest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/partywall/partywall/api/auth"
)

// ofHosts are base domains, one of which is a single label.
var ofHosts = []string{"app.example.com", "xn--bcher-kva.example", "localhost"}

// TestLabels has a row for each way to write a host. A name that is no tenant's is one all the same, so that it is refused.
func TestLabels(t *testing.T) {
	t.Parallel()
	const nobody = "nobody"
	for host, want := range map[string]string{
		"acme.app.example.com":          "acme",
		"acme.app.example.com:8080":     "acme",
		"acme.app.example.com:":         "acme",
		"acme.app.example.com.":         "acme",
		"acme.app.example.com.:443":     "acme",
		"ACME.App.Example.COM":          "acme",
		"a.app.example.com":             "a",
		"a_b-1.app.example.com":         "a_b-1",
		"acme.localhost:8080":           "acme",
		"acme.xn--bcher-kva.example":    "acme",
		"ACME.XN--BCHER-KVA.example":    "acme",
		"xn--caf-dma.app.example.com":   "xn--caf-dma",
		"127.0.0.1.localhost":           "127.0.0.1",
		"app.example.com.localhost":     "app.example.com",
		"www.acme.app.example.com":      "www.acme",
		"acme..app.example.com":         "acme.",
		".app.example.com":              "",
		"*.app.example.com":             "*",
		"-.app.example.com":             "-",
		"%61cme.app.example.com":        "%61cme",
		"a b.app.example.com":           "a b",
		"café.app.example.com":          "café",
		"ａｃｍｅ.app.example.com":          "ａｃｍｅ",
		"\u212aelvin.app.example.com":   "\u212aelvin", // whose lower case is k
		"\xff.app.example.com":          "\uFFFD",
		"acme@app.example.com":          nobody,
		"acme.app.example.com..":        nobody,
		"acme.app.example.com@evil.com": nobody,
		"acme.bücher.example":           nobody,
		"acme.app\u3002example.com":     nobody, // which some take for a dot
		"app.example.com":               nobody,
		"app.example.com.":              nobody,
		"APP.example.com:8080":          nobody,
		"localhost":                     nobody,
		"example.com":                   nobody,
		"acme.example.com":              nobody,
		"acmeapp.example.com":           nobody,
		"acme.app.example.com.evil.com": nobody,
		"acme.app.example.co":           nobody,
		"127.0.0.1:8080":                nobody,
		"[::1]:8080":                    nobody,
		"[acme.app.example.com]":        nobody,
		"::1":                           nobody,
		"":                              nobody,
		".":                             nobody,
		":":                             nobody,
	} {
		label, below := labelOf(host, ofHosts)
		if !below {
			label = nobody
		}
		if label != want {
			t.Errorf("%q: %q, want %q", host, label, want)
		}
	}
	if label, below := labelOf("acme.app.example.com", nil); below {
		t.Errorf("without a base domain: %q", label)
	}
}

// FuzzLabels finds no host that names what does not stand right before a base domain, nor one with capitals.
func FuzzLabels(f *testing.F) {
	for _, host := range []string{"acme.app.example.com:80", "A.B.localhost.", "[::1]:80", "\xff.localhost", "app.example.com", "İ.localhost"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		label, below := labelOf(host, ofHosts)
		if !below {
			if label != "" {
				t.Errorf("%q: %q, of nobody", host, label)
			}
			return
		}
		if label != lower(label) || strings.Contains(label, ":") {
			t.Errorf("%q: %q", host, label)
		}
		sent := lower(host)
		if !slices.ContainsFunc(ofHosts, func(base string) bool {
			rest, ok := strings.CutPrefix(sent, label+"."+base)
			rest = strings.TrimPrefix(rest, ".")
			return ok && (rest == "" || rest[0] == ':')
		}) {
			t.Errorf("%q: %q is not right before a base domain", host, label)
		}
	})
}

// TestOneHost refuses a Host besides the :authority that is another. net/http refuses a second Host of HTTP/1.1.
func TestOneHost(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		headers []string
		want    string
	}{
		"none":         {nil, ""},
		"the same":     {[]string{"Host", "example.com"}, ""},
		"another":      {[]string{"Host", "acme.example.com"}, "header_invalid"},
		"another port": {[]string{"Host", "example.com:80"}, "header_invalid"},
		"an empty one": {[]string{"Host", ""}, "header_invalid"},
		"two":          {[]string{"Host", "example.com", "Host", "acme.example.com"}, "header_invalid"},
	} {
		c, _ := exchange(http.MethodGet, "/", "", test.headers...)
		got := said(oneHost(func(echo.Context) error { return nil })(c))
		if got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// TestAuthorities are hosts of HTTP/2, which are sent to a server as they stand. net/http leaves a Host that is sent besides to
// the handler.
func TestAuthorities(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	metrics := NewMetrics(MetricsConfig{Passwords: auth.NewPasswords(), Connections: func() (int64, int64) { return 0, 0 }, Log: log})
	t.Cleanup(metrics.Close)
	e := New(Config{From: []Source{FromSubdomain}, BaseDomains: ofHosts, MaxInFlight: 1, Timeout: time.Minute, Metrics: metrics, Log: log})
	e.GET("/", func(c echo.Context) error {
		label, _ := labelOf(c.Request().Host, ofHosts)
		return c.String(http.StatusOK, label)
	})
	s := httptest.NewUnstartedServer(e)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	for name, test := range map[string]struct {
		authority string
		hosts     []string
		want      string
	}{
		"alone":             {"one.app.example.com", nil, "200 one"},
		"with the same":     {"one.app.example.com", []string{"one.app.example.com"}, "200 one"},
		"with another":      {"one.app.example.com", []string{"two.app.example.com"}, "400"},
		"a Host alone":      {"", []string{"two.app.example.com"}, "200 two"},
		"two Hosts":         {"", []string{"one.app.example.com", "two.app.example.com"}, "400"},
		"capitals and port": {"ONE.app.example.com:443", nil, "200 one"},
	} {
		if got := overHTTP2(t, s, test.authority, test.hosts); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// overHTTP2 returns the status and the body of the answer to GET /.
func overHTTP2(t *testing.T, s *httptest.Server, authority string, hosts []string) string {
	t.Helper()
	trusted := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	conn, err := tls.Dial("tcp", s.Listener.Addr().String(), &tls.Config{RootCAs: trusted, ServerName: "example.com", NextProtos: []string{"h2"}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	fields := []hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "https"}, {Name: ":path", Value: "/"}}
	if authority != "" {
		fields = append(fields, hpack.HeaderField{Name: ":authority", Value: authority})
	}
	for _, host := range hosts {
		fields = append(fields, hpack.HeaderField{Name: "host", Value: host})
	}
	for _, field := range fields {
		if err := encoder.WriteField(field); err != nil {
			t.Fatal(err)
		}
	}
	framer := http2.NewFramer(conn, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	_, err = io.WriteString(conn, http2.ClientPreface)
	err = errors.Join(err, framer.WriteSettings(), framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true}))
	if err != nil {
		t.Fatal(err)
	}
	status := ""
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			status = frame.PseudoValue("status")
		case *http2.DataFrame:
			return status + " " + string(frame.Data())
		}
	}
}

// TestNamings has a row for each way to name several tenants, and those who may be meant.
func TestNamings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		n             naming
		fits, account string
	}{
		"nobody":              {naming{}, "acme Acme two k K", ""},
		"one":                 {naming{names: []string{"acme"}}, "acme", "acme"},
		"one twice":           {naming{names: []string{"acme", "acme"}}, "acme", "acme"},
		"two":                 {naming{names: []string{"acme", "two"}}, "", "acme,two"},
		"two spellings":       {naming{names: []string{"acme", "Acme"}}, "", "acme"},
		"a host":              {naming{label: "acme", byHost: true}, "acme Acme", "acme"},
		"a host and its name": {naming{names: []string{"Acme"}, label: "acme", byHost: true}, "Acme", "acme"},
		"a host and another":  {naming{names: []string{"two"}, label: "acme", byHost: true}, "", "two,acme"},
		"a host of nobody":    {naming{byHost: true}, "", ""},
		"a Kelvin sign":       {naming{label: "\u212a", byHost: true}, "", "\u212a"},
	} {
		var fits []string
		for _, who := range []string{"acme", "Acme", "two", "k", "K"} {
			if test.n.fits(who) {
				fits = append(fits, who)
			}
		}
		if got := strings.Join(fits, " "); got != test.fits {
			t.Errorf("%s: %q, want %q", name, got, test.fits)
		}
		if got := test.n.account(); got != test.account {
			t.Errorf("%s: attempts count for %q, want %q", name, got, test.account)
		}
	}
}
