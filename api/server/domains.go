package server

import (
	"fmt"
	"strings"

	"golang.org/x/net/idna"
)

// Domains are domains below which hosts name tenants, as hosts have them: in lower case, and in ASCII.
type Domains []string

// UnmarshalText reads domains separated by commas. No domain is below another: the same host would be a tenant's and nobody's.
func (d *Domains) UnmarshalText(text []byte) error {
	*d = nil
	for i, given := range strings.Split(string(text), ",") {
		domain, err := asHosts.ToASCII(strings.TrimSpace(given))
		if err != nil || !isDomain(domain) {
			return fmt.Errorf("number %d is none; write one without scheme, port, * and final dot", i+1)
		}
		for _, other := range *d {
			switch {
			case domain == other:
				return fmt.Errorf("number %d is listed twice", i+1)
			case strings.HasSuffix(domain, "."+other) || strings.HasSuffix(other, "."+domain):
				return fmt.Errorf("number %d is below another, or another below it; write one of them", i+1)
			}
		}
		*d = append(*d, domain)
	}
	return nil
}

// asHosts writes domains as browsers do, and refuses those that no host can have.
var asHosts = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.VerifyDNSLength(true))

// maxDomain is the maximum length of a domain that a label of one character can precede.
const maxDomain = 253 - len("a.")

// isDomain reports whether a domain that asHosts has written is one that another can be below: no IP address, and without a
// final dot.
func isDomain(domain string) bool {
	return len(domain) <= maxDomain && !isNumber(domain[strings.LastIndexByte(domain, '.')+1:])
}
