package model

import (
	"fmt"
	"slices"

	"github.com/partywall/partywall/api/meta"
)

// checkIgnored checks the patterns of indexes that are left alone.
func (l *loader) checkIgnored(c *Collection, at place) {
	for i, pattern := range c.IgnoredIndexes {
		of := at.part(fmt.Sprintf("ignored index %q", pattern))
		switch {
		case pattern == "":
			l.add(of, "is no name", `a name, or a pattern such as "legacy_*"`)
		case slices.Contains(c.IgnoredIndexes[:i], pattern):
			l.add(of, "is given twice", "it once")
		}
		for _, x := range c.Indexes {
			if meta.MatchesName(pattern, x.Name) {
				l.add(of, "matches the declared index "+x.Name, "a pattern that does not, or no such index")
			}
		}
	}
}
