package evolve

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// indexes compares the indexes of a collection.
func (c *comparison) indexes() {
	for _, now := range c.now.Indexes {
		if was := c.was.index(now.Name); was == nil {
			c.addIndex(now)
		} else {
			c.changeIndex(was, now)
		}
	}
	for _, was := range c.was.Indexes {
		if c.now.index(was.Name) == nil {
			c.add(" index "+was.Name, kinds.Place{}, "", Look, "is no longer declared: it stays until tenantctl indexes ensure --prune")
		}
	}
}

func (c *comparison) addIndex(now *Index) {
	switch {
	case now.Unique && !c.isNew(now):
		change := c.index(nil, now, Needed, "is new and unique: it is not built while documents repeat "+strings.Join(paths(now), " and "))
		change.Up = c.removeRepeats(now)
	case now.TTL != "":
		c.index(nil, now, Look, fmt.Sprintf("is new: documents are removed %s after %s, those that are stored too", now.TTL, now.Keys[0]))
	default:
		c.index(nil, now, Nothing, "is new: tenantctl indexes ensure builds it")
	}
}

// isNew reports whether no stored document has anything at a key of the index, and none will get
// the same as another.
func (c *comparison) isNew(x *Index) bool {
	return slices.ContainsFunc(paths(x), func(path string) bool {
		f := c.now.field(path)
		return f != nil && !f.Required && f.Default == "" && c.was.field(path) == nil
	})
}

func (c *comparison) changeIndex(was, now *Index) {
	differs := differences(was, now)
	switch {
	case len(differs) == 0:
	case was.Unique && now.Unique && was.Living != now.Living && covers(was.everywhere()) == covers(now.everywhere()):
		c.changeLiving(was, now, strings.Join(differs, ", "))
	case now.Unique && (!was.Unique || covers(was) != covers(now)):
		change := c.index(was, now, Needed, fmt.Sprintf("differs (%s): it is not built while documents repeat %s", strings.Join(differs, ", "), strings.Join(paths(now), " and ")))
		change.Up = c.removeRepeats(now)
	case now.TTL != was.TTL && now.TTL != "":
		c.index(was, now, Look, fmt.Sprintf("differs (%s): documents are removed %s after %s, those that are stored too; tenantctl indexes ensure --prune changes it", strings.Join(differs, ", "), now.TTL, now.Keys[0]))
	default:
		c.index(was, now, Look, fmt.Sprintf("differs (%s): tenantctl indexes ensure --prune replaces it", strings.Join(differs, ", ")))
	}
}

// covers returns which documents an index compares, and by what.
func covers(x *Index) string {
	sparse, partial := x.Sparse, x.Partial
	if sparse && len(x.Keys) == 1 {
		sparse, partial = false, []string{paths(x)[0] + " exists"}
	}
	return fmt.Sprint(paths(x), sparse, partial, x.Living, x.Collation)
}

// differences returns what of an index changed, such as unique false → true.
func differences(was, now *Index) []string {
	var list []string
	for _, part := range []struct {
		name     string
		from, to any
	}{
		{"keys", was.Keys, now.Keys}, {"kind", was.Kind, now.Kind}, {"weights", was.Weights, now.Weights}, {"language", was.Language, now.Language},
		{"unique", was.Unique, now.Unique}, {"ttl", was.TTL, now.TTL},
		{"sparse", was.Sparse, now.Sparse}, {"partial", was.Partial, now.Partial}, {"living", was.Living, now.Living},
		{"collation", was.Collation, now.Collation}, {"hidden", was.Hidden, now.Hidden},
	} {
		if from, to := fmt.Sprint(part.from), fmt.Sprint(part.to); from != to {
			list = append(list, fmt.Sprintf("%s %s → %s", part.name, orNone(from), orNone(to)))
		}
	}
	return list
}

func orNone(text string) string {
	if text == "" || text == "[]" {
		return "none"
	}
	return text
}

// removeRepeats returns the step that leaves no two documents with the same keys. What becomes
// of the others is for people to say. No step compares text by a collation.
func (c *comparison) removeRepeats(x *Index) []string {
	if x.Collation != "" {
		return nil
	}
	keys := paths(x)
	var more []member
	if len(keys) > 1 {
		more = append(more, member{"within", keys[:len(keys)-1]})
	}
	by := "_id"
	if created := meta.TimestampPath(c.was.Timestamps, c.was.CreatedAt, meta.CreatedPath); created != "" { // renamed by now, if it is
		by = cmp.Or(meta.TimestampPath(c.now.Timestamps, c.now.CreatedAt, meta.CreatedPath), created)
	}
	more = append(more, member{"by", by}, member{"keep", "newest"}, member{"others", choose})
	if x.Living {
		more = append(more, member{"among", "living"})
	}
	return []string{step("remove_repeats", c.now.Name, keys[len(keys)-1], more...)}
}

// paths returns the paths of an index's keys.
func paths(x *Index) []string {
	list := slices.Clone(x.Keys)
	for i := range list {
		list[i] = strings.TrimPrefix(list[i], "-")
	}
	return list
}

func (c *comparison) index(was, now *Index, s Severity, what string) *Change {
	settled := ""
	if was != nil {
		settled = was.Settled
	}
	return c.add(" index "+now.Name, now.At, settled, s, what)
}
