package auth

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
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
	// sessionsPerUser is the maximum number of a user's sessions; a further login
	// ends the oldest.
	sessionsPerUser = 20
	cachedStandings = 20_000
	lookupTimeout   = 10 * time.Second
)

// Grant is the result of a login or a refresh.
type Grant struct {
	Token        string
	ExpiresIn    time.Duration
	RefreshToken string
}

// AccountsConfig configures Accounts.
type AccountsConfig struct {
	// Admin is the database of sessions.
	Admin     store.Admin
	Users     Users
	Policy    *Policy
	Passwords *Passwords
	Tokens    *Tokens
	// Clock returns a time that all servers agree on, since one may end what
	// another began.
	Clock func(context.Context) (time.Time, error)
	// PerAccount and PerAddress limit failed logins.
	PerAccount, PerAddress Rate
	// TTL is how long a user's standing is cached.
	TTL time.Duration
	Log *slog.Logger
}

// Accounts logs users in, and returns what they may do while they are logged in.
type Accounts struct {
	users     Users
	policy    *Policy
	passwords *Passwords
	guard     *guard
	tokens    *Tokens
	sessions  sessions.Repository
	clock     func(context.Context) (time.Time, error)
	standings *cache.Cache[account, store.Tenant, *standing]
	log       *slog.Logger
}

// NewAccounts returns an Accounts. Close must follow.
func NewAccounts(cfg AccountsConfig) *Accounts {
	a := &Accounts{
		users: cfg.Users, policy: cfg.Policy, passwords: cfg.Passwords, guard: newGuard(&cfg), tokens: cfg.Tokens,
		sessions: sessions.In(cfg.Admin), clock: cfg.Clock, log: cfg.Log,
	}
	a.standings = cache.New(cache.Config[account, store.Tenant, *standing]{
		Load: a.load,
		Keep: func(err error) bool { return errors.Is(err, ErrToken) },
		TTL:  cfg.TTL, Timeout: lookupTimeout, Size: cachedStandings,
	})
	return a
}

// Close ends background look-ups.
func (a *Accounts) Close() {
	a.standings.Close()
	a.guard.schemes.close()
}

// credentialOf identifies a stored password, without being of use to anybody who reads it.
func credentialOf(password store.Secret) string {
	sum := sha256.Sum256([]byte(password.Stored()))
	return hex.EncodeToString(sum[:16])
}

// isBoundTo reports whether s was opened with the credential, or is bound to none.
func isBoundTo(s *sessions.Session, credential string) bool {
	bound := s.Credential.Or("")
	return bound == "" || equal(bound, credential)
}

// open starts a session of user, bound to the credential. Then it ends those of the user's sessions that have
// expired, and the oldest if there are too many.
func (a *Accounts) open(ctx context.Context, tenant, user bson.ObjectID, credential string) (*Grant, error) {
	now, err := a.clock(ctx)
	if err != nil {
		return nil, err
	}
	before, err := a.all(ctx, tenant, user)
	if err != nil {
		return nil, err
	}
	key := a.tokens.keys.newest()
	session, err := a.sessions.Create(ctx, sessions.New{
		ID: newSessionID(), Tenant: tenant, User: user,
		Key: store.Some(key.id), Generation: store.Some(int64(1)), RotatedAt: store.Some(now), ExpiresAt: now.Add(SessionTTL),
		Credential: store.Some(credential),
	})
	if err != nil {
		return nil, err
	}
	a.prune(ctx, before, now)
	a.Evict(tenant, user)
	return a.grant(session, key)
}

// grant creates the tokens of a session in its current state.
func (a *Accounts) grant(session *sessions.Session, key *key) (*Grant, error) {
	token, err := a.tokens.Issue(Identity{
		Tenant: session.Tenant, User: session.User, Session: session.ID, Expires: a.tokens.now().Add(AccessTTL),
	})
	if err != nil {
		return nil, err
	}
	return &Grant{Token: token, ExpiresIn: AccessTTL, RefreshToken: refreshTokenText(session, key)}, nil
}

// prune ends a user's expired and excess sessions, beside the one that was just
// opened. Sessions that cannot be ended now are left to the next login.
func (a *Accounts) prune(ctx context.Context, before []*sessions.Session, now time.Time) {
	live := unexpired(before, now)
	oldest := live[:max(len(live)-sessionsPerUser+1, 0)]
	for _, s := range before {
		if !expired(s, now) && !slices.Contains(oldest, s) {
			continue
		}
		if err := a.end(ctx, s.ID); err != nil {
			a.log.WarnContext(ctx, "an expired or excess session could not be ended", "session", s.ID.Hex(), "error", err)
			return
		}
	}
}

func expired(s *sessions.Session, now time.Time) bool { return !now.Before(s.ExpiresAt) }

func unexpired(all []*sessions.Session, now time.Time) []*sessions.Session {
	return slices.DeleteFunc(slices.Clone(all), func(s *sessions.Session) bool { return expired(s, now) })
}

// all returns a user's sessions, including expired ones, the oldest first. It
// leaves out those that do not fit the schema, which are of no use.
func (a *Accounts) all(ctx context.Context, tenant, user bson.ObjectID) ([]*sessions.Session, error) {
	var all []*sessions.Session
	for s, err := range a.sessions.All(ctx, sessions.Query{Where: store.And(sessions.Tenant.Eq(tenant), sessions.User.Eq(user))}) {
		var docErr *store.DocumentError
		switch {
		case errors.As(err, &docErr):
			a.log.ErrorContext(ctx, "a session does not fit the schema", "error", err)
		case err != nil:
			return nil, err
		default:
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(s, other *sessions.Session) int {
		return cmp.Or(s.CreatedAt.Compare(other.CreatedAt), slices.Compare(s.ID[:], other.ID[:]))
	})
	return all, nil
}

// Logout ends a session. This process refuses its tokens at once.
func (a *Accounts) Logout(ctx context.Context, tenant, user, session bson.ObjectID) error {
	defer a.Evict(tenant, user)
	return a.end(ctx, session)
}

func (a *Accounts) end(ctx context.Context, session bson.ObjectID) error {
	err := a.sessions.Delete(ctx, session)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// LogoutAll ends the sessions of a user except the one to keep, which may be zero.
func (a *Accounts) LogoutAll(ctx context.Context, tenant, user, keep bson.ObjectID) error {
	defer a.Evict(tenant, user)
	all, err := a.all(ctx, tenant, user)
	for _, s := range all {
		if s.ID != keep {
			err = errors.Join(err, a.end(ctx, s.ID))
		}
	}
	return err
}

// PasswordChanged ends the sessions of a user whose password was changed, which updated has, except the one to keep,
// which may be zero. It goes on if ctx ends: sessions of another password are refused anyway, and this removes them.
func (a *Accounts) PasswordChanged(ctx context.Context, tenant bson.ObjectID, updated bson.Raw, keep bson.ObjectID) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupTimeout)
	defer cancel()
	user := userID(updated)
	if keep.IsZero() {
		return a.LogoutAll(ctx, tenant, user, keep)
	}
	hash, _ := updated.Lookup("password").StringValueOK()
	_, err := a.sessions.Update(ctx, keep, sessions.Patch{Credential: store.Set(credentialOf(store.StoredSecret(hash)))})
	if errors.Is(err, store.ErrNotFound) { // it ended meanwhile
		err = nil
	}
	return errors.Join(err, a.LogoutAll(ctx, tenant, user, keep))
}
