package rest

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/users"
)

// Users are a collection like any other, but for two rules: some of their
// members are theirs, or a full role's, to change, and a tenant always keeps a
// user who may do everything.

var errLastSuper = refuse(http.StatusConflict, "last_super", "This is the tenant's last user who may do everything; make another one first")

func (r *resource) updateUser(c echo.Context, s *session, docs store.Documents, doc bson.Raw, body []byte) error {
	user, err := decodeUser(doc)
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
		updated, err = docs.Update(ctx, user.ID, changes, store.IfRev(user.Rev()))
		return err
	}
	if r.Policy.IsFull(string(user.Role.Name)) && !r.Policy.IsFull(roleAfter(user, &changes)) {
		err = r.keepSuper(ctx, s.tenant, user, write, func(ctx context.Context) error {
			back := users.Patch{Role: store.Set(users.RolePatch{Name: store.Set(user.Role.Name)})}
			_, err := users.In(s.tenant.Handle()).Update(ctx, user.ID, back, store.IfRev(store.RevOf(updated)))
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
	user, err := decodeUser(doc)
	if err != nil {
		return err
	}
	if err := r.Policy.AllowUser(s.actor, user); err != nil {
		return err
	}
	ctx := c.Request().Context()
	write := func() error { return docs.Delete(ctx, user.ID, store.IfRev(user.Rev())) }
	if r.Policy.IsFull(string(user.Role.Name)) {
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
func (r *resource) keepSuper(ctx context.Context, t *tenant.Tenant, user *users.User, write func() error, undo func(context.Context) error) error {
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
		page, err := users.In(t.Handle()).Find(ctx, users.Query{Where: users.RoleName.Eq(users.RoleNameEnum(role)), Limit: 2})
		if err != nil {
			return err
		}
		if slices.ContainsFunc(page.Documents, func(other *users.User) bool { return other.ID != user }) {
			return nil
		}
	}
	return errLastSuper
}

// roleAfter is the user's role once changes are made.
func roleAfter(user *users.User, changes *store.Changes) string {
	value, touched := changes.Lookup("role.name")
	if !touched {
		return string(user.Role.Name)
	}
	role, _ := value.StringValueOK()
	return role
}

func decodeUser(doc bson.Raw) (*users.User, error) {
	user := new(users.User)
	if err := user.UnmarshalBSON(doc); err != nil {
		return nil, store.NewDocumentError(users.Collection().Name, doc, err)
	}
	return user, nil
}
