package rest

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// TestClientsAddress has a row for each way to say where a request comes from, and
// to lie about it.
func TestClientsAddress(t *testing.T) {
	ours := proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for name, test := range map[string]struct {
		trusted proxies
		peer    string
		headers []string
		want    string
	}{
		"nobody is trusted":               {nil, "10.0.0.1:5000", []string{"203.0.113.7"}, "10.0.0.1"},
		"no proxy":                        {ours, "203.0.113.7:5000", nil, "203.0.113.7"},
		"a stranger's own header":         {ours, "203.0.113.7:5000", []string{"198.51.100.1"}, "203.0.113.7"},
		"a proxy of ours":                 {ours, "10.0.0.1:5000", []string{"203.0.113.7"}, "203.0.113.7"},
		"a proxy of ours that says none":  {ours, "10.0.0.1:5000", nil, "10.0.0.1"},
		"an empty header":                 {ours, "10.0.0.1:5000", []string{""}, "10.0.0.1"},
		"what the client put before it":   {ours, "10.0.0.1:5000", []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		"two proxies of ours":             {ours, "10.0.0.1:5000", []string{"198.51.100.1,203.0.113.7 , 10.1.1.1"}, "203.0.113.7"},
		"several lines":                   {ours, "10.0.0.1:5000", []string{"198.51.100.1", "203.0.113.7", "10.1.1.1"}, "203.0.113.7"},
		"nobody but us":                   {ours, "10.0.0.1:5000", []string{"10.3.3.3, 10.2.2.2"}, "10.3.3.3"},
		"nonsense from the client":        {ours, "10.0.0.1:5000", []string{"unknown, 10.2.2.2"}, "10.2.2.2"},
		"nonsense from a proxy":           {ours, "10.0.0.1:5000", []string{"203.0.113.7, unknown"}, "10.0.0.1"},
		"a hop that is empty":             {ours, "10.0.0.1:5000", []string{"203.0.113.7,"}, "10.0.0.1"},
		"with the port":                   {ours, "10.0.0.1:5000", []string{"203.0.113.7:1234"}, "203.0.113.7"},
		"IPv6":                            {ours, "[2001:db8::1]:5000", []string{"2001:db9::7"}, "2001:db9::7"},
		"IPv6 with the port":              {ours, "[2001:db8::1]:5000", []string{"[2001:db9::7]:1234"}, "2001:db9::7"},
		"IPv4 written as IPv6":            {ours, "[::ffff:10.0.0.1]:5000", []string{"::ffff:10.1.1.1, ::ffff:203.0.113.7"}, "203.0.113.7"},
		"IPv4 written as IPv6, and ours":  {ours, "10.0.0.1:5000", []string{"203.0.113.7, ::ffff:10.1.1.1"}, "203.0.113.7"},
		"IPv6 with a zone":                {ours, "[fe80::1%eth0]:5000", []string{"203.0.113.7"}, "fe80::1%eth0"},
		"a connection without an address": {ours, "@", []string{"203.0.113.7"}, ""},
	} {
		r := &http.Request{RemoteAddr: test.peer, Header: http.Header{"X-Forwarded-For": test.headers, "X-Real-Ip": {"192.0.2.9"}, "Forwarded": {"for=192.0.2.9"}}}
		if got := test.trusted.client(r); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// TestUnusedForwardedForIsToldOnce, if nobody says whose counts.
func TestUnusedForwardedForIsToldOnce(t *testing.T) {
	plain := &http.Request{RemoteAddr: "10.0.0.1:5000"}
	forwarded := &http.Request{RemoteAddr: "10.0.0.1:5000", Header: http.Header{"X-Forwarded-For": {"203.0.113.7"}}}
	for name, test := range map[string]struct {
		trusted  proxies
		requests []*http.Request
		told     int
	}{
		"a proxy, and no setting":  {nil, []*http.Request{plain, forwarded, forwarded}, 1},
		"a setting":                {proxies{netip.MustParsePrefix("192.0.2.0/24")}, []*http.Request{plain, forwarded}, 0},
		"no proxy, and no setting": {nil, []*http.Request{plain, plain}, 0},
	} {
		var log bytes.Buffer
		cs := &clients{proxies: test.trusted, log: slog.New(slog.NewTextHandler(&log, nil))}
		for _, r := range test.requests {
			if got := cs.of(r); got != "10.0.0.1" {
				t.Errorf("%s: %s", name, got)
			}
		}
		if n := strings.Count(log.String(), "TRUSTED_PROXIES"); n != test.told {
			t.Errorf("%s: told %d times", name, n)
		}
	}
}
