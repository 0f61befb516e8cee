package meta

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// Fingerprint identifies the indexes that collections declare for every tenant's
// database: whatever changes one of them changes it. Those of the admin database
// do not count.
func Fingerprint(collections []Collection) string {
	h := sha256.New()
	for _, c := range collections {
		if c.Admin {
			continue
		}
		c.sum(h)
	}
	return hex.EncodeToString(h.Sum(nil)[:fingerprintSize])
}

// Declaration identifies the collection with its declared indexes: whatever changes one of them changes it.
func (c *Collection) Declaration() string {
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "%q\n", c.Name)
	c.sum(h)
	return hex.EncodeToString(h.Sum(nil)[:declarationSize])
}

// sum writes the indexes to h.
func (c *Collection) sum(h io.Writer) {
	for i := range c.Indexes {
		x := &c.Indexes[i]
		_, _ = fmt.Fprintf(h, "%q %q %v", c.Name, x.Name, x.Keys)
		for _, o := range Options {
			if o.Sum != nil {
				_, _ = fmt.Fprint(h, o.Sum(x))
			}
		}
		_, _ = fmt.Fprintln(h)
	}
}

// declarationSize is in bytes: there are as many in a tenant's entry as the tenant has collections.
const declarationSize = 8

// fingerprintSize is in bytes: enough that no two schemas of a product share one.
const fingerprintSize = 16
