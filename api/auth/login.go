package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/netip"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/cache"
	"github.com/partywall/partywall/api/store"
)

// ErrCredentials is returned for a failed login, whatever is wrong.
var ErrCredentials = errors.New("the email address or the password is wrong")

// Attempt is an attempt to log in, and the client it comes from.
type Attempt struct {
	// Tenant is what attempts are counted for: the tenant's name as the client sent it, in lower case.
	Tenant string
	// ID and Handle are the tenant's, zero if no served tenant has that name.
	ID              bson.ObjectID
	Handle          store.Tenant
	Email, Password string
	Client          netip.Addr

	// account is Email in stored form.
	account string
}

// queuePath returns the attempt's place in the queue for hashing: among strangers
// by address, or with known clients.
func (try *Attempt) queuePath(running *attempt) queuePath {
	if running.known {
		return queuePath{forLogins, try.ID.Hex(), "known", string(running.home[:])}
	}
	return queuePath{forLogins, try.ID.Hex(), "strangers", networkOf(try.Client)}
}

// guard has the checks of attempts.
type guard struct {
	limits         *limits
	wrongPasswords *wrongPasswords
	schemes        *schemeCounter
	// unverifiable are the users whose hash was logged as unverifiable.
	unverifiable *cache.Map[account, struct{}]
}

// maxComplaints limits for how many users that is remembered.
const maxComplaints = 1000

func newGuard(cfg *AccountsConfig) *guard {
	return &guard{
		limits: newLimits(cfg.PerAccount, cfg.PerAddress), wrongPasswords: newWrongPasswords(), schemes: newSchemeCounter(cfg.Users),
		unverifiable: cache.NewMap[account, struct{}](maxComplaints),
	}
}

// Login opens a session of the user with that address and password. The error is
// ErrCredentials, a *TooManyError, ErrBusy, ErrForbidden for a barred role, or a
// database's. An unknown tenant costs what a wrong password does. admit may refuse
// a user with the right password, and is not called otherwise.
func (a *Accounts) Login(ctx context.Context, try Attempt, admit func() error) (*Grant, error) {
	try.account = check.FoldEmail(try.Email)
	running, err := a.begin(ctx, &try)
	if err != nil {
		return nil, err
	}
	user, v, err := a.recognize(ctx, &try, try.queuePath(running))
	if running.end(v); err != nil {
		return nil, err
	}
	if err := admit(); err != nil {
		return nil, err
	}
	if err := a.policy.Admit(&Actor{Role: user.Role}); err != nil {
		a.refused(ctx, &try, "barred")
		return nil, err
	}
	password := user.password
	if v.stale {
		password = a.rehash(ctx, &try, user, try.queuePath(running))
	}
	return a.open(ctx, try.ID, user.ID, credentialOf(password))
}

// CheckPassword reads the actor's own user, if try has its password. The address in
// try is ignored. The errors are those of Login.
func (a *Accounts) CheckPassword(ctx context.Context, try Attempt, actor *Actor) (*User, error) {
	user, err := a.users.get(ctx, try.Handle, actor.User)
	if err != nil {
		return nil, err
	}
	try.account = check.FoldEmail(user.Email)
	running, err := a.begin(ctx, &try)
	if err != nil {
		return nil, err
	}
	v, err := a.compare(ctx, &try, user, wrongPassword, a.passwords.For(try.ID).at, nil)
	running.end(v)
	return user, err
}

// begin asks the limits.
func (a *Accounts) begin(ctx context.Context, try *Attempt) (*attempt, error) {
	running, err := a.guard.limits.begin(ctx, try.Tenant, try.account, try.Client)
	if tooMany, ok := errors.AsType[*TooManyError](err); ok {
		a.refused(ctx, try, "limited_"+tooMany.Of)
	}
	return running, err
}

// recognize returns the user with that address and password.
func (a *Accounts) recognize(ctx context.Context, try *Attempt, at queuePath) (*User, comparison, error) {
	user, why, err := a.findUser(ctx, try)
	if err != nil {
		return nil, comparison{}, err
	}
	v, err := a.compare(ctx, try, user, why, at, func(ctx context.Context, seen scheme) ([]scheme, error) {
		if why == unknownTenant {
			return a.guard.schemes.decoys(try.Tenant), nil
		}
		return a.guard.schemes.schemes(ctx, try.ID, try.Handle, seen)
	})
	return user, v, err
}

