package rest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// expandParameter is the query parameter that names references.
const expandParameter = "expand"

// expansion is a request's demand to replace references by documents, each as its
// own collection returns it.
type expansion struct {
	refs []reference
	// found has the JSON of documents, by collection and IDKey.
	found map[string]map[string][]byte
}

// reference is one of a collection's Refs and the collection it refers to.
type reference struct {
	path   string
	idType bson.Type
	target *raw.Collection
}

// expansion parses ?expand=, paths separated by commas. It requires permission to
// read the other collection.
func (r *resource) expansion(s *session, query url.Values) (*expansion, error) {
	x := &expansion{}
	for _, names := range query[expandParameter] {
		for path := range strings.SplitSeq(names, ",") {
			ref := r.reference(path)
			if ref == nil {
				return nil, queryProblem(check.FieldErrors{{Pointer: expandParameter, Code: "not_expandable", Message: r.expandable(path)}})
			}
			if err := r.Policy.Allow(s.actor, ref.target.Access.Read); err != nil {
				return nil, err
			}
			x.refs = append(x.refs, *ref)
		}
	}
	return x, nil
}

// reference returns the reference at path, nil if there is none to a served
// collection.
func (r *resource) reference(path string) *reference {
	for _, ref := range r.c.Refs {
		if ref.JSONName() != path || ref.Unshown {
			continue
		}
		at := slices.IndexFunc(r.Collections, func(c raw.Collection) bool { return c.Name == ref.Collection && c.Served() })
		if at >= 0 {
			return &reference{ref.Path, ref.IDType(), &r.Collections[at]}
		}
	}
	return nil
}

func (r *resource) expandable(path string) string {
	var paths []string
	for _, ref := range r.c.Refs {
		if r.reference(ref.JSONName()) != nil {
			paths = append(paths, ref.JSONName())
		}
	}
	if len(paths) == 0 {
		return fmt.Sprintf("names %q, but there is no reference here that can be expanded", path)
	}
	return fmt.Sprintf("names %q; the references that can be expanded are %s", path, strings.Join(paths, ", "))
}

// isEmpty reports whether nothing is to be expanded.
func (x *expansion) isEmpty() bool { return len(x.refs) == 0 }

// read reads the documents that docs refer to, with one query for each collection.
// Dangling references stay references, and so do those to documents that do not fit
// their schema, which are returned.
func (x *expansion) read(ctx context.Context, a *api, t store.Tenant, docs []bson.Raw) ([]*store.DocumentError, error) {
	x.found = map[string]map[string][]byte{}
	var invalid []*store.DocumentError
	for _, ref := range x.refs {
		if x.found[ref.target.Name] != nil {
			continue
		}
		ids := x.ids(ref.target, docs)
		if len(ids) > maxExpanded {
			return nil, tooManyExpanded(ref.target, len(ids))
		}
		read, err := raw.In(t, ref.target).GetMany(ctx, ids...)
		if err != nil {
			return nil, err
		}
		rendered := map[string][]byte{}
		for id, doc := range read {
			text, err := a.text(ref.target, doc)
			if docErr, misfit := errors.AsType[*store.DocumentError](err); misfit {
				invalid = append(invalid, docErr)
				continue
			}
			if err != nil {
				return nil, err
			}
			rendered[id] = text
		}
		x.found[ref.target.Name] = rendered
	}
	slices.SortFunc(invalid, func(a, b *store.DocumentError) int { return strings.Compare(a.Collection+a.ID, b.Collection+b.ID) })
	return invalid, nil
}

// maxExpanded limits the number of expanded documents in one response, however long
// the lists of references are.
const maxExpanded = 1000

func tooManyExpanded(target *raw.Collection, n int) error {
	return queryProblem(check.FieldErrors{{
		Pointer: expandParameter, Code: "too_many",
		Message: fmt.Sprintf("leads to %d documents of %s; at most %d go into one answer: ask for a shorter page", n, target.Name, maxExpanded),
	}})
}

// ids returns the _ids of target's documents that docs refer to, each once.
func (x *expansion) ids(target *raw.Collection, docs []bson.Raw) []bson.RawValue {
	seen := map[string]bool{}
	var ids []bson.RawValue
	for _, ref := range x.refs {
		if ref.target != target {
			continue
		}
		for _, doc := range docs {
			wire.References(doc, ref.path, ref.idType, func(_ int, id bson.RawValue) {
				if key := raw.IDKey(id); !seen[key] {
					seen[key] = true
					ids = append(ids, id)
				}
			})
		}
	}
	return ids
}

// apply prepares reader, which is at the start of doc, to render expanded
// documents.
func (x *expansion) apply(reader *wire.Reader, doc bson.Raw) {
	if x.isEmpty() {
		return
	}
	json := map[int][]byte{}
	for _, ref := range x.refs {
		wire.References(doc, ref.path, ref.idType, func(at int, id bson.RawValue) {
			if text, ok := x.found[ref.target.Name][raw.IDKey(id)]; ok {
				json[at] = text
			}
		})
	}
	reader.Expand(json)
}
