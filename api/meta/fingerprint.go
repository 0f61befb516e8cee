package meta

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
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
	return hex.EncodeToString(h.Sum(nil)[:fingerprintSize])
}

// fingerprintSize is in bytes: enough that no two schemas of a product share one.
const fingerprintSize = 16
