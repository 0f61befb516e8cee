package auth

import (
	"context"
	"errors"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
)

// ErrCredentials refuses a login, whatever is wrong with it.
var ErrCredentials = errors.New("the email address or the password is wrong")

// Login opens a session of the user of t with that address and password. The
// error is ErrCredentials, ErrForbidden for a barred role, or a database's. A
// zero t, for a tenant that is not there, costs what a wrong password does. admit
// may refuse whoever has the right one, and is not asked about others.
func (a *Accounts) Login(
	ctx context.Context, tenant bson.ObjectID, t store.Tenant, email, password string, admit func() error,
) (*Grant, error) {
	user, err := a.findUser(ctx, t, email)
	if err != nil {
		return nil, err
	}
	ok, legacy, err := a.passwords.Verify(ctx, user.password, password)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, ErrCredentials
	}
	if err := admit(); err != nil {
		return nil, err
	}
	if err := a.policy.Admit(&Actor{Role: user.Role}); err != nil {
		return nil, err
	}
	if legacy {
		a.rehash(ctx, t, user, password)
	}
	return a.open(ctx, tenant, user.ID)
}

// findUser is the user with that address, or one without a password: what is
// not there must look as what does not match.
func (a *Accounts) findUser(ctx context.Context, t store.Tenant, email string) (*User, error) {
	user, err := a.users.byEmail(ctx, t, email)
	var misfit *store.DocumentError
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrNoTenant) || errors.As(err, &misfit) {
		return &User{}, nil
	}
	return user, err
}

// rehash replaces a hash of an older deployment. Should the user have changed
// meanwhile, the next login will do it.
func (a *Accounts) rehash(ctx context.Context, t store.Tenant, user *User, password string) {
	secret, err := a.passwords.Hash(ctx, password)
	if err == nil {
		err = a.users.setPassword(ctx, t, user, secret)
	}
	if err != nil && !errors.Is(err, store.ErrStale) {
		a.log.WarnContext(ctx, "a password was not hashed anew", "user", user.ID.Hex(), "error", err)
	}
}

// CheckPassword reads the actor's own user, if current is the password. The
// error is ErrCredentials, or a database's.
func (a *Accounts) CheckPassword(ctx context.Context, t store.Tenant, actor *Actor, current string) (*User, error) {
	user, err := a.users.get(ctx, t, actor.User)
	if err != nil {
		return nil, err
	}
	ok, _, err := a.passwords.Verify(ctx, user.password, current)
	if err == nil && !ok {
		err = ErrCredentials
	}
	return user, err
}
