package model

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/partywall/partywall/schema/def"
)

// locales are how ICU names them, or the order of bytes.
var locales = regexp.MustCompile(`^[a-z]{2,3}(_[A-Za-z0-9]+)*(@collation=[a-z]+)?$|^simple$`)

// checkCollation checks the collation of a collection or an index, as MongoDB would.
func (l *loader) checkCollation(c def.Collation, at place) {
	if c == (def.Collation{}) {
		return
	}
	if others := (def.Collation{Locale: c.Locale}); c.Locale == "simple" && c != others {
		l.add(at, "the Collation is simple, which compares bytes, and says more", `the Locale alone, or a language such as "en"`)
	}
	if !locales.MatchString(c.Locale) {
		l.add(at, fmt.Sprintf("the Collation's Locale is %q", c.Locale), `a language, such as "en" or "de_AT", or "simple"`)
	}
	if c.Strength < 0 || c.Strength > 5 {
		l.add(at, fmt.Sprintf("the Collation's Strength is %d", c.Strength), "1 to 5, or 0 for 3")
	}
	for _, m := range []struct {
		name, value string
		allowed     []string
	}{
		{"CaseFirst", c.CaseFirst, []string{"upper", "lower", "off"}},
		{"Alternate", c.Alternate, []string{"non-ignorable", "shifted"}},
		{"MaxVariable", c.MaxVariable, []string{"punct", "space"}},
	} {
		if m.value != "" && !slices.Contains(m.allowed, m.value) {
			l.add(at, fmt.Sprintf("the Collation's %s is %q", m.name, m.value), alternatives(m.allowed))
		}
	}
	weak := c.Strength == 1 || c.Strength == 2
	if weak && !c.CaseLevel && c.CaseFirst != "" && c.CaseFirst != "off" {
		l.add(at, fmt.Sprintf("the Collation's CaseFirst is %q, but case does not count at Strength %d", c.CaseFirst, c.Strength), "CaseLevel: true, or no CaseFirst")
	}
	if c.Strength == 1 && c.Backwards {
		l.add(at, "the Collation is Backwards, but accents do not count at Strength 1", "another Strength, or no Backwards")
	}
}
