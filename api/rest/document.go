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
	"github.com/partywall/partywall/api/wire"
)

// entityTag returns the entity tag of a stored document.
func (r *resource) entityTag(doc bson.Raw) string { return strconv.Quote(r.c.RevOf(doc).String()) }

// expandedTag returns the entity tag of a document with others expanded in it,
// which can change without it.
func (r *resource) expandedTag(doc bson.Raw, body []byte) string {
	sum := sha256.Sum256(body)
	return strconv.Quote(r.c.RevOf(doc).String() + "-" + hex.EncodeToString(sum[:8]))
}

// respond sends one document with its entity tag.
func (r *resource) respond(c echo.Context, status int, doc bson.Raw) error {
	return r.render(c, status, doc, &expansion{}, preconditions{})
}

// render sends one document if it satisfies want. One that does not fit the schema
// is refused regardless of want, with the tag under which it can be repaired.
func (r *resource) render(c echo.Context, status int, doc bson.Raw, expand *expansion, want preconditions) error {
	return stream(c, status, func(dst []byte) ([]byte, error) {
		reader := wire.NewReader(doc)
		defer reader.Release()
		expand.apply(reader, doc)
		dst = r.c.Codec.JSON(reader, dst)
		c.Response().Header().Set(headerETag, r.entityTag(doc))
		if err := reader.Err(); err != nil {
			docErr := r.c.DocumentError(doc, err)
			r.logInvalid(c, sessionOf(c), docErr)
			return dst, docErr
		}
		tag := r.entityTag(doc)
		if !expand.isEmpty() {
			tag = r.expandedTag(doc, dst)
			c.Response().Header().Set(headerETag, tag)
		}
		return dst, want.check(tag)
	})
}

// get sends the document, unless the client has it. Expanded documents are part of
// it: if one has changed, the client's copy is outdated.
func (r *resource) get(c echo.Context) error {
	s, docs := r.open(c)
	expand, err := r.expansion(s, queryOf(c))
	if err != nil {
		return err
	}
	want, err := preconditionsOf(c.Request().Header)
	if err != nil {
		return err
	}
	doc, err := r.read(c, docs)
	if err != nil {
		return err
	}
	if !expand.isEmpty() {
		docErrs, err := expand.read(c.Request().Context(), s.tenant.Handle(), []bson.Raw{doc})
		if err != nil {
			return err
		}
		for _, docErr := range docErrs {
			r.logInvalid(c, s, docErr)
		}
	}
	err = r.render(c, http.StatusOK, doc, expand, want)
	if errors.Is(err, errNotModified) {
		return c.NoContent(http.StatusNotModified)
	}
	return err
}

// read reads the document that the path names.
func (r *resource) read(c echo.Context, docs raw.Documents) (bson.Raw, error) {
	id, err := r.id(c)
	if err != nil {
		return nil, err
	}
	return docs.Get(c.Request().Context(), id)
}
