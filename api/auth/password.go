package auth

import (
	"context"
	"crypto/subtle"
	"runtime"
	"sync/atomic"

	"github.com/alexedwards/argon2id"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// Passwords hashes and verifies passwords. It implements store.Hasher. As many
// hashes as there are processors run at once, since each takes 19 MiB; the others
// wait, and take turns.
type Passwords struct {
	queue *queue
	done  struct{ argon, bcrypt atomic.Int64 }
}

// roomPerSlot is how many hashes may wait for each one that runs: as many as are
// made in a second or two.
const roomPerSlot = 32

// NewPasswords makes ready to hash.
func NewPasswords() *Passwords {
	slots := runtime.GOMAXPROCS(0)
	return &Passwords{queue: newQueue(slots, slots*roomPerSlot)}
}

// Hash makes a Secret of a password, with argon2id, in a program's name.
func (p *Passwords) Hash(ctx context.Context, plain string) (store.Secret, error) {
	return p.hash(ctx, queuePath{forWrites, ""}, plain)
}

// What hashes are made for: neither waits for more than the other's turn.
const (
	forWrites = "writes"
	forLogins = "logins"
)

// For returns a Hasher for what the users of a tenant write.
func (p *Passwords) For(tenant bson.ObjectID) Hasher {
	return Hasher{passwords: p, at: queuePath{forWrites, tenant.Hex()}}
}

// Hasher hashes and verifies passwords for one tenant, which waits for no more than
// its turn among the others.
type Hasher struct {
	passwords *Passwords
	at        queuePath
}

// Hash makes a Secret of a password, with argon2id. The error is ErrBusy, or what
// ended ctx.
func (h Hasher) Hash(ctx context.Context, plain string) (store.Secret, error) {
	return h.passwords.hash(ctx, h.at, plain)
}

// Verify compares a password with a stored hash, for somebody who may know that
// there is one: its time tells of what kind it is.
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

// comparison is what came of a comparison.
type comparison struct {
	ok bool
	// stale reports whether the hash should be made anew: by another scheme, or of
	// the password in another form.
	stale bool
	// spent reports whether it took a hash to find out.
	spent bool
}

// verify compares a password with a stored hash, by whichever scheme, or with a
// decoy where there is none. What does not match is then compared with decoys of
// others, so that a mismatch costs the same whatever was stored: others knows the
// schemes of all the hashes that it is not to be told from, and is told the one it
// had. Without others a mismatch ends it.
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

// compare says which of forms the hash is of, -1 for none of them.
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

// spend does what comparing forms with a hash of each of schemes takes.
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

// Load is what hashing passwords has on its hands, and what it has done.
type Load struct {
	// Waiting is how many wait for their turn.
	Waiting int
	// Argon2 is in KiB that were gone through, Bcrypt in rounds.
	Argon2, Bcrypt int64
}

// Load returns as of now.
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

// normal returns the form in which passwords are hashed: Unicode's NFC, so that one
// that is typed on another keyboard is the same. Nothing else is done to them.
func normal(plain string) string { return wire.ComposeText(plain) }

// formsOf returns the forms in which a password may have been hashed: earlier
// versions, and the designs before them, took it as it came.
func formsOf(plain string) []string {
	if n := normal(plain); n != plain {
		return []string{n, plain}
	}
	return []string{plain}
}

// equal compares in constant time.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
