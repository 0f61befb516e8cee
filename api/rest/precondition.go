package rest

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/partywall/partywall/api/store"
)

// preconditions are what a request demands of the document's state (RFC 9110,
// section 13).
type preconditions struct{ match, noneMatch entityTags }

// entityTags are the tags that a header lists, as they are written there.
type entityTags struct {
	any  bool // the header is *
	tags []string
}

// preconditionsOf reads the headers that say them.
func preconditionsOf(h http.Header) (p preconditions, err error) {
	if p.match, err = readEntityTags(h, headerIfMatch); err != nil {
		return p, err
	}
	p.noneMatch, err = readEntityTags(h, headerIfNoneMatch)
	return p, err
}

// readEntityTags reads a header of that name. Its lines are one list, in which
// elements may be empty (RFC 9110, sections 5.3 and 5.6.1).
func readEntityTags(h http.Header, name string) (entityTags, error) {
	rest := strings.Trim(strings.Join(h.Values(name), ","), listSpace)
	if rest == "*" {
		return entityTags{any: true}, nil
	}
	var list entityTags
	for rest != "" {
		if rest[0] != ',' {
			end := entityTagEnd(rest)
			if end < 0 {
				return entityTags{}, headerProblem(name)
			}
			list.tags = append(list.tags, rest[:end])
			rest = strings.TrimLeft(rest[end:], listSpace)
		}
		if rest != "" && rest[0] != ',' {
			return entityTags{}, headerProblem(name)
		}
		rest = strings.TrimLeft(strings.TrimPrefix(rest, ","), listSpace)
	}
	return list, nil
}

// listSpace is what may stand around the elements of a header's list.
const listSpace = " \t"

// entityTagEnd returns where the entity tag ends that text begins with, -1 if there
// is none. Between its quotes is anything visible, commas too, but no quote (RFC
// 9110, section 8.8.3).
func entityTagEnd(text string) int {
	opaque := strings.TrimPrefix(text, weakPrefix)
	if opaque == "" || opaque[0] != '"' {
		return -1
	}
	for i := 1; i < len(opaque); i++ {
		switch c := opaque[i]; {
		case c == '"':
			return len(text) - len(opaque) + i + 1
		case c <= ' ' || c == 0x7f:
			return -1
		}
	}
	return -1
}

// weakPrefix begins a tag of documents that need not be the same byte by byte.
const weakPrefix = "W/"

func headerProblem(name string) *problem {
	return refuse(http.StatusBadRequest, "header_invalid", name+" is no list of entity tags; send the ETag as it was answered, "+
		`in its quotes, such as "3-1795464547267", several with commas between them, or * alone`)
}

// given reports whether there is something to compare with.
func (l entityTags) given() bool { return l.any || len(l.tags) > 0 }

// has reports whether a document whose tag is strong is in the list. The weak
// comparison takes a weak tag for its strong twin; the strong one takes it for none
// (RFC 9110, section 8.8.3.2).
func (l entityTags) has(tag string, weak bool) bool {
	return l.any || slices.ContainsFunc(l.tags, func(have string) bool {
		return have == tag || weak && strings.TrimPrefix(have, weakPrefix) == tag
	})
}

// errNotModified says that the client has the document as it is.
var errNotModified = errors.New("the client has the document as it is")

// check compares the tag of the document as it is, in the order of RFC 9110,
// section 13.2.2. The error is store.ErrStale where If-Match fails, and
// errNotModified where If-None-Match does.
func (p preconditions) check(tag string) error {
	if p.match.given() && !p.match.has(tag, false) {
		return store.ErrStale
	}
	if p.noneMatch.has(tag, true) {
		return errNotModified
	}
	return nil
}
