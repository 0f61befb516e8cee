package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/cache"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/sessions"
)

const (
	// SessionTTL is how long a session lasts without being refreshed.
	SessionTTL = 30 * 24 * time.Hour
	// sessionsPerUser is how many sessions a user has at most; a further login
	// ends the oldest.
	sessionsPerUser = 20
	cachedStandings = 20_000
	lookupTimeout   = 10 * time.Second
)

// Grant is what a login or a refresh gives.
type Grant struct {
	Token        string
	ExpiresIn    time.Duration
	RefreshToken string
}

// Accounts logs users in, and knows what they may while they are.
type Accounts struct {
	users     Users
	policy    *Policy
	passwords *Passwords
	tokens    *Tokens
	sessions  sessions.Repository
	standings *cache.Cache[account, store.Tenant, *standing]
	log       *slog.Logger
}

// account is a user of a tenant.
type account struct{ tenant, user bson.ObjectID }

// standing is what a user may, and from where.
type standing struct {
	role        string
	permissions []string
	sessions    []bson.ObjectID
}

// NewAccounts logs users in. It keeps sessions in the admin database, and what it
// knows of a user for ttl at most.
func NewAccounts(admin store.Admin, users Users, policy *Policy, passwords *Passwords, tokens *Tokens, ttl time.Duration, log *slog.Logger) *Accounts {
	a := &Accounts{users: users, policy: policy, passwords: passwords, tokens: tokens, sessions: sessions.In(admin), log: log}
	a.standings = cache.New(cache.Config[account, store.Tenant, *standing]{
		Load: a.load,
		Keep: func(err error) bool { return errors.Is(err, ErrToken) },
		TTL:  ttl, Timeout: lookupTimeout, Size: cachedStandings,
	})
	return a
}

// Close ends background look-ups.
func (a *Accounts) Close() { a.standings.Close() }

// Actor is who bears a verified token in t, as of now. The error is ErrToken if
// the user or the session is gone, else a database's.
func (a *Accounts) Actor(ctx context.Context, t store.Tenant, who *Identity) (*Actor, error) {
	if who.User.IsZero() {
		return &Actor{Tenant: who.Tenant, Role: who.Role, Permissions: who.Permissions}, nil
	}
	s, err := a.standings.Get(ctx, account{who.Tenant, who.User}, t)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(s.sessions, who.Session) {
		return nil, fmt.Errorf("%w: its session has ended", ErrToken)
	}
	return &Actor{Tenant: who.Tenant, User: who.User, Session: who.Session, Role: s.role, Permissions: s.permissions}, nil
}

// Forget makes the next request of a user look at the database.
func (a *Accounts) Forget(tenant, user bson.ObjectID) { a.standings.Evict(account{tenant, user}) }

func (a *Accounts) load(ctx context.Context, key account, t store.Tenant) (*standing, error) {
	user, err := a.users.get(ctx, t, key.user)
	var misfit *store.DocumentError
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, fmt.Errorf("%w: its user is gone", ErrToken)
	case errors.As(err, &misfit):
		a.log.ErrorContext(ctx, "a user's document does not fit the schema", "error", err)
		return nil, fmt.Errorf("%w: its user's document does not fit the schema", ErrToken)
	case err != nil:
		return nil, err
	}
	live, err := a.live(ctx, key.tenant, key.user)
	if err != nil {
		return nil, err
	}
	s := &standing{role: user.Role, permissions: user.Permissions}
	for _, session := range live {
		s.sessions = append(s.sessions, session.ID)
	}
	return s, nil
}

// live are a user's sessions, the oldest first, without expired ones.
func (a *Accounts) live(ctx context.Context, tenant, user bson.ObjectID) ([]*sessions.Session, error) {
	all, err := a.all(ctx, tenant, user)
	return slices.DeleteFunc(all, expired), err
}

func expired(s *sessions.Session) bool { return s.ExpiresAt.Before(time.Now()) }

// all are a user's sessions, the oldest first. Every login ends those that have
// expired, so that one page holds them.
func (a *Accounts) all(ctx context.Context, tenant, user bson.ObjectID) ([]*sessions.Session, error) {
	page, err := a.sessions.Find(ctx, sessions.Query{
		Where: store.And(sessions.Tenant.Eq(tenant), sessions.User.Eq(user)), Limit: store.MaxLimit,
	})
	if err != nil {
		return nil, err
	}
	return page.Documents, nil
}

