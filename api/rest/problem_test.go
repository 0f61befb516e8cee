package rest

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/partywall/partywall/api/auth"
)

// TestWhoShouldWaitIsTold has the refusals that pass by themselves.
func TestWhoShouldWaitIsTold(t *testing.T) {
	busy := problemOf(fmt.Errorf("hash: %w", auth.ErrBusy))
	if busy.Status != http.StatusServiceUnavailable || busy.Code != "busy" {
		t.Errorf("%+v", busy)
	}
	tooMany := problemOf(fmt.Errorf("login: %w", &auth.TooManyError{Of: "account", RetryAfter: 1500 * time.Millisecond}))
	if tooMany.Status != http.StatusTooManyRequests || tooMany.Code != "too_many_attempts" || seconds(tooMany.retryAfter) != "2" {
		t.Errorf("%+v", tooMany)
	}
}
