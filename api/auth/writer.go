package auth

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
)

// Writer changes and deletes documents of one collection in one tenant's database for one bearer, as far as the
// policy allows it. Users are documents like any others, except that some members may be changed only by the user or by
// a full role, that a tenant always keeps a user with a full role, and that a change takes effect on sessions at once.
type Writer struct {
	a      *Accounts
	actor  *Actor
	tenant string
	c      *raw.Collection
	docs   raw.Documents
}

// Writer returns the Writer of docs, documents of c, for actor. The log names the tenant as tenant.
func (a *Accounts) Writer(actor *Actor, tenant string, c *raw.Collection, docs raw.Documents) *Writer {
	return &Writer{a: a, actor: actor, tenant: tenant, c: c, docs: docs}
}

// isUsers reports whether the documents are those of accounts.
func (w *Writer) isUsers() bool { return w.c.Name == w.a.users.c.Name }

// AllowMembers returns an error unless the bearer may set these members of a document, be it new or not read.
func (w *Writer) AllowMembers(members []string) error {
	return w.a.policy.AllowMembers(w.actor, w.c, members)
}

// AllowUpdate returns an error unless the bearer may set these members of doc, as it is stored.
func (w *Writer) AllowUpdate(doc bson.Raw, members []string) error {
	err := w.AllowMembers(members)
	if !w.isUsers() {
		return err
	}
	user := w.a.users.DecodeRole(doc)
	return errors.Join(err, w.a.policy.AllowUser(w.actor, user), w.a.policy.AllowUserMembers(w.actor, user, members))
}

// CheckPassword is CheckNewPassword for members called password that are an account's. Elsewhere they are secrets like any
// other.
func (w *Writer) CheckPassword(email bson.RawValue, plain string, isOld func() (bool, error)) error {
	if !w.isUsers() {
		return nil
	}
	address, _ := email.StringValueOK()
	return CheckNewPassword(address, plain, isOld)
}

// UpdateUnread makes changes of the document with the given _id in one command, if it is in the state that opts demand
// and the policy allows it whatever else is stored. If done is false, nothing was written and the document must be read first.
// AllowMembers must have approved of the members.
func (w *Writer) UpdateUnread(ctx context.Context, id bson.RawValue, changes raw.Changes, opts ...store.WriteOption) (updated bson.Raw, done bool, err error) {
	if opts, done = w.unread(&changes, opts); !done {
		return nil, false, nil
	}
	w.sign(&changes)
	updated, done, err = w.docs.UpdateUnread(ctx, id, changes, opts...)
	if err != nil || !done {
		return nil, done, err
	}
	return updated, true, w.afterUpdate(ctx, updated, &changes)
}

// DeleteUnread deletes the document with the given _id in one command, as UpdateUnread updates it.
func (w *Writer) DeleteUnread(ctx context.Context, id bson.RawValue, opts ...store.WriteOption) (done bool, err error) {
	if opts, done = w.unread(nil, opts); !done {
		return false, nil
	}
	if done, err = w.deleteUnread(ctx, id, opts...); err != nil || !done {
		return done, err
	}
	return true, w.endSessions(ctx, id)
}

// WritesUnread reports whether the bearer can write documents that were not read: users only with a full role, since a
// filter cannot demand what the others may change.
func (w *Writer) WritesUnread() bool { return !w.isUsers() || w.a.policy.IsFull(w.actor.Role) }

// unread adds to opts what the policy demands of a document that changes are made of, or that is deleted if they are
// nil. ok is false if a filter cannot demand it.
func (w *Writer) unread(changes *raw.Changes, opts []store.WriteOption) (demands []store.WriteOption, ok bool) {
	switch {
	case !w.WritesUnread():
		return nil, false
	case !w.isUsers():
		return opts, true
	case changes != nil && !w.a.mayTakeFull(changes):
		return opts, true
	}
	return append(opts, w.a.unlessFull()), true
}

// Update makes changes of doc, if it is still as it was read, and returns the document. AllowUpdate must have approved of
// the members. The error is store.ErrStale, ErrLastFull or another of raw.Documents.Update.
func (w *Writer) Update(ctx context.Context, doc bson.Raw, changes raw.Changes) (updated bson.Raw, err error) {
	id := doc.Lookup("_id")
	w.sign(&changes)
	write := func(ctx context.Context) error {
		updated, err = w.docs.Update(ctx, id, changes, w.docs.AsRead(doc))
		return err
	}
	if w.hasFull(doc) && w.a.mayTakeFull(&changes) {
		err = w.keepFull(ctx, userID(doc), write, func(ctx context.Context) error { return w.giveBack(ctx, doc, updated, changes.Undo(doc)) })
	} else {
		err = write(ctx)
	}
	if err != nil {
		return nil, err
	}
	return updated, w.afterUpdate(ctx, updated, &changes)
}

// Delete deletes doc, if it is still as it was read, unless the policy forbids it. The error is ErrForbidden,
// store.ErrStale, ErrLastFull or another of raw.Documents.Delete.
func (w *Writer) Delete(ctx context.Context, doc bson.Raw) error {
	if err := w.AllowUpdate(doc, nil); err != nil {
		return err
	}
	id := doc.Lookup("_id")
	write := func(ctx context.Context) error { return w.delete(ctx, id, store.IfRev(w.c.RevOf(doc))) }
	var err error
	if w.hasFull(doc) {
		err = w.keepFull(ctx, userID(doc), write, func(ctx context.Context) error { return w.undelete(ctx, doc) })
	} else {
		err = write(ctx)
	}
	if err != nil {
		return err
	}
	return w.endSessions(ctx, id)
}

// afterUpdate makes changes of a user take effect at once: on permissions and, if the password changed, by ending
// sessions.
func (w *Writer) afterUpdate(ctx context.Context, updated bson.Raw, changes *raw.Changes) error {
	if !w.isUsers() {
		return nil
	}
	if _, touched := changes.Lookup("password"); touched {
		return w.a.PasswordChanged(ctx, w.actor.Tenant, updated, bson.NilObjectID)
	}
	w.a.Evict(w.actor.Tenant, userID(updated))
	return nil
}

// endSessions ends the sessions of a user that was deleted or restored.
func (w *Writer) endSessions(ctx context.Context, id bson.RawValue) error {
	if !w.isUsers() {
		return nil
	}
	user, _ := id.ObjectIDOK()
	return w.a.LogoutAll(ctx, w.actor.Tenant, user, bson.NilObjectID)
}

// userID returns the _id of a stored user, which the schema cannot declare to be anything but
// an ObjectID.
func userID(doc bson.Raw) bson.ObjectID {
	id, _ := doc.Lookup("_id").ObjectIDOK()
	return id
}