// open starts a session, and ends those of the user's that have expired, and the
// oldest if there are too many.
func (a *Accounts) open(ctx context.Context, tenant, user bson.ObjectID) (*Grant, error) {
	all, err := a.all(ctx, tenant, user)
	if err != nil {
		return nil, err
	}
	live := slices.DeleteFunc(slices.Clone(all), expired)
	oldest := live[:max(len(live)-sessionsPerUser+1, 0)]
	for _, s := range all {
		if !expired(s) && !slices.Contains(oldest, s) {
			continue
		}
		if err := a.end(ctx, s.ID); err != nil {
			return nil, err
		}
	}
	id := bson.NewObjectID()
	refresh, digest := newRefreshToken(id)
	_, err = a.sessions.Create(ctx, sessions.New{
		ID: id, Tenant: tenant, User: user, Token: digest, ExpiresAt: time.Now().Add(SessionTTL),
	})
	if err != nil {
		return nil, err
	}
	return a.grant(tenant, user, id, refresh)
}

func (a *Accounts) grant(tenant, user, session bson.ObjectID, refresh string) (*Grant, error) {
	a.Forget(tenant, user)
	token, err := a.tokens.Issue(Identity{Tenant: tenant, User: user, Session: session, Expires: time.Now().Add(AccessTTL)})
	if err != nil {
		return nil, err
	}
	return &Grant{Token: token, ExpiresIn: AccessTTL, RefreshToken: refresh}, nil
}

// Refresh trades a refresh token for a new pair of tokens; open finds its
// tenant, once the token is known to be good. A refresh token is good once: one that was traded before ends the
// session, since two hold it. The error is ErrToken, ErrForbidden, what open
// said, or a database's.
func (a *Accounts) Refresh(
	ctx context.Context, refresh string,
	open func(ctx context.Context, tenant bson.ObjectID) (store.Tenant, error),
) (*Grant, error) {
	id, digest, err := parseRefreshToken(refresh)
	if err != nil {
		return nil, err
	}
	session, err := a.sessions.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, ErrToken
	}
	if err != nil {
		return nil, err
	}
	if !equal(session.Token, digest) {
		a.log.WarnContext(ctx, "a refresh token was used again; its session ends", "session", id.Hex())
		return nil, errors.Join(ErrToken, a.Logout(ctx, session.Tenant, session.User, id))
	}
	if session.ExpiresAt.Before(time.Now()) {
		return nil, errors.Join(ErrToken, a.Logout(ctx, session.Tenant, session.User, id))
	}
	t, err := open(ctx, session.Tenant)
	if err != nil {
		return nil, err
	}
	return a.renew(ctx, t, session)
}

// renew gives a session its next refresh token.
func (a *Accounts) renew(ctx context.Context, t store.Tenant, session *sessions.Session) (*Grant, error) {
	a.Forget(session.Tenant, session.User)
	actor, err := a.Actor(ctx, t, &Identity{Tenant: session.Tenant, User: session.User, Session: session.ID})
	if err != nil {
		return nil, err
	}
	if err := a.policy.Admit(actor); err != nil {
		return nil, err
	}
	refresh, digest := newRefreshToken(session.ID)
	_, err = a.sessions.Update(ctx, session.ID, sessions.Patch{
		Token: store.Set(digest), ExpiresAt: store.Set(time.Now().Add(SessionTTL)),
	}, store.IfRev(session.Rev()))
	if errors.Is(err, store.ErrStale) || errors.Is(err, store.ErrNotFound) {
		return nil, errors.Join(ErrToken, a.Logout(ctx, session.Tenant, session.User, session.ID))
	}
	if err != nil {
		return nil, err
	}
	return a.grant(session.Tenant, session.User, session.ID, refresh)
}

// Logout ends a session. Its tokens are refused at once here.
func (a *Accounts) Logout(ctx context.Context, tenant, user, session bson.ObjectID) error {
	defer a.Forget(tenant, user)
	return a.end(ctx, session)
}

func (a *Accounts) end(ctx context.Context, session bson.ObjectID) error {
	if err := a.sessions.Delete(ctx, session); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// LogoutAll ends the sessions of a user but the one to keep, which may be zero.
func (a *Accounts) LogoutAll(ctx context.Context, tenant, user, keep bson.ObjectID) error {
	defer a.Forget(tenant, user)
	all, err := a.all(ctx, tenant, user)
	for _, s := range all {
		if s.ID != keep {
			err = errors.Join(err, a.end(ctx, s.ID))
		}
	}
	return err
}

// A refresh token is the session's id and a random secret, of which the session
// keeps the hash.
func newRefreshToken(session bson.ObjectID) (token, digest string) {
	secret := rand()
	return base64.RawURLEncoding.EncodeToString(append(session[:], secret...)), digestOf(secret)
}

func parseRefreshToken(token string) (session bson.ObjectID, digest string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) <= len(session) || len(raw) > maxToken {
		return session, "", ErrToken
	}
	return bson.ObjectID(raw[:len(session)]), digestOf(string(raw[len(session):])), nil
}

func digestOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