// compare compares the password with the user's, waiting in the queue, unless it is
// known to be wrong; why is for the log.
func (a *Accounts) compare(
	ctx context.Context, try *Attempt, user *User, why string, at queuePath, others func(context.Context, scheme) ([]scheme, error),
) (comparison, error) {
	made := a.guard.wrongPasswords.of(try.Tenant, try.account, user.password.Stored(), try.Password)
	if a.guard.wrongPasswords.remembers(made) {
		a.refused(ctx, try, "repeated")
		return comparison{}, ErrCredentials
	}
	v, err := a.passwords.verify(ctx, at, user.password, try.Password, others)
	if err == nil && !v.ok {
		a.guard.wrongPasswords.remember(made)
		a.refused(ctx, try, why)
		err = ErrCredentials
	}
	return v, err
}

// Reasons of failure, for the log alone.
const (
	unknownTenant  = "unknown_tenant"
	unknownAccount = "unknown_account"
	wrongPassword  = "wrong_password"
)

// findUser returns the user with that address, or one without a password: a missing
// user must look like a mismatch. why is what a mismatch then means.
func (a *Accounts) findUser(ctx context.Context, try *Attempt) (user *User, why string, err error) {
	user, err = a.users.byEmail(ctx, try.Handle, try.Email)
	var docErr *store.DocumentError
	switch {
	case errors.Is(err, store.ErrNoTenant):
		return &User{}, unknownTenant, a.lookUpNothing(ctx)
	case errors.Is(err, store.ErrNotFound), errors.As(err, &docErr):
		return &User{}, unknownAccount, nil
	case err != nil:
		return nil, "", err
	}
	a.checkHash(ctx, try, user)
	return user, wrongPassword, nil
}

// lookUpNothing sends the database the query of existing tenants, so that unknown
// ones do not answer sooner.
func (a *Accounts) lookUpNothing(ctx context.Context) error {
	_, err := a.sessions.Get(ctx, bson.NilObjectID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// checkHash logs that a user's hash cannot be verified: no password matches it.
func (a *Accounts) checkHash(ctx context.Context, try *Attempt, user *User) {
	key := account{try.ID, user.ID}
	if _, ok := schemeOf(user.password.Stored()); ok || user.password.IsZero() {
		return
	}
	if _, told := a.guard.unverifiable.Get(key); !told {
		a.guard.unverifiable.Put(key, struct{}{})
		a.log.WarnContext(ctx, "a password's hash is malformed, or too expensive to verify; the user needs a new password",
			"tenant", try.Tenant, "user", user.ID.Hex())
	}
}

// maxLoggedName is how much of a tenant's name is logged.
const maxLoggedName = 64

// refused logs a refused attempt. The client's address comes first, so that nothing
// that the client chose precedes it.
func (a *Accounts) refused(ctx context.Context, try *Attempt, reason string) {
	address := sha256.Sum256([]byte(try.account))
	a.log.LogAttrs(ctx, slog.LevelWarn, "login refused",
		slog.String("client", try.Client.String()),
		slog.String("reason", reason),
		slog.String("account", hex.EncodeToString(address[:8])),
		slog.String("tenant", try.Tenant[:min(len(try.Tenant), maxLoggedName)]))
}

// rehash replaces a hash of an older deployment, and returns the user's hash then. If the
// user has changed meanwhile, the next login will do it.
func (a *Accounts) rehash(ctx context.Context, try *Attempt, user *User, at queuePath) store.Secret {
	secret, err := a.passwords.hash(ctx, at, try.Password)
	if err == nil {
		err = a.users.setPassword(ctx, try.Handle, user, secret)
	}
	if err != nil && !errors.Is(err, store.ErrStale) {
		a.log.WarnContext(ctx, "a password could not be rehashed", "user", user.ID.Hex(), "error", err)
	}
	if err != nil {
		return user.password
	}
	return secret
}
