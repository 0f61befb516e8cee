package model

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// maxEnumValue keeps values short enough to be names.
const maxEnumValue = 120

// knownEnum is a NamedEnum that has been resolved.
type knownEnum struct {
	values   []string
	resolved *kinds.Enum
	at       place
}

// inlineEnum resolves the enum of one field; prefix is the Go name of Struct and
// field.
func (l *loader) inlineEnum(prefix string, values []string, at place) *kinds.Enum {
	e := &kinds.Enum{Go: prefix + "Value", Values: l.enumValues(prefix, values, at)}
	l.enumOwners[e] = owner{at, "the enum of " + at.path, "another name for the field, or a NamedEnum"}
	return e
}

// namedEnum returns the enum called t.Name, the same one for every field; field is
// the place that uses it.
func (l *loader) namedEnum(t def.Type, field place) *kinds.Enum {
	known := l.enums[t.Name]
	for _, k := range known {
		if slices.Equal(k.values, t.Values) {
			return k.resolved
		}
	}
	at := l.sources.nth(l.sources.enums[t.Name], len(known)).place(t.Name)
	if t.Name == "" {
		at = field
	}
	if !isExported(t.Name) {
		l.add(at, fmt.Sprintf("the NamedEnum's name %q is not an exported Go name", t.Name), "a capital letter, then letters and digits")
	} else if len(known) > 0 {
		l.add(at, "differs from the NamedEnum of this name in "+known[0].at.source, "another name, or the same values")
	}
	e := &kinds.Enum{Go: t.Name, Values: l.enumValues(t.Name, t.Values, at)}
	l.enumOwners[e] = owner{at, "the NamedEnum " + t.Name, "another name for the NamedEnum"}
	l.enums[t.Name] = append(known, &knownEnum{t.Values, e, at})
	return e
}

// enumValues resolves an enum's values; prefix starts the names of the constants.
func (l *loader) enumValues(prefix string, values []string, at place) []kinds.EnumValue {
	if len(values) == 0 {
		l.add(at, "the enum has no values", "at least one")
	}
	list := make([]kinds.EnumValue, len(values))
	for i, v := range values {
		list[i] = kinds.EnumValue{Go: prefix + goName(v), Value: v}
		if !l.checkEnumValue(v, at) {
			continue
		}
		for _, earlier := range list[:i] {
			if earlier.Value == v {
				l.add(at, fmt.Sprintf("the enum has the value %q twice", v), "it once")
				break
			}
			if earlier.Go == list[i].Go {
				l.add(at, fmt.Sprintf("the enum's values %q and %q are both %s in Go", earlier.Value, v, list[i].Go), "values that differ in letters or digits")
				break
			}
		}
	}
	return list
}

func (l *loader) checkEnumValue(v string, at place) bool {
	switch {
	case v == "":
		l.add(at, "the enum has an empty value", "a non-empty value: a missing field has none of them anyway")
	case len(v) > maxEnumValue:
		l.add(at, fmt.Sprintf("the enum has a value of %d bytes", len(v)), fmt.Sprintf("at most %d", maxEnumValue))
	case !utf8.ValidString(v) || strings.ContainsFunc(v, isUnquotable):
		l.add(at, fmt.Sprintf("the enum's value %q has control characters, quotes, backslashes or invalid UTF-8", v), "a value without")
	case goName(v) == "":
		l.add(at, fmt.Sprintf("the enum's value %q gives its constant no name in Go", v), "a value with a letter or digit")
	default:
		return true
	}
	return false
}

func isUnquotable(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune("\"'`\\", r) }
