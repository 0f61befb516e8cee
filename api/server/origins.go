package server

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/partywall/partywall/api/rest"
)

// Origins are origins of pages in browsers.
type Origins []string

// origin matches an origin as browsers write it: in lower case and without a path.
// The port is left out if it is the scheme's default, as browsers do.
var origin = regexp.MustCompile(`^([a-z][a-z0-9+.-]*)://([a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:]+\])(?::([1-9][0-9]{0,4}))?$`)

// UnmarshalText reads origins separated by commas. It refuses one that no browser
// sends, which would silently match nobody.
func (o *Origins) UnmarshalText(text []byte) error {
	*o = nil
	for i, given := range strings.Split(string(text), ",") {
		given = strings.TrimSpace(given)
		if given != rest.AnyOrigin {
			if problem := whyUnmatchable(given); problem != "" {
				return fmt.Errorf("number %d %s", i+1, problem)
			}
		}
		if slices.Contains(*o, given) {
			return fmt.Errorf("number %d is listed twice", i+1)
		}
		*o = append(*o, given)
	}
	if len(*o) > 1 && slices.Contains(*o, rest.AnyOrigin) {
		return fmt.Errorf("* stands for all of them, and must be alone")
	}
	return nil
}

// opaque are schemes whose pages have an opaque origin (the HTML standard), or that
// no page has.
var opaque = []string{"file", "data", "blob", "about", "javascript", "mailto", "ws", "wss", "ftp"}

// whyUnmatchable returns why no browser sends given as an origin, empty if one may.
func whyUnmatchable(given string) string {
	parts := origin.FindStringSubmatch(given)
	if parts == nil {
		return "is none"
	}
	scheme, host, port := parts[1], parts[2], parts[3]
	switch {
	case slices.Contains(opaque, scheme):
		return "is none: pages of that scheme have no origin"
	case scheme == "https" && port == "443" || scheme == "http" && port == "80":
		return "is none: browsers leave out the scheme's default port"
	case port != "" && !isPort(port):
		return "is none: there is no such port"
	case !isHost(host):
		return "is none: browsers write that address differently"
	}
	return ""
}

func isPort(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

// isHost reports whether browsers write host this way: one that ends in a number is
// an IP address to them (the URL standard), which has one form.
func isHost(host string) bool {
	if literal, ok := strings.CutPrefix(host, "["); ok {
		literal = strings.TrimSuffix(literal, "]")
		addr, err := netip.ParseAddr(literal)
		return err == nil && addr.Is6() && !addr.Is4In6() && addr.String() == literal
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if !isNumber(last) {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.String() == host
}

func isNumber(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		_, err := strconv.ParseUint("0"+hex, 16, 64)
		return err == nil
	}
	return strings.Trim(label, "0123456789") == ""
}
