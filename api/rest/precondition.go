package rest

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/partywall/partywall/api/store"
)

// preconditions are the conditions of a request on the document's state (RFC 9110,
// section 13).
type preconditions struct{ match, noneMatch entityTags }

// entityTags are the tags listed in a header, as written.
type entityTags struct {
	any  bool // the header is *
	tags []string
}

// preconditionsOf parses the headers with preconditions.
func preconditionsOf(h http.Header) (p preconditions, err error) {
	if p.match, err = readEntityTags(h, headerIfMatch); err != nil {
		return p, err
	}
	p.noneMatch, err = readEntityTags(h, headerIfNoneMatch)
	return p, err
}

// readEntityTags parses the header of that name. Its lines form one list, in which
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

// listSpace is the white space allowed around elements of a header's list.
const listSpace = " \t"

// entityTagEnd returns the end of the entity tag that text starts with, -1 if there
// is none. Between its quotes it may contain anything visible, including commas,
// but no quote (RFC 9110, section 8.8.3).
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

// weakPrefix starts the tag of documents that need not be byte-identical.
const weakPrefix = "W/"

func headerProblem(name string) *problem {
	return refuse(http.StatusBadRequest, "header_invalid", name+" is not a list of entity tags; send the ETag as received, "+
		`in its quotes, such as "3-1795464547267", several with commas between them, or * alone`)
}

// given reports whether the header was given.
func (l entityTags) given() bool { return l.any || len(l.tags) > 0 }

// has reports whether the list contains the tag of a document, which is strong. The
// weak comparison treats a weak tag as its strong counterpart, the strong
// comparison ignores it (RFC 9110, section 8.8.3.2).
func (l entityTags) has(tag string, weak bool) bool {
	return l.any || slices.ContainsFunc(l.tags, func(have string) bool {
		return have == tag || weak && strings.TrimPrefix(have, weakPrefix) == tag
	})
}

// errNotModified is returned if the client's copy is current.
var errNotModified = errors.New("the client has the document as it is")

// check compares the document's tag with the preconditions, in the order of RFC
// 9110, section 13.2.2. The error is store.ErrStale if If-Match fails, and
// errNotModified if If-None-Match does.
func (p preconditions) check(tag string) error {
	if p.match.given() && !p.match.has(tag, false) {
		return store.ErrStale
	}
	if p.noneMatch.has(tag, true) {
		return errNotModified
	}
	return nil
}
