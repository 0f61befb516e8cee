package auth

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/sessions"
)

// RefreshGrace is how long a used refresh token returns the same successor again,
// if that was not used yet: the response may have been lost, or two windows of one
// browser may have refreshed at once. It is longer than a request with a retry.
const RefreshGrace = 30 * time.Second

// Refresh exchanges a refresh token for a new pair of tokens; open finds its tenant
// once the token has been verified. A refresh token is valid once, and within
// RefreshGrace again. One that is used later, or after its successor, ends the
// session, since two parties have it. The error is ErrToken, ErrForbidden, open's,
// or a database's.
func (a *Accounts) Refresh(
	ctx context.Context, refresh string, open func(ctx context.Context, tenant bson.ObjectID) (store.Tenant, error),
) (*Grant, error) {
	token, ok := a.tokens.keys.readRefreshToken(refresh)
	if !ok {
		return nil, ErrToken
	}
	for {
		session, err := a.session(ctx, token.session)
		if err != nil {
			return nil, err
		}
		grant, err := a.exchange(ctx, token, session, open)
		if !errors.Is(err, store.ErrStale) {
			return grant, err
		} // another request exchanged it: its successor is there
	}
}

// session reads a session. The error is ErrToken if there is none, or a database's.
func (a *Accounts) session(ctx context.Context, id bson.ObjectID) (*sessions.Session, error) {
	session, err := a.sessions.Get(ctx, id)
	var docErr *store.DocumentError
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, ErrToken
	case errors.As(err, &docErr):
		a.log.ErrorContext(ctx, "a session does not fit the schema", "error", err)
		return nil, ErrToken
	}
	return session, err
}

// opener finds the tenant of a session.
type opener = func(ctx context.Context, tenant bson.ObjectID) (store.Tenant, error)

// exchange returns the tokens for token in the state that session is in. The error
// is store.ErrStale if it has changed.
func (a *Accounts) exchange(ctx context.Context, token *refreshToken, session *sessions.Session, open opener) (*Grant, error) {
	now, err := a.clock(ctx)
	if err != nil {
		return nil, err
	}
	switch worth := token.outcome(session, now); worth {
	case outcomeRotate, outcomeRepeat:
		return a.renew(ctx, session, worth == outcomeRotate, open)
	case outcomeReused:
		return nil, a.endReused(ctx, session)
	}
	return nil, ErrToken
}

// renew returns the newest tokens of session, creating them if necessary.
func (a *Accounts) renew(ctx context.Context, session *sessions.Session, rotate bool, open opener) (*Grant, error) {
	err := a.admit(ctx, session, open)
	if err == nil && rotate {
		session, err = a.rotate(ctx, session)
	}
	if err != nil {
		return nil, err
	}
	key := a.tokens.keys.find(session.Key)
	if key == nil {
		return nil, ErrToken
	}
	return a.grant(session, key)
}

// endReused ends a session of which two parties have tokens. The error is ErrToken
// once it has ended, or a database's.
func (a *Accounts) endReused(ctx context.Context, session *sessions.Session) error {
	a.log.WarnContext(ctx, "a refresh token was used again; its session ends",
		"tenant", session.Tenant.Hex(), "user", session.User.Hex(), "session", session.ID.Hex())
	if err := a.Logout(ctx, session.Tenant, session.User, session.ID); err != nil {
		return err
	}
	return ErrToken
}

// admit returns an error if the session's user is gone or barred, or its tenant is
// not served.
func (a *Accounts) admit(ctx context.Context, session *sessions.Session, open opener) error {
	t, err := open(ctx, session.Tenant)
	if err != nil {
		return err
	}
	actor, err := a.Actor(ctx, t, &Identity{
		Tenant: session.Tenant, User: session.User, Session: session.ID, Issued: a.tokens.now(),
	})
	if err != nil {
		return err
	}
	return a.policy.Admit(actor)
}

// rotate makes the next refresh token of session the valid one, made by the newest
// key.
func (a *Accounts) rotate(ctx context.Context, session *sessions.Session) (*sessions.Session, error) {
	now, err := a.clock(ctx)
	if err != nil {
		return nil, err
	}
	next, err := a.sessions.Update(ctx, session.ID, sessions.Patch{
		Key: store.Set(a.tokens.keys.newest().id), Generation: store.Set(session.Generation + 1),
		RotatedAt: store.Set(now), ExpiresAt: store.Set(now.Add(SessionTTL)),
	}, store.IfRev(session.Rev()))
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrToken
	}
	return next, err
}
