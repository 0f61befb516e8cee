package rest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// entityTag returns the entity tag of a stored document.
func (r *resource) entityTag(doc bson.Raw) string { return strconv.Quote(r.c.RevOf(doc).String()) }

// viewTag returns the entity tag of a document of which only some members are shown, or with others
// expanded in it, which can change without it.
func (r *resource) viewTag(doc bson.Raw, body []byte) string {
	sum := sha256.Sum256(body)
	return strconv.Quote(r.c.RevOf(doc).String() + "-" + hex.EncodeToString(sum[:8]))
}

// respond sends one document with its entity tag.
func (r *resource) respond(c echo.Context, status int, doc bson.Raw) error {
	return r.render(c, status, doc, &view{expansion: &expansion{}, fieldSet: &fieldSet{}}, preconditions{})
}

// view is how a request wants documents to be shown.
type view struct {
	*expansion
	*fieldSet
}

// isPlain reports whether documents are shown as they are.
func (v *view) isPlain() bool { return v.expansion.isEmpty() && v.fieldSet.isEmpty() }

// view parses what a request says of how documents are to be shown.
func (r *resource) view(c echo.Context, s *session) (*view, error) {
	expand, err := r.expansion(s, queryOf(c))
	if err != nil {
		return nil, err
	}
	fields, err := r.fields(queryOf(c))
	return &view{expand, fields}, err
}

// appendDocument appends doc as v shows it; reader is for it.
func (r *resource) appendDocument(dst []byte, reader *wire.Reader, doc bson.Raw, v *view) ([]byte, error) {
	from := len(dst)
	reader.Reset(doc)
	v.apply(reader, doc)
	dst = r.c.Codec.JSON(reader, dst)
	err := reader.Err()
	if err == nil {
		dst, err = r.computed(r.c.Name).append(dst, doc, v.members)
	}
	if _, misfit := errors.AsType[*wire.ValueError](err); misfit {
		return dst[:from], r.c.DocumentError(doc, err)
	}
	if err != nil {
		return dst[:from], err
	}
	return v.keep(dst, from), nil
}

// text returns doc, of the collection c, as responses show it. The error is a *store.DocumentError if it does not fit.
func (a *api) text(c *raw.Collection, doc bson.Raw) ([]byte, error) {
	r := &resource{api: a, c: c}
	reader := wire.NewReader(doc)
	defer reader.Release()
	return r.appendDocument(nil, reader, doc, &view{&expansion{}, &fieldSet{}})
}

// render sends one document if it satisfies want. One that does not fit the schema
// is refused regardless of want, with the tag under which it can be repaired.
func (r *resource) render(c echo.Context, status int, doc bson.Raw, v *view, want preconditions) error {
	return stream(c, status, func(dst []byte) ([]byte, error) {
		reader := wire.NewReader(doc)
		defer reader.Release()
		tag := r.entityTag(doc)
		c.Response().Header().Set(headerETag, tag)
		dst, err := r.appendDocument(dst, reader, doc, v)
		if docErr, misfit := errors.AsType[*store.DocumentError](err); misfit {
			r.logInvalid(c, sessionOf(c), docErr)
		}
		if err != nil {
			return dst, err
		}
		if !v.isPlain() {
			tag = r.viewTag(doc, dst)
			c.Response().Header().Set(headerETag, tag)
		}
		return dst, want.check(tag)
	})
}

// get sends the document, unless the client has it. Expanded documents are part of
// it: if one has changed, the client's copy is outdated.
func (r *resource) get(c echo.Context) error {
	s, docs := r.open(c)
	docs, err := r.asked(s, queryOf(c), docs)
	if err != nil {
		return err
	}
	v, err := r.view(c, s)
	if err != nil {
		return err
	}
	want, err := preconditionsOf(c.Request().Header)
	if err != nil {
		return err
	}
	doc, err := r.read(c, docs, v.paths)
	if err != nil {
		return err
	}
	if !v.expansion.isEmpty() {
		docErrs, err := v.read(c.Request().Context(), r.api, s.tenant.Handle(), []bson.Raw{doc})
		if err != nil {
			return err
		}
		for _, docErr := range docErrs {
			r.logInvalid(c, s, docErr)
		}
	}
	err = r.render(c, http.StatusOK, doc, v, want)
	if errors.Is(err, errNotModified) {
		return c.NoContent(http.StatusNotModified)
	}
	return err
}

// read reads the document that the path names: the given paths of it, or all if they are nil.
func (r *resource) read(c echo.Context, docs raw.Documents, paths []string) (bson.Raw, error) {
	id, err := r.id(c)
	if err != nil {
		return nil, err
	}
	if paths != nil {
		return docs.GetFields(c.Request().Context(), id, paths)
	}
	return docs.Get(c.Request().Context(), id)
}
