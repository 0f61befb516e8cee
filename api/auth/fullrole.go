package auth

import (
	"cmp"
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// ErrLastFull is returned if a write would take the last full role of a tenant.
var ErrLastFull = errors.New("this is the tenant's last user with full access")

// keepFull performs a write that takes a full role from the user with the given _id, unless no other user has one. It checks
// before the write and after it: of two requests that take the last two full roles at once, each still finds the other
// before, but not after, and undoes its own write. Once it writes it goes on if ctx ends, and it undoes a write too if
// nobody can say whether it was made, or whether another user has a full role.
func (w *Writer) keepFull(ctx context.Context, user bson.ObjectID, write, undo func(context.Context) error) error {
	if err := w.checkOtherFull(ctx, user); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupTimeout)
	defer cancel()
	err := write(ctx)
	if err != nil && !errors.Is(err, store.ErrUncertain) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), lookupTimeout)
	defer cancel()
	checked := w.checkOtherFull(ctx, user)
	if checked == nil {
		return err
	}
	if failed := undo(ctx); failed != nil {
		w.a.log.ErrorContext(ctx, "the tenant's last full role was taken, and could not be given back",
			"tenant", w.tenant, "user", user.Hex(), "error", failed)
	}
	return cmp.Or(err, checked)
}

// giveBack gives doc back its role after a change. If nobody has changed the user since, undo gives back the rest as well;
// updated is nil if it is not known whether the change was made.
func (w *Writer) giveBack(ctx context.Context, doc, updated bson.Raw, undo raw.Changes) error {
	id := doc.Lookup("_id")
	if updated != nil {
		_, err := w.docs.Update(ctx, id, undo, store.IfRev(w.c.RevOf(updated)))
		if !errors.Is(err, store.ErrStale) {
			return err
		}
	}
	role := raw.Changes{Unset: []string{roleMember}}
	if v := doc.Lookup(roleMember); !v.IsZero() {
		role = raw.Changes{Set: append(wire.AppendHeader(nil, v.Type, roleMember), v.Value...)}
	}
	_, err := w.docs.Update(ctx, id, role)
	return err
}

// restore stores a user again that was removed, if it was.
func (w *Writer) restore(ctx context.Context, doc bson.Raw) error {
	err := w.docs.Insert(ctx, doc)
	if taken, ok := errors.AsType[*store.DuplicateError](err); ok && taken.Field == "_id" {
		return nil
	}
	return err
}

// roleMember is the member of users that has RolePath.
const roleMember = "role"

// checkOtherFull returns ErrLastFull unless another user has a full role and fits the schema: one that does not fit
// cannot log in.
func (w *Writer) checkOtherFull(ctx context.Context, user bson.ObjectID) error {
	for _, role := range w.a.policy.full {
		err := w.docs.Stream(ctx, raw.Selection{
			Where: []meta.Condition{{Path: RolePath, Op: meta.Eq, Value: wire.StringValue(role)}},
		}, func(doc bson.Raw) error {
			if other, err := w.a.users.Decode(doc); err == nil && other.ID != user {
				return errOtherFull
			}
			return nil
		})
		if errors.Is(err, errOtherFull) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return ErrLastFull
}

// errOtherFull ends the search for another user with a full role.
var errOtherFull = errors.New("there is another user with a full role")

// hasFull reports whether doc is a user with a full role.
func (w *Writer) hasFull(doc bson.Raw) bool {
	return w.isUsers() && w.a.policy.IsFull(w.a.users.DecodeRole(doc).Role)
}

// mayTakeFull reports whether changes take a full role from any user that has one.
func (a *Accounts) mayTakeFull(changes *raw.Changes) bool {
	value, touched := changes.Lookup(RolePath)
	role, _ := value.StringValueOK()
	return touched && !a.policy.IsFull(role)
}

// unlessFull demands that the stored user has no full role, in whatever form it is stored.
func (a *Accounts) unlessFull() store.WriteOption {
	var roles []bson.RawValue
	for _, role := range a.policy.full {
		roles = append(roles, wire.StringValue(role))
	}
	if a.policy.IsFull(a.users.DecodeRole(nil).Role) { // of those who have none
		roles = append(roles, bson.RawValue{Type: bson.TypeNull})
	}
	return raw.Unless(meta.NewOneOf(RolePath, roles...), meta.NewOneOf(roleMember, roles...))
}
