package rest

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/labstack/echo/v4"
)

// proxies are the networks whose X-Forwarded-For is trusted: anybody else could
// have made it up.
type proxies []netip.Prefix

// clients determines the addresses of clients.
type clients struct {
	proxies
	log *slog.Logger
	// warned ensures that an X-Forwarded-For that is not trusted is logged once.
	warned sync.Once
}

// of returns the address that a request comes from.
func (cs *clients) of(r *http.Request) string {
	if len(cs.proxies) == 0 && r.Header.Get(echo.HeaderXForwardedFor) != "" {
		cs.warned.Do(func() {
			cs.log.WarnContext(r.Context(), "X-Forwarded-For is ignored because TRUSTED_PROXIES is not set: all clients behind a proxy share its address",
				"from", r.RemoteAddr)
		})
	}
	return cs.client(r)
}

// client returns the address that a request comes from: the last one in
// X-Forwarded-For that is not a trusted proxy, else that of the connection.
func (p proxies) client(r *http.Request) string {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	forwarded := strings.Join(r.Header.Values(echo.HeaderXForwardedFor), ",")
	if !p.trusts(peer) || forwarded == "" {
		return peer
	}
	hops := strings.Split(forwarded, ",")
	for _, hop := range slices.Backward(hops) {
		addr, ok := parseHop(hop)
		if !ok { // the proxy is all that is known
			break
		}
		if peer = addr.String(); !p.trusts(peer) {
			break
		}
	}
	return peer
}

func (p proxies) trusts(text string) bool {
	if len(p) == 0 {
		return false
	}
	addr, err := netip.ParseAddr(text)
	return err == nil && slices.ContainsFunc(p, func(network netip.Prefix) bool {
		return network.Contains(addr.Unmap().WithZone(""))
	})
}

// parseHop parses an address as proxies write it: some add the port.
func parseHop(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if addr, err := netip.ParseAddr(text); err == nil {
		return addr.Unmap().WithZone(""), true
	}
	addr, err := netip.ParseAddrPort(text)
	return addr.Addr().Unmap().WithZone(""), err == nil
}

// clientOf returns the address that a request comes from, as determined by clients.
func clientOf(c echo.Context) netip.Addr {
	addr, _ := netip.ParseAddr(c.RealIP())
	return addr.Unmap().WithZone("")
}
