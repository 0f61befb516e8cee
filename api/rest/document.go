package rest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/wire"
)

// entityTag returns the entity tag of a stored document.
func entityTag(doc bson.Raw) string { return strconv.Quote(store.RevOf(doc).String()) }

// expandedTag returns the entity tag of a document with others expanded in it,
// which can change without it.
func expandedTag(doc bson.Raw, body []byte) string {
	sum := sha256.Sum256(body)
	return strconv.Quote(store.RevOf(doc).String() + "-" + hex.EncodeToString(sum[:8]))
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
		c.Response().Header().Set(headerETag, entityTag(doc))
		if err := reader.Err(); err != nil {
			docErr := raw.NewDocumentError(r.c.Name, doc, err)
			r.logInvalid(c, sessionOf(c), docErr)
			return dst, docErr
		}
		tag := entityTag(doc)
		if !expand.isEmpty() {
			tag = expandedTag(doc, dst)
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
	id, err := parseID(param(c, "id"))
	if err != nil {
		return nil, err
	}
	return docs.Get(c.Request().Context(), id)
}

// maxAttempts is how often a write is tried whose preconditions still hold although
// the document changed. Each failed attempt means that another write succeeded.
const maxAttempts = 256

// retry calls write to change the document that the path names, if it is as the
// request demands. write must depend on the document being as it was read. If
// another write was faster, the document is read and checked again, and written if
// it still is as demanded, which under If-Match: * it always is.
func (r *resource) retry(c echo.Context, docs raw.Documents, write func(doc bson.Raw) error) error {
	want, err := preconditionsOf(c.Request().Header)
	if err != nil {
		return err
	}
	for round := range maxAttempts {
		doc, err := r.read(c, docs)
		if err != nil {
			return err
		}
		if err := want.checkWrite(entityTag(doc)); err != nil {
			return err
		}
		if err := write(doc); !errors.Is(err, store.ErrStale) {
			return err
		}
		if err := backoff(c.Request().Context(), round); err != nil {
			return err
		}
	}
	return errContended
}

// errContended is returned if other writes were faster in every attempt.
var errContended = refuse(http.StatusServiceUnavailable, "contended", "Others keep changing the document; try again")

// checkWrite is check for a write, which must have a precondition.
func (p preconditions) checkWrite(tag string) error {
	if !p.match.given() {
		return refuse(http.StatusPreconditionRequired, "if_match_required", "Send If-Match with the ETag of the document as you read it")
	}
	err := p.check(tag)
	if errors.Is(err, errNotModified) {
		return refuse(http.StatusPreconditionFailed, "precondition_failed", "The document's entity tag matches If-None-Match")
	}
	return err
}

// backoff waits before a further attempt: the more attempts have failed the longer,
// and for a random time, so that not all come back at once.
func backoff(ctx context.Context, round int) error {
	longest := time.Millisecond << min(round, 6)
	timer := time.NewTimer(rand.N(longest)) //nolint:gosec // how long is no secret
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (r *resource) update(c echo.Context) error {
	s, docs := r.open(c)
	body, err := readBody(c)
	if err != nil {
		return err
	}
	updated, set, done, err := r.updateBlind(c, s, docs, body)
	if err == nil && !done {
		updated, set, err = r.updateRead(c, s, docs, body)
	}
	if err != nil {
		return err
	}
	if err := r.afterUpdate(c.Request().Context(), s, updated.Lookup("_id").ObjectID(), set); err != nil {
		return err
	}
	return stored(r.respond(c, http.StatusOK, updated))
}

// updateRead changes the document that the path names after reading it, and returns
// the names of the members that are set.
func (r *resource) updateRead(c echo.Context, s *session, docs raw.Documents, body []byte) (updated bson.Raw, set []string, err error) {
	ctx := c.Request().Context()
	hasher := newMemoHasher(r.Passwords.For(s.tenant.ID))
	err = r.retry(c, docs, func(doc bson.Raw) error {
		user := r.account(doc)
		current, docErr := r.c.Render(doc)
		changes, err := readSecrets(func(h store.Hasher) (raw.Changes, error) {
			return r.c.Codec.Patch(ctx, raw.Input{Body: body, Current: current, Hasher: h, Approve: func(members []string) error {
				set = members
				return r.allowChange(s, user, members)
			}})
		}, hasher, func(changes raw.Changes, found *secrets) error {
			return r.checkChanged(ctx, docs, doc, &changes, found, hasher)
		})
		if err != nil {
			return err
		}
		if docErr != nil {
			changes = docs.Over(doc, changes)
		}
		updated, err = r.write(ctx, s.tenant, docs, doc, user, changes)
		return err
	})
	return updated, set, err
}

// stored says of a document that does not fit that it was changed nevertheless: it
// can be repaired member by member.
func stored(err error) error {
	var docErr *store.DocumentError
	if !errors.As(err, &docErr) {
		return err
	}
	return documentProblem(docErr, "The change was stored, but the document still does not fit the schema")
}

// write applies changes to doc, which must be as it was read; user is the account
// in it.
func (r *resource) write(
	ctx context.Context, t *tenant.Entry, docs raw.Documents, doc bson.Raw, user *auth.User, changes raw.Changes,
) (updated bson.Raw, err error) {
	id := doc.Lookup("_id").ObjectID()
	write := func() error {
		updated, err = docs.Update(ctx, id, changes, store.IfRev(store.RevOf(doc)))
		return err
	}
	if !r.takesFull(user, &changes) {
		err = write()
		return updated, err
	}
	err = r.keepSuper(ctx, t, user, write, func(ctx context.Context) error {
		_, err := docs.Update(ctx, id, changes.Undo(doc), store.IfRev(store.RevOf(updated)))
		return err
	})
	return updated, err
}

func (r *resource) remove(c echo.Context) error {
	s, docs := r.open(c)
	id, done, err := r.deleteBlind(c, s, docs)
	if err == nil && !done {
		id, err = r.deleteRead(c, s, docs)
	}
	if err != nil {
		return err
	}
	if err := r.afterDelete(c.Request().Context(), s, id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// deleteRead deletes the document that the path names after reading it.
func (r *resource) deleteRead(c echo.Context, s *session, docs raw.Documents) (id bson.ObjectID, err error) {
	ctx := c.Request().Context()
	err = r.retry(c, docs, func(doc bson.Raw) error {
		user := r.account(doc)
		if err := r.allowRemoval(s, user); err != nil {
			return err
		}
		id = doc.Lookup("_id").ObjectID()
		write := func() error { return docs.Delete(ctx, id, store.IfRev(store.RevOf(doc))) }
		if !r.hasFull(user) {
			return write()
		}
		return r.keepSuper(ctx, s.tenant, user, write, func(ctx context.Context) error { return docs.Insert(ctx, doc) })
	})
	return id, err
}
