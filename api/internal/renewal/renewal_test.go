package renewal_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/partywall/partywall/api/internal/renewal"
)

var (
	errLost = errors.New("lost")
	errAway = errors.New("away")
)

// TestKeep runs by a clock of its own.
func TestKeep(t *testing.T) {
	t.Parallel()
	lasting := renewal.Renewal{Interval: 10 * time.Second, Timeout: 9 * time.Second, TTL: 30 * time.Second, Lost: errLost}
	forever := lasting
	forever.TTL = 0
	for name, test := range map[string]struct {
		renewal.Renewal
		// answers are those to the first renewals, nil from then on; the test ends after
		// an hour.
		answers []error
		want    error
		renewed int
	}{
		"renewed":         {lasting, nil, nil, 359},
		"away for a time": {lasting, []error{errAway, errAway}, nil, 359},
		"away for long":   {lasting, []error{nil, errAway, errAway, errAway, errAway, errAway}, errAway, 5},
		"lost":            {lasting, []error{nil, nil, errLost}, errLost, 3},
		"never given up":  {forever, []error{nil, errAway, errAway, errAway, errAway, errAway}, nil, 359},
		"lost for ever":   {forever, []error{nil, nil, errLost}, errLost, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				renewed := 0
				err := test.Keep(ctx, func(ctx context.Context) error {
					if deadline, bounded := ctx.Deadline(); !bounded || time.Until(deadline) > test.Timeout {
						t.Error("a renewal may take for ever")
					}
					if renewed++; renewed <= len(test.answers) {
						return test.answers[renewed-1]
					}
					return nil
				})
				if !errors.Is(err, test.want) || renewed < test.renewed-1 || renewed > test.renewed+1 {
					t.Errorf("%v after %d renewals", err, renewed)
				}
			})
		})
	}
}
