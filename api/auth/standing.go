package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
)

// account is a user of a tenant.
type account struct{ tenant, user bson.ObjectID }

// standing is a user's role, permissions and session.
type standing struct {
	role        string
	permissions []string
	sessions    []bson.ObjectID
	// asked is when its look-up began.
	asked time.Time
}

// Actor returns the current bearer of a verified token in t. The error is ErrToken
// if the user or the session is gone, else a database's.
func (a *Accounts) Actor(ctx context.Context, t store.Tenant, who *Identity) (*Actor, error) {
	if who.User.IsZero() {
		return &Actor{Tenant: who.Tenant, Role: who.Role, Permissions: who.Permissions}, nil
	}
	s, err := a.standings.Get(ctx, account{who.Tenant, who.User}, t)
	if err == nil && s.mayLack(who) {
		a.Evict(who.Tenant, who.User)
		s, err = a.standings.Get(ctx, account{who.Tenant, who.User}, t)
	}
	if err != nil {
		return nil, err
	}
	if !slices.Contains(s.sessions, who.Session) {
		return nil, fmt.Errorf("%w: its session has ended", ErrToken)
	}
	return &Actor{Tenant: who.Tenant, User: who.User, Session: who.Session, Role: s.role, Permissions: s.permissions}, nil
}

// mayLack reports whether s may be older than who's session, opened by another
// server. A session whose token was issued well before s was looked up would be in
// it.
func (s *standing) mayLack(who *Identity) bool {
	return !slices.Contains(s.sessions, who.Session) && !s.asked.After(who.Issued.Add(leeway))
}

// Evict makes the next request of a user read the database.
func (a *Accounts) Evict(tenant, user bson.ObjectID) { a.standings.Evict(account{tenant, user}) }

func (a *Accounts) load(ctx context.Context, key account, t store.Tenant) (*standing, error) {
	s := &standing{asked: a.tokens.now()}
	user, err := a.users.get(ctx, t, key.user)
	var docErr *store.DocumentError
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, fmt.Errorf("%w: its user is gone", ErrToken)
	case errors.As(err, &docErr):
		a.log.ErrorContext(ctx, "a user's document does not fit the schema", "error", err)
		return nil, fmt.Errorf("%w: its user's document does not fit the schema", ErrToken)
	case err != nil:
		return nil, err
	}
	s.role, s.permissions = user.Role, user.Permissions
	now, err := a.clock(ctx)
	if err != nil {
		return nil, err
	}
	all, err := a.all(ctx, key.tenant, key.user)
	credential := credentialOf(user.password)
	for _, session := range unexpired(all, now) {
		if isBoundTo(session, credential) {
			s.sessions = append(s.sessions, session.ID)
		}
	}
	return s, err
}
