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
		domain, err := idna.Lookup.ToASCII(strings.TrimSpace(given))
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

// maxDomain is the maximum length of a domain that a label of one character can precede.
const maxDomain = 253 - len("a.")

// isDomain reports whether a domain that idna has written is one that another can be below: no IP address, without empty labels.
func isDomain(domain string) bool {
	last := domain[strings.LastIndexByte(domain, '.')+1:]
	return len(domain) <= maxDomain && !strings.HasPrefix(domain, ".") && !strings.Contains(domain, "..") && !isNumber(last)
}
