package raw

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
		for _, x := range c.Indexes {
			// Written out, so that an Index with more members is no other index.
			_, _ = fmt.Fprintf(h, "%q %q %v %t %t %d %t", c.Name, x.Name, x.Keys, x.Unique, x.Expires, x.TTL, x.Sparse)
			for _, condition := range x.Partial {
				_, _ = fmt.Fprintf(h, " %q %q %s", condition.Path, condition.Op, condition.Value)
			}
			_, _ = fmt.Fprintln(h)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:fingerprintSize])
}

// fingerprintSize is in bytes: enough that no two schemas of a product share one.
const fingerprintSize = 16
