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
	const every, length = 10 * time.Second, 30 * time.Second
	for name, test := range map[string]struct {
		// answers are those to the first renewals, nil from then on; the test ends after
		// an hour.
		answers []error
		want    error
		renewed int
	}{
		"renewed":         {nil, nil, 359},
		"away for a time": {[]error{errAway, errAway}, nil, 359},
		"away for long":   {[]error{nil, errAway, errAway, errAway, errAway, errAway}, errAway, 5},
		"lost":            {[]error{nil, nil, errLost}, errLost, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				renewed := 0
				err := renewal.Keep(ctx, every, length, func(ctx context.Context) error {
					if deadline, bounded := ctx.Deadline(); !bounded || time.Until(deadline) > length/3 {
						t.Error("a renewal may take more than a third of what it is for")
					}
					if renewed++; renewed <= len(test.answers) {
						return test.answers[renewed-1]
					}
					return nil
				}, errLost)
				if !errors.Is(err, test.want) || renewed < test.renewed-1 || renewed > test.renewed+1 {
					t.Errorf("%v after %d renewals", err, renewed)
				}
			})
		})
	}
}
