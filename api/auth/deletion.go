package auth

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
)

// AllowDeleted returns an error if a may not see what is deleted, restore it or purge it.
func (p *Policy) AllowDeleted(a *Actor) error {
	if err := p.Admit(a); err != nil {
		return err
	}
	if !p.IsFull(a.Role) {
		return fmt.Errorf("%w: what is deleted is for roles such as %v only", ErrForbidden, p.full)
	}
	return nil
}

// Restore takes back the deletion of the document with the given _id, and returns the document. A
// user has to log in again. The error is ErrForbidden or one of raw.Documents.Restore.
func (w *Writer) Restore(ctx context.Context, id bson.RawValue) (bson.Raw, error) {
	if err := w.a.policy.AllowDeleted(w.actor); err != nil {
		return nil, err
	}
	doc, err := w.docs.Restore(ctx, id, w.signed())
	if err != nil {
		return nil, err
	}
	return doc, w.endSessions(ctx, doc.Lookup("_id"))
}

// Purge removes the deleted document with the given _id for good. The error is ErrForbidden or one
// of raw.Documents.Purge.
func (w *Writer) Purge(ctx context.Context, id bson.RawValue) error {
	if err := w.a.policy.AllowDeleted(w.actor); err != nil {
		return err
	}
	return w.docs.Purge(ctx, id)
}

// delete deletes the document with the given _id. The bearer is in the mark, if it leaves one.
func (w *Writer) delete(ctx context.Context, id bson.RawValue, opts ...store.WriteOption) error {
	if w.c.SoftDelete {
		return w.docs.MarkDeleted(ctx, id, w.signed(), opts...)
	}
	return w.docs.Delete(ctx, id, opts...)
}

// deleteUnread does the same in one command.
func (w *Writer) deleteUnread(ctx context.Context, id bson.RawValue, opts ...store.WriteOption) (done bool, err error) {
	if w.c.SoftDelete {
		return w.docs.MarkDeletedUnread(ctx, id, w.signed(), opts...)
	}
	return w.docs.DeleteUnread(ctx, id, opts...)
}

// undelete has a user again that was deleted, if it was.
func (w *Writer) undelete(ctx context.Context, doc bson.Raw) error {
	if !w.c.SoftDelete {
		return w.restore(ctx, doc)
	}
	_, err := w.docs.Restore(ctx, doc.Lookup("_id"), raw.Changes{})
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// signed returns changes that say who makes them.
func (w *Writer) signed() raw.Changes {
	var changes raw.Changes
	w.sign(&changes)
	return changes
}
