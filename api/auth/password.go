package auth

import (
	"context"
	"crypto/subtle"
	"runtime"
	"sync/atomic"

	"github.com/alexedwards/argon2id"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/store"
)

// Passwords hashes and verifies passwords. It implements store.Hasher. As many
// hashes as there are processors run at once, since each takes 19 MiB; the others
// wait in a fair queue.
type Passwords struct {
	queue *queue
	done  struct{ argon, bcrypt atomic.Int64 }
}

// roomPerSlot is how many hashes may wait for each one that runs: as many as are
// computed in a second or two.
const roomPerSlot = 32

// NewPasswords returns a Passwords for this machine's processors.
func NewPasswords() *Passwords {
	slots := runtime.GOMAXPROCS(0)
	return &Passwords{queue: newQueue(slots, slots*roomPerSlot)}
}

// Hash hashes a password with argon2id, on behalf of a program.
func (p *Passwords) Hash(ctx context.Context, plain string) (store.Secret, error) {
	return p.hash(ctx, queuePath{forWrites, ""}, plain)
}

// Purposes of hashes, which take turns in the queue.
const (
	forWrites = "writes"
	forLogins = "logins"
)

// For returns the Hasher for writes by the users of a tenant.
func (p *Passwords) For(tenant bson.ObjectID) Hasher {
	return Hasher{passwords: p, at: queuePath{forWrites, tenant.Hex()}}
}

// Hasher hashes and verifies passwords for one tenant, which takes turns with the
// others.
type Hasher struct {
	passwords *Passwords
	at        queuePath
}

// Hash hashes a password with argon2id. The error is ErrBusy, or why ctx ended.
func (h Hasher) Hash(ctx context.Context, plain string) (store.Secret, error) {
	return h.passwords.hash(ctx, h.at, plain)
}

// Verify compares a password with a stored hash, for callers who may know that
// there is one: its time depends on the kind of hash.
func (h Hasher) Verify(ctx context.Context, stored store.Secret, plain string) (ok bool, err error) {
	v, err := h.passwords.verify(ctx, h.at, stored, plain, nil)
	return v.ok, err
}

func (p *Passwords) hash(ctx context.Context, at queuePath, plain string) (store.Secret, error) {
	if err := p.queue.enter(ctx, at); err != nil {
		return store.Secret{}, err
	}
	defer p.queue.leave()
	p.count(current)
	hash, err := argon2id.CreateHash(normal(plain), argon)
	return store.StoredSecret(hash), err
}

// comparison is the result of comparing a password.
type comparison struct {
	ok bool
	// stale reports whether the password should be rehashed: by another scheme, or
	// in another form.
	stale bool
	// spent reports whether the result cost a hash.
	spent bool
}

// verify compares a password with a stored hash of any scheme, or with a decoy if
// there is none. A mismatch is then compared with decoys of others, so that it
// costs the same whatever is stored: others is given the scheme of the hash, and
// returns those of all hashes that it must be indistinguishable from. Without
// others, a mismatch costs just the one.
func (p *Passwords) verify(
	ctx context.Context, at queuePath, stored store.Secret, plain string, others func(context.Context, scheme) ([]scheme, error),
) (v comparison, err error) {
	hash, forms := stored.Stored(), formsOf(plain)
	s, known := schemeOf(hash)
	if !known {
		s, hash = current, current.decoy()
	}
	match, err := p.compare(ctx, at, forms, s, hash)
	if err != nil {
		return v, err
	}
	v.spent = true
	if match >= 0 && known {
		v.ok, v.stale = true, s != current || match > 0
		return v, nil
	}
	if others == nil {
		return v, nil
	}
	schemes, err := others(ctx, s)
	if err != nil {
		return v, err
	}
	return v, p.spend(ctx, at, forms, without(schemes, s))
}

// compare returns which of forms the hash is of, -1 for none.
func (p *Passwords) compare(ctx context.Context, at queuePath, forms []string, s scheme, hash string) (int, error) {
	if err := p.queue.enter(ctx, at); err != nil {
		return -1, err
	}
	defer p.queue.leave()
	for i, form := range forms {
		p.count(s)
		if s.matches(hash, form) {
			return i, nil
		}
	}
	return -1, nil
}

// spend takes as long as comparing forms with a hash of each of schemes.
func (p *Passwords) spend(ctx context.Context, at queuePath, forms []string, schemes []scheme) error {
	if len(schemes) == 0 {
		return nil
	}
	if err := p.queue.enter(ctx, at); err != nil {
		return err
	}
	defer p.queue.leave()
	for _, s := range schemes {
		for _, form := range forms {
			p.count(s)
			_ = s.matches(s.decoy(), form)
		}
	}
	return nil
}

func without(schemes []scheme, s scheme) []scheme {
	var others []scheme
	for _, other := range schemes {
		if other != s {
			others = append(others, other)
		}
	}
	return others
}

// Load is the current and past load of hashing passwords.
type Load struct {
	// Waiting is the number of hashes waiting for their turn.
	Waiting int
	// Argon2 is the memory processed in KiB, Bcrypt the number of rounds.
	Argon2, Bcrypt int64
}

// Load returns the current load.
func (p *Passwords) Load() Load {
	return Load{Waiting: p.queue.length(), Argon2: p.done.argon.Load(), Bcrypt: p.done.bcrypt.Load()}
}

func (p *Passwords) count(s scheme) {
	if s.cost > 0 {
		p.done.bcrypt.Add(1 << s.cost)
		return
	}
	p.done.argon.Add(int64(s.memory) * int64(s.passes))
}

// normal returns the form in which passwords are hashed: Unicode's NFC, so that the
// keyboard makes no difference. Otherwise passwords are unchanged.
func normal(plain string) string { return check.ComposeText(plain) }

// formsOf returns the forms in which a password may have been hashed: earlier
// versions, and the designs before them, hashed it as typed.
func formsOf(plain string) []string {
	if n := normal(plain); n != plain {
		return []string{n, plain}
	}
	return []string{plain}
}

// equal compares in constant time.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
