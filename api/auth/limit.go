package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/partywall/partywall/api/internal/cache"
)

// Rate is the number of failures allowed at once, and the time after which one more
// is allowed. The zero Rate is no limit.
type Rate struct {
	Burst    int
	Interval time.Duration
}

// maxBurst limits a Rate: more is no limit in practice.
const maxBurst = 1_000_000

// UnmarshalText parses 10/30s, or off.
func (r *Rate) UnmarshalText(text []byte) error {
	*r = Rate{}
	if string(text) == "off" {
		return nil
	}
	burst, every, ok := strings.Cut(string(text), "/")
	if !ok {
		return errors.New("it has no slash")
	}
	n, err := strconv.Atoi(burst)
	if err != nil || n < 1 || n > maxBurst {
		return fmt.Errorf("what is before the slash is not a whole number from 1 to %d", maxBurst)
	}
	d, err := time.ParseDuration(every)
	if err != nil || d <= 0 {
		return errors.New("what is after the slash is not a duration above 0")
	}
	*r = Rate{Burst: n, Interval: d}
	return nil
}

// TooManyError is returned for an attempt that is refused unchecked, because too
// many have failed before it.
type TooManyError struct {
	// Of is what the failures have in common: "account" or "address".
	Of string
	// RetryAfter is when the next attempt is allowed.
	RetryAfter time.Duration
}

func (e *TooManyError) Error() string { return "too many failed attempts of this " + e.Of }

// limits limit how often passwords are guessed: for an account, and from a client's
// address. Only failures count. Each process has its own.
type limits struct {
	accounts, addresses *limit
	// knownClients are the networks from which accounts were logged in to before.
	// There an account has a separate allowance, which neither strangers' failures
	// nor those of others at that address use up.
	knownClients *cache.Map[[sha256.Size]byte, struct{}]
}

// The number of accounts and addresses kept, at about 200 bytes each.
const limitedAccounts, limitedAddresses, rememberedHomes = 50_000, 50_000, 50_000

func newLimits(perAccount, perAddress Rate) *limits {
	return &limits{
		accounts:     newLimit("account", perAccount, limitedAccounts),
		addresses:    newLimit("address", perAddress, limitedAddresses),
		knownClients: cache.NewMap[[sha256.Size]byte, struct{}](rememberedHomes),
	}
}

// attempt is an attempt that the limits allowed, until it ends.
type attempt struct {
	limits           *limits
	account, address *bucket
	home             [sha256.Size]byte
	// known reports whether the account was logged in to from there before.
	known bool
}

// begin starts an attempt, or returns a *TooManyError: the account is what a client
// calls it, whether or not it exists. If as many attempts are in progress as may
// fail, it waits for one of them to end; the error is ErrBusy if many wait. The
// attempt must be ended.
func (l *limits) begin(ctx context.Context, tenant, email string, client netip.Addr) (a *attempt, err error) {
	from := networkOf(client)
	a = &attempt{limits: l, home: sum(tenant, email, from)}
	if _, a.known = l.knownClients.Get(a.home); a.known {
		a.account, err = l.accounts.begin(ctx, a.home)
		return a, err
	}
	if a.address, err = l.addresses.begin(ctx, sum(from)); err != nil {
		return nil, err
	}
	if a.account, err = l.accounts.begin(ctx, sum(tenant, email)); err != nil {
		a.address.end(false)
	}
	return a, err
}

// end ends the attempt. A failure counts if it cost a hash. A success makes the
// client known; earlier failures still count.
func (a *attempt) end(v comparison) {
	if v.ok {
		a.limits.knownClients.Put(a.home, struct{}{})
	}
	failed := v.spent && !v.ok
	a.account.end(failed)
	a.address.end(failed)
}

// networkOf returns the subscriber's network of an address: for IPv6 its first 64
// bits.
func networkOf(addr netip.Addr) string {
	addr = addr.Unmap()
	if addr.Is6() {
		prefix, _ := addr.WithZone("").Prefix(64)
		return prefix.String()
	}
	return addr.String()
}

// sum returns a key for parts, of fixed length.
func sum(parts ...string) [sha256.Size]byte {
	var text []byte
	for _, part := range parts {
		text = appendPart(text, part)
	}
	return sha256.Sum256(text)
}

// appendPart appends a part so that different lists of parts never look the same.
func appendPart(dst []byte, part string) []byte {
	return append(append(strconv.AppendInt(dst, int64(len(part)), 10), ':'), part...)
}

// limit allows failures at a rate, for each key.
type limit struct {
	of      string
	rate    Rate
	mu      sync.Mutex
	buckets *cache.Map[[sha256.Size]byte, *bucket]
}

func newLimit(of string, r Rate, size int) *limit {
	return &limit{of: of, rate: r, buckets: cache.NewMap[[sha256.Size]byte, *bucket](size)}
}

// begin takes a token out of the key's bucket; it returns nil if there is no limit.
func (l *limit) begin(ctx context.Context, key [sha256.Size]byte) (*bucket, error) {
	if l.rate.Burst == 0 {
		return nil, nil
	}
	b := l.bucket(key)
	for {
		ended, err := b.take(l)
		if ended == nil {
			return b, err
		}
		select {
		case <-ended:
			b.stopWaiting()
		case <-ctx.Done():
			b.stopWaiting()
			return nil, ctx.Err()
		}
	}
}

func (l *limit) bucket(key [sha256.Size]byte) *bucket {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, ok := l.buckets.Get(key)
	if !ok {
		b = &bucket{failures: rate.NewLimiter(rate.Every(l.rate.Interval), l.rate.Burst), ended: make(chan struct{})}
		l.buckets.Put(key, b)
	}
	return b
}

// bucket is the remaining allowance of one key.
type bucket struct {
	mu       sync.Mutex
	failures *rate.Limiter
	// pending attempts are in progress: each may turn out to be a failure.
	pending, waiting int
	// ended is closed when one of them has ended.
	ended chan struct{}
}

const (
	// maxWaiting limits the number of attempts that wait for others of their key.
	maxWaiting = 64
	// epsilon is the rounding error of sums of fractions.
	epsilon = 1e-6
)

// take takes a token, or returns why there is none: it first says to wait for
// ended, since attempts in progress may succeed.
func (b *bucket) take(l *limit) (ended <-chan struct{}, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	missing := 1 - (b.failures.Tokens() - float64(b.pending))
	switch {
	case missing <= epsilon:
		b.pending++
		return nil, nil
	case b.pending == 0:
		return nil, &TooManyError{Of: l.of, RetryAfter: time.Duration(missing * float64(l.rate.Interval)).Round(time.Millisecond)}
	case b.waiting >= maxWaiting:
		return nil, ErrBusy
	}
	b.waiting++
	return b.ended, nil
}

func (b *bucket) stopWaiting() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting--
}

// end returns the token, unless the attempt failed. A nil bucket has no limit.
func (b *bucket) end(failed bool) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pending--
	if failed {
		b.failures.Allow()
	}
	close(b.ended)
	b.ended = make(chan struct{})
}
