package rest

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/wire"
)

// Users are a collection like any other, except for two rules: some members may be
// changed only by the user or by a full role, and a tenant always keeps a user with
// full access.

var errLastSuper = refuse(http.StatusConflict, "last_super", "This is the tenant's last user with full access; give it to another user first")

// isUsers reports whether the collection is that of accounts, which have rules of
// their own.
func (r *resource) isUsers() bool { return r.c.Name == r.Users.Collection().Name }

// account returns the user stored in doc, whose role the rules of accounts depend
// on; nil in every other collection.
func (r *resource) account(doc bson.Raw) *auth.User {
	if !r.isUsers() {
		return nil
	}
	return r.Users.DecodeRole(doc)
}

// allowChange returns an error unless the bearer may set these members of a
// document, be it an account or not.
func (r *resource) allowChange(s *session, user *auth.User, members []string) error {
	err := r.Policy.AllowMembers(s.actor, r.c, members)
	if user == nil {
		return err
	}
	return errors.Join(err, r.Policy.AllowUser(s.actor, user), r.Policy.AllowUserMembers(s.actor, user, members))
}

// allowRemoval returns an error unless the bearer may remove the account.
func (r *resource) allowRemoval(s *session, user *auth.User) error {
	if user == nil {
		return nil
	}
	return r.Policy.AllowUser(s.actor, user)
}

// afterUpdate makes a change of a user take effect at once: on permissions and, if
// the password changed, by ending sessions.
func (r *resource) afterUpdate(ctx context.Context, s *session, user bson.ObjectID, set []string) error {
	if !r.isUsers() {
		return nil
	}
	r.Accounts.Evict(s.tenant.ID, user)
	if slices.Contains(set, "password") {
		return r.Accounts.LogoutAll(ctx, s.tenant.ID, user, bson.NilObjectID)
	}
	return nil
}

// afterDelete ends the sessions of a deleted user.
func (r *resource) afterDelete(ctx context.Context, s *session, user bson.ObjectID) error {
	if !r.isUsers() {
		return nil
	}
	return r.Accounts.LogoutAll(ctx, s.tenant.ID, user, bson.NilObjectID)
}

// keepSuper performs a write that takes a full role from user, unless no other user
// of the tenant has one. It checks before the write and after it: of two requests
// that take the last two full roles at once, each still finds the other before, but
// not after, and undoes its own write.
func (r *resource) keepSuper(ctx context.Context, t *tenant.Entry, user *auth.User, write func() error, undo func(context.Context) error) error {
	if err := r.checkOtherSuper(ctx, t, user.ID); err != nil {
		return err
	}
	if err := write(); err != nil {
		return err
	}
	err := r.checkOtherSuper(ctx, t, user.ID)
	if errors.Is(err, errLastSuper) {
		ctx := context.WithoutCancel(ctx)
		if failed := undo(ctx); failed != nil {
			r.Log.ErrorContext(ctx, "the tenant's last full role was taken, and could not be given back",
				"tenant", t.Name, "user", user.ID.Hex(), "error", failed)
		}
	}
	return err
}

// checkOtherSuper returns errLastSuper unless another user has a full role and fits
// the schema: one that does not fit cannot log in.
func (r *resource) checkOtherSuper(ctx context.Context, t *tenant.Entry, user bson.ObjectID) error {
	for _, role := range r.Policy.FullRoles() {
		err := r.Users.In(t.Handle()).Stream(ctx, raw.Selection{
			Where: []meta.Condition{{Path: auth.RolePath, Op: meta.Eq, Value: wire.StringValue(role)}},
		}, func(doc bson.Raw) error {
			if other, err := r.Users.Decode(doc); err == nil && other.ID != user {
				return errOtherSuper
			}
			return nil
		})
		if errors.Is(err, errOtherSuper) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return errLastSuper
}

// errOtherSuper ends the search for another user with a full role.
var errOtherSuper = errors.New("there is another user with a full role")

// takesFull reports whether changes take a full role from user.
func (r *resource) takesFull(user *auth.User, changes *raw.Changes) bool {
	return r.hasFull(user) && r.mayTakeFull(changes)
}

// mayTakeFull reports whether changes take a full role from any user that has one.
func (r *resource) mayTakeFull(changes *raw.Changes) bool {
	value, touched := changes.Lookup(auth.RolePath)
	role, _ := value.StringValueOK()
	return touched && !r.Policy.IsFull(role)
}

func (r *resource) hasFull(user *auth.User) bool { return user != nil && r.Policy.IsFull(user.Role) }

// unlessFull is the condition that the stored user has no full role, in whatever
// form it is stored.
func (r *resource) unlessFull() store.WriteOption {
	var roles []bson.RawValue
	for _, role := range r.Policy.FullRoles() {
		roles = append(roles, wire.StringValue(role))
	}
	if r.hasFull(r.Users.DecodeRole(nil)) { // those who have none
		roles = append(roles, bson.RawValue{Type: bson.TypeNull})
	}
	return raw.Unless(meta.NewOneOf(auth.RolePath, roles...), meta.NewOneOf("role", roles...))
}
