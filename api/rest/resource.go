package rest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"

	"github.com/labstack/echo/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// resource serves one collection.
type resource struct {
	*api
	c *raw.Collection
}

// open opens the collection in the tenant's database.
func (r *resource) open(c echo.Context) (*session, raw.Documents) {
	s := sessionOf(c)
	return s, raw.In(s.tenant.Handle(), r.c)
}

// buffers reuses the memory of responses, which are as long as the documents they
// list.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 8<<10); return &b }}

// maxPooled is the maximum size of a reused buffer: one huge response must not keep
// its memory for ever.
const maxPooled = 1 << 20

// stream sends what write appends.
func stream(c echo.Context, status int, write func(dst []byte) ([]byte, error)) error {
	buf := buffers.Get().(*[]byte)
	body, err := write((*buf)[:0])
	if cap(body) <= maxPooled {
		*buf = body
		defer buffers.Put(buf)
	}
	if err != nil {
		return err
	}
	return sendBlob(c, status, echo.MIMEApplicationJSON, body)
}

// list sends a page. A document that does not fit the schema never breaks it: it is
// left out and named.
func (r *resource) list(c echo.Context) error {
	s, docs := r.open(c)
	docs, err := r.asked(s, queryOf(c), docs)
	if err != nil {
		return err
	}
	want, err := r.selection(queryOf(c))
	if err != nil {
		return err
	}
	if want.After, err = r.unseal(s, queryOf(c)); err != nil {
		return err
	}
	v, err := r.view(c, s)
	if err != nil {
		return err
	}
	want.Fields = v.paths
	counts, err := countFor(queryOf(c))
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	return stream(c, http.StatusOK, func(dst []byte) ([]byte, error) {
		dst = append(dst, `{"message":`...)
		dst = wire.AppendJSONString(dst, r.c.Title+" found successfully")
		dst = append(dst, ',')
		dst = wire.AppendJSONString(dst, r.c.Name)
		dst = append(dst, ":["...)
		first := len(dst)
		var invalid []*store.DocumentError
		reader := wire.NewReader(nil)
		defer reader.Release()
		add := func(doc bson.Raw) error {
			before := len(dst)
			if before > first {
				dst = append(dst, ',')
			}
			var err error
			dst, err = r.appendDocument(dst, reader, doc, v)
			if docErr, misfit := errors.AsType[*store.DocumentError](err); misfit {
				dst, invalid = dst[:before], append(invalid, docErr)
				return nil
			}
			return err
		}
		visit, held := add, []bson.Raw(nil)
		if !v.expansion.isEmpty() { // references are read once all documents are there
			visit = func(doc bson.Raw) error { held = append(held, slices.Clone(doc)); return nil }
		}
		next, err := docs.ForLists().Scan(ctx, want, visit)
		if err != nil {
			return dst, asQueryProblem(err)
		}
		docErrs, err := v.read(ctx, r.api, s.tenant.Handle(), held)
		if err != nil {
			return dst, err
		}
		for _, doc := range held {
			if err := add(doc); err != nil {
				return dst, err
			}
		}
		invalid = append(invalid, docErrs...)
		dst = append(dst, ']')
		dst = r.appendNext(c, dst, s, next)
		if counts {
			if dst, err = appendCount(ctx, dst, docs.ForLists(), want); err != nil {
				return dst, asQueryProblem(err)
			}
		}
		dst = r.appendInvalid(c, dst, s, invalid)
		return append(dst, '}'), nil
	})
}

// appendNext appends the cursor of the next page, and sets the Link header.
func (r *resource) appendNext(c echo.Context, dst []byte, s *session, next store.Cursor) []byte {
	if next == "" {
		return dst
	}
	sealed := r.seal(s, next)
	query := url.Values{}
	for name, values := range queryOf(c) {
		query[name] = values
	}
	query.Set(afterParameter, sealed)
	c.Response().Header().Set(headerLink, "<"+pathOf(c)+"?"+query.Encode()+`>; rel="next"`)
	dst = append(dst, `,"next":`...)
	return wire.AppendJSONString(dst, sealed)
}

// appendCount appends how many documents s selects, whatever the page.
func appendCount(ctx context.Context, dst []byte, docs raw.Documents, s raw.Selection) ([]byte, error) {
	n, more, err := docs.CountUpTo(ctx, s, meta.MaxCount)
	if err != nil {
		return dst, err
	}
	dst = strconv.AppendInt(append(dst, `,"count":`...), int64(n), 10)
	if more {
		dst = append(dst, `,"countIsLowerBound":true`...)
	}
	return dst, nil
}

// appendInvalid lists the documents that were left out, and logs them.
func (r *resource) appendInvalid(c echo.Context, dst []byte, s *session, invalid []*store.DocumentError) []byte {
	if len(invalid) == 0 {
		return dst
	}
	dst = append(dst, `,"invalid":[`...)
	for i, e := range invalid {
		r.logInvalid(c, s, e)
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '{')
		if e.Collection != r.c.Name { // it was to replace a reference
			dst = append(wire.AppendJSONString(append(dst, `"collection":`...), e.Collection), ',')
		}
		dst = wire.AppendJSONString(append(dst, `"_id":`...), e.ID)
		dst = wire.AppendJSONString(append(dst, `,"path":`...), e.Path)
		dst = wire.AppendJSONString(append(dst, `,"problem":`...), e.Problem)
		dst = append(dst, '}')
	}
	return append(dst, ']')
}

func (r *resource) logInvalid(c echo.Context, s *session, e *store.DocumentError) {
	r.Log.WarnContext(c.Request().Context(), "a stored document does not fit the schema",
		"tenant", s.tenant.Name, "collection", e.Collection, "id", e.ID, "path", e.Path, "problem", e.Problem)
}

func (r *resource) create(c echo.Context) error {
	s, docs := r.open(c)
	body, err := readBody(c)
	if err != nil {
		return err
	}
	ctx, by := c.Request().Context(), r.writer(s, docs)
	doc, err := readSecrets(func(h store.Hasher) (bson.Raw, error) {
		return r.c.Codec.New(ctx, raw.Input{Body: body, Hasher: h, Approve: by.AllowMembers})
	}, r.Passwords.For(s.tenant.ID), func(doc bson.Raw, found *secrets) error {
		if plain, ok := found.at(doc.Lookup("password")); ok {
			if err := by.CheckPassword(doc.Lookup("email"), plain, nil); err != nil {
				return err
			}
		}
		return docs.CheckFree(ctx, doc)
	})
	if err != nil {
		return err
	}
	doc = by.Sign(doc)
	if err := docs.Insert(ctx, doc); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, pathOf(c)+"/"+url.PathEscape(raw.IDText(doc)))
	return r.respond(c, http.StatusCreated, doc)
}

// pointerOf returns a dotted path as a JSON pointer, empty for the empty path.
func pointerOf(path string) string {
	if path == "" {
		return ""
	}
	return check.Pointer(path)
}
