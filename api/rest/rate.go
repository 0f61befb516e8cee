package rest

import (
	"math"
	"net/http"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/time/rate"

	"github.com/partywall/partywall/api/internal/cache"
	"github.com/partywall/partywall/api/tenant"
)

// rates limit how many requests a tenant may send, where its entry says so.
type rates struct {
	mu   sync.Mutex // so that a tenant has one limiter, however many of its requests come at once
	byID *cache.Map[bson.ObjectID, *rate.Limiter]
	now  func() time.Time
}

// limitedTenants bounds how many tenants are counted. One that is dropped for others may send its burst anew.
const limitedTenants = 20_000

func newRates() *rates {
	return &rates{byID: cache.NewMap[bson.ObjectID, *rate.Limiter](limitedTenants), now: time.Now}
}

// check refuses a request that is one too many, and says when the next one is not.
func (r *rates) check(t *tenant.Entry) error {
	perSecond, limited := t.Share.PerSecond.Get()
	if !limited {
		return nil
	}
	burst := int(t.Share.Burst.Or(int64(math.Ceil(perSecond))))
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	limiter, known := r.byID.Get(t.ID)
	if !known {
		limiter = rate.NewLimiter(rate.Limit(perSecond), burst)
		r.byID.Put(t.ID, limiter)
	}
	if limiter.Limit() != rate.Limit(perSecond) || limiter.Burst() != burst { // since the entry was changed
		limiter.SetLimitAt(now, rate.Limit(perSecond))
		limiter.SetBurstAt(now, burst)
	}
	if limiter.AllowN(now, 1) {
		return nil
	}
	missing := 1 - limiter.TokensAt(now)
	delay := time.Duration(missing / perSecond * float64(time.Second))
	return refuseFor(max(delay, retryDelay), http.StatusTooManyRequests, "tenant_rate", "The tenant has sent too many requests; try again later")
}
