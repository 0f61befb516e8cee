package rest

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// A write of a document takes one command if what it depends on can be demanded in that command's filter: the state
// that the request demands, and what the policy does. If it cannot, or if the filter finds nothing, the document is
// read, checked, and written as it was read, so that every refusal has its reason.

// write is a request to change or delete the document that its path names.
type write struct {
	*resource
	docs raw.Documents
	by   *auth.Writer
	id   bson.RawValue
	want preconditions
	// hasher hashes for the tenant. It is made for a document that was read.
	hasher *memoHasher
	tenant bson.ObjectID
}

// newWrite returns the write that the request asks for.
func (r *resource) newWrite(c echo.Context) (*write, error) {
	want, err := preconditionsOf(c.Request().Header)
	if err != nil {
		return nil, err
	}
	id, err := r.id(c)
	if err != nil {
		return nil, err
	}
	s, docs := r.open(c)
	return &write{resource: r, docs: docs, by: r.writer(s, docs), id: id, want: want, tenant: s.tenant.ID}, nil
}

// writer returns the writer of docs for the bearer.
func (r *resource) writer(s *session, docs raw.Documents) *auth.Writer {
	return r.Accounts.Writer(s.actor, s.tenant.Name, r.c, docs)
}

// update changes a document, and sends it as the change left it.
func (r *resource) update(c echo.Context) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	w, err := r.newWrite(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	var updated bson.Raw
	err = w.do(ctx, func(opts []store.WriteOption) (done bool, err error) {
		updated, done, err = w.updateUnread(ctx, body, opts)
		return done, err
	}, func(doc bson.Raw) error {
		updated, err = w.updateRead(ctx, body, doc)
		return err
	})
	if err != nil {
		return err
	}
	return stored(r.respond(c, http.StatusOK, updated))
}

// remove deletes a document.
func (r *resource) remove(c echo.Context) error {
	w, err := r.newWrite(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	err = w.do(ctx, func(opts []store.WriteOption) (done bool, err error) {
		return w.by.DeleteUnread(ctx, w.id, opts...)
	}, func(doc bson.Raw) error {
		return w.by.Delete(ctx, doc)
	})
	if err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// do writes the document: with unread, in one command under the given conditions, or if that leaves it undone with
// read, which is given the document in the state that the request demands. read must depend on the document being as
// it was read: it is called again if another write was faster, for as long as the document is as demanded, which under
// If-Match: * it always is.
func (w *write) do(ctx context.Context, unread func([]store.WriteOption) (done bool, err error), read func(doc bson.Raw) error) error {
	if opts, ok := w.want.options(w.c.UpdatedPath()); ok && w.by.WritesUnread() {
		if done, err := unread(opts); done || err != nil {
			return err
		}
	}
	return w.doRead(ctx, read)
}

// doRead is do without the command that does not read the document.
func (w *write) doRead(ctx context.Context, read func(doc bson.Raw) error) error {
	for round := range raw.MaxAttempts {
		doc, err := w.docs.Get(ctx, w.id)
		if err != nil {
			return err
		}
		if err := w.want.checkWrite(w.entityTag(doc)); err != nil {
			return err
		}
		if err := read(doc); !errors.Is(err, store.ErrStale) {
			return err
		}
		if err := raw.Backoff(ctx, round); err != nil {
			return err
		}
	}
	return errContended
}

// errContended is returned if other writes were faster in every attempt.
var errContended = refuseFor(retryDelay, http.StatusServiceUnavailable, "contended", "Others keep changing the document; try again")

// options returns p as conditions of a write of a document with its updatedAt at the given path; ok is false if the
// document has to be read to check them.
func (p preconditions) options(updatedPath string) (opts []store.WriteOption, ok bool) {
	switch {
	case p.noneMatch.given():
		return nil, false
	case p.match.any:
		return nil, true
	case len(p.match.tags) != 1:
		return nil, false
	}
	tag, err := strconv.Unquote(p.match.tags[0])
	if err != nil { // for example, a weak tag
		return nil, false
	}
	rev, ok := store.ParseRev(tag, updatedPath)
	return []store.WriteOption{store.IfRev(rev)}, ok
}

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

// updateUnread makes the changes that body asks for, if they can be made without reading the document. Bodies with
// secrets are left to updateRead, and so are those that are wrong, since the reason may depend on the document.
func (w *write) updateUnread(ctx context.Context, body []byte, opts []store.WriteOption) (updated bson.Raw, done bool, err error) {
	var found secrets
	changes, err := w.c.Codec.Patch(ctx, raw.Input{Body: body, Hasher: &found, Approve: w.by.AllowMembers})
	if err != nil || len(found.plain) > 0 {
		return nil, false, nil //nolint:nilerr // it will be read with the document
	}
	if !w.isRestated(body, &changes) {
		return nil, false, nil
	}
	return w.by.UpdateUnread(ctx, w.id, changes, opts...)
}

// isRestated reports whether a response would show body's members as they are
// written there. A value that is stored in another form may already be stored as
// sent, and has to stay so.
func (w *write) isRestated(body []byte, changes *raw.Changes) bool {
	text, docErr := w.c.Render(changes.Document())
	return docErr == nil && wire.Restates(text, body)
}

// updateRead makes the changes of doc that body asks for.
func (w *write) updateRead(ctx context.Context, body []byte, doc bson.Raw) (bson.Raw, error) {
	if w.hasher == nil {
		w.hasher = newMemoHasher(w.Passwords.For(w.tenant))
	}
	current, err := w.text(w.c, doc)
	docErr, misfit := errors.AsType[*store.DocumentError](err)
	if err != nil && !misfit {
		return nil, err
	}
	changes, err := readSecrets(func(h store.Hasher) (raw.Changes, error) {
		return w.c.Codec.Patch(ctx, raw.Input{Body: body, Current: current, Hasher: h, Approve: func(members []string) error {
			return w.by.AllowUpdate(doc, members)
		}})
	}, w.hasher, func(changes raw.Changes, found *secrets) error {
		return w.checkSecrets(ctx, doc, &changes, found)
	})
	if err != nil {
		return nil, err
	}
	if docErr != nil {
		changes = w.docs.Over(doc, changes)
	}
	return w.by.Update(ctx, doc, changes)
}

// checkSecrets checks the result of changes to doc before their secrets are hashed.
func (w *write) checkSecrets(ctx context.Context, doc bson.Raw, changes *raw.Changes, found *secrets) error {
	if err := w.docs.CheckFreeAfter(ctx, doc, changes); err != nil {
		return err
	}
	value, _ := changes.Lookup("password")
	plain, ok := found.at(value)
	if !ok {
		return nil
	}
	email, touched := changes.Lookup("email")
	if !touched {
		email = doc.Lookup("email")
	}
	hash, _ := doc.Lookup("password").StringValueOK()
	return w.by.CheckPassword(email, plain, func() (bool, error) {
		return w.hasher.Verify(ctx, store.StoredSecret(hash), plain)
	})
}

// stored says of a document that does not fit that it was changed nevertheless: it
// can be repaired member by member.
func stored(err error) error {
	docErr, ok := errors.AsType[*store.DocumentError](err)
	if !ok {
		return err
	}
	return documentProblem(docErr, "The change was stored, but the document still does not fit the schema")
}
