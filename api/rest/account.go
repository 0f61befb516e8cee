package rest

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/wire"
)

// Users are a collection like any other, but for two rules: some of their
// members are theirs, or a full role's, to change, and a tenant always keeps a
// user who may do everything.

var errLastSuper = refuse(http.StatusConflict, "last_super", "This is the tenant's last user who may do everything; make another one first")

func (r *resource) updateUser(c echo.Context, s *session, docs store.Documents, doc bson.Raw, body []byte) error {
	user, err := r.Users.Decode(doc)
	if err != nil {
		return err
	}
	var set []string
	changes, err := r.changes(c, s, body, func(members []string) error {
		set = members
		return errors.Join(r.Policy.AllowUser(s.actor, user), r.Policy.AllowUserMembers(s.actor, user, members))
	})
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	var updated bson.Raw
	write := func() (err error) {
		updated, err = docs.Update(ctx, user.ID, changes, store.IfRev(user.Rev))
		return err
	}
	if r.Policy.IsFull(user.Role) && !r.Policy.IsFull(roleAfter(user, &changes)) {
		err = r.keepSuper(ctx, s.tenant, user, write, func(ctx context.Context) error {
			_, err := docs.Update(ctx, user.ID, restoreRole(user), store.IfRev(store.RevOf(updated)))
			return err
		})
	} else {
		err = write()
	}
	if err != nil {
		return err
	}
	if err := r.settle(ctx, s, user.ID, set); err != nil {
		return err
	}
	return r.answer(c, http.StatusOK, updated)
}

// settle makes a change of a user felt: at once in what they may, and, where
// the password changed, by ending their sessions.
func (r *resource) settle(ctx context.Context, s *session, user bson.ObjectID, set []string) error {
	r.Accounts.Forget(s.tenant.ID, user)
	if slices.Contains(set, "password") {
		return r.Accounts.LogoutAll(ctx, s.tenant.ID, user, bson.NilObjectID)
	}
	return nil
}

func (r *resource) removeUser(c echo.Context, s *session, docs store.Documents, doc bson.Raw) error {
	user, err := r.Users.Decode(doc)
	if err != nil {
		return err
	}
	if err := r.Policy.AllowUser(s.actor, user); err != nil {
		return err
	}
	ctx := c.Request().Context()
	write := func() error { return docs.Delete(ctx, user.ID, store.IfRev(user.Rev)) }
	if r.Policy.IsFull(user.Role) {
		err = r.keepSuper(ctx, s.tenant, user, write, func(ctx context.Context) error { return docs.Insert(ctx, doc) })
	} else {
		err = write()
	}
	if err != nil {
		return err
	}
	if err := r.Accounts.LogoutAll(ctx, s.tenant.ID, user.ID, bson.NilObjectID); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// keepSuper does a write that takes a full role from user, unless no other user
// of the tenant has one. It looks before the write and after it: of two requests
// that take the last two full roles at once, each finds the other's still there
// before, but not after, and undoes its own.
func (r *resource) keepSuper(ctx context.Context, t *tenant.Tenant, user *auth.User, write func() error, undo func(context.Context) error) error {
	if err := r.checkOtherSuper(ctx, t, user.ID); err != nil {
		return err
	}
	if err := write(); err != nil {
		return err
	}
	err := r.checkOtherSuper(ctx, t, user.ID)
	if errors.Is(err, errLastSuper) {
		err = errors.Join(err, undo(context.WithoutCancel(ctx)))
	}
	return err
}

// checkOtherSuper is errLastSuper if no other user than this has a full role.
func (r *resource) checkOtherSuper(ctx context.Context, t *tenant.Tenant, user bson.ObjectID) error {
	for _, role := range r.Policy.FullRoles() {
		found := false
		_, err := r.Users.In(t.Handle()).Scan(ctx, store.Selection{
			Where: []store.Condition{{Path: rolePath, Op: store.Eq, Value: wire.StringValue(role)}}, Limit: 2,
		}, func(doc bson.Raw) error {
			// One that does not fit cannot log in.
			other, err := r.Users.Decode(doc)
			found = found || err == nil && other.ID != user
			return nil
		})
		if err != nil || found {
			return err
		}
	}
	return errLastSuper
}

// rolePath is where a user's role is stored.
const rolePath = "role.name"

// restoreRole are the changes that give a user the role back.
func restoreRole(user *auth.User) store.Changes {
	var changes store.Changes
	store.ApplyObject(&changes, "role", store.Set(user.Role), func(role string, c *store.Changes, prefix string) {
		store.Apply(c, prefix+"name", store.Set(role), wire.AppendString)
	})
	return changes
}

// roleAfter is the user's role once changes are made.
func roleAfter(user *auth.User, changes *store.Changes) string {
	value, touched := changes.Lookup(rolePath)
	if !touched {
		return user.Role
	}
	role, _ := value.StringValueOK()
	return role
}
