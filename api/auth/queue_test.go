package auth

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// at returns a place in the queue: logins/one/10.0.0.1.
func at(place string) queuePath { return strings.Split(place, "/") }

// served waits in the queue at each of places, in that order, while its only slot is
// taken, and says in which order their turns come. An asterisk marks those sent away.
func served(t *testing.T, room int, places ...string) []string {
	t.Helper()
	var order []string
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1, room)
		if err := q.enter(t.Context(), at("first")); err != nil {
			t.Fatal(err)
		}
		turn := make(chan string)
		for _, place := range places {
			go func() {
				switch err := q.enter(t.Context(), at(place)); {
				case err == nil:
					turn <- place
				case errors.Is(err, ErrBusy):
					turn <- "*" + place
				default:
					t.Error(err)
				}
			}()
			synctest.Wait() // so that they come in this order
			select {
			case sent := <-turn:
				order = append(order, sent)
			default:
			}
		}
		for range places[len(order):] {
			q.leave()
			order = append(order, <-turn)
		}
		if q.length() != 0 || q.free != 0 {
			t.Errorf("%d wait, %d slots are free", q.length(), q.free)
		}
	})
	return order
}

func TestTheyTakeTurns(t *testing.T) {
	for name, test := range map[string]struct{ come, served []string }{
		"one crowd, as they came":    {[]string{"l/a/1", "l/a/1", "l/a/1"}, []string{"l/a/1", "l/a/1", "l/a/1"}},
		"tenants":                    {[]string{"l/a/1", "l/a/1", "l/a/1", "l/b/1", "l/c/1"}, []string{"l/a/1", "l/b/1", "l/c/1", "l/a/1", "l/a/1"}},
		"clients of one tenant":      {[]string{"l/a/1", "l/a/1", "l/a/1", "l/a/2", "l/b/1"}, []string{"l/a/1", "l/b/1", "l/a/2", "l/a/1", "l/a/1"}},
		"logins and writes":          {[]string{"l/a/1", "l/b/1", "l/c/1", "w/a", "w/a"}, []string{"l/a/1", "w/a", "l/b/1", "w/a", "l/c/1"}},
		"whoever comes back, behind": {[]string{"l/a/1", "l/b/1", "l/b/1", "l/a/1"}, []string{"l/a/1", "l/b/1", "l/a/1", "l/b/1"}},
	} {
		if got := served(t, 100, test.come...); !slices.Equal(got, test.served) {
			t.Errorf("%s: %v, want %v", name, got, test.served)
		}
	}
}

func TestTheLargestCrowdIsSentAway(t *testing.T) {
	for name, test := range map[string]struct{ come, served []string }{
		"whoever comes last":         {[]string{"l/a/1", "l/a/2", "l/a/1", "l/a/1"}, []string{"*l/a/1", "l/a/1", "l/a/2", "l/a/1"}},
		"for another tenant":         {[]string{"l/a/1", "l/a/2", "l/a/2", "l/b/1"}, []string{"*l/a/2", "l/a/1", "l/b/1", "l/a/2"}},
		"for who writes":             {[]string{"l/a/1", "l/b/1", "l/c/1", "w/a"}, []string{"*l/c/1", "l/a/1", "w/a", "l/b/1"}},
		"of crowds of one size, own": {[]string{"l/a/1", "l/b/1", "l/c/1", "l/c/1"}, []string{"*l/c/1", "l/a/1", "l/b/1", "l/c/1"}},
		"of one size, before others": {[]string{"l/a/1", "l/b/1", "l/b/1", "l/a/1"}, []string{"*l/a/1", "l/a/1", "l/b/1", "l/b/1"}},
		"one more of as many":        {[]string{"l/a/1", "l/b/1", "l/c/1", "l/d/1"}, []string{"*l/d/1", "l/a/1", "l/b/1", "l/c/1"}},
	} {
		if got := served(t, 3, test.come...); !slices.Equal(got, test.served) {
			t.Errorf("%s: %v, want %v", name, got, test.served)
		}
	}
}

func TestWhoGivesUpLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1, 10)
		if err := q.enter(t.Context(), at("l/a/1")); err != nil {
			t.Fatal(err)
		}
		ctx, giveUp := context.WithCancel(t.Context())
		done := make(chan error)
		for range 3 {
			go func() { done <- q.enter(ctx, at("l/b/1")) }()
		}
		synctest.Wait()
		if q.length() != 3 {
			t.Errorf("%d wait", q.length())
		}
		giveUp()
		for range 3 {
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("who gave up: %v", err)
			}
		}
		if q.length() != 0 || len(q.waiting.parts) != 0 || len(q.waiting.turns) != 0 {
			t.Errorf("left behind: %+v", q.waiting)
		}
		if err := q.enter(ctx, at("l/b/1")); !errors.Is(err, context.Canceled) {
			t.Errorf("who gave up before: %v", err)
		}
		q.leave()
		if q.free != 1 {
			t.Errorf("%d slots are free", q.free)
		}
	})
}

// TestATurnIsPassedOn has one give up to whom the slot is given at that moment.
func TestATurnIsPassedOn(t *testing.T) {
	q := newQueue(1, 10)
	_ = q.take(at("l/a/1"))
	late, next := q.take(at("l/a/1")), q.take(at("l/a/1"))
	q.leave()
	q.giveUp(late)
	select {
	case err := <-next.turn:
		if err != nil {
			t.Error(err)
		}
	default:
		t.Error("the slot is lost")
	}
	alone := q.take(at("l/b/1"))
	q.leave()
	q.giveUp(alone)
	if q.free != 1 || q.length() != 0 {
		t.Errorf("with nobody behind, %d slots are free and %d wait", q.free, q.length())
	}
}

// TestNoSlotIsLost does at random what can be done with a queue, and counts.
func TestNoSlotIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const slots = 2
		room := rapid.IntRange(1, 5).Draw(t, "room")
		q := newQueue(slots, room)
		running := 0
		var waiting []*waiter
		settle := func() {
			waiting = slices.DeleteFunc(waiting, func(w *waiter) bool {
				select {
				case err := <-w.turn:
					if err == nil {
						running++
					}
					return true
				default:
					return false
				}
			})
		}
		place := rapid.SampledFrom([]string{"l/a/1", "l/a/2", "l/b/1", "w/a", "w/b"})
		t.Repeat(map[string]func(*rapid.T){
			"enter": func(t *rapid.T) {
				if w := q.take(at(place.Draw(t, "place"))); w != nil {
					waiting = append(waiting, w)
				} else {
					running++
				}
			},
			"leave": func(t *rapid.T) {
				if running == 0 {
					t.Skip("nobody runs")
				}
				running--
				q.leave()
			},
			"give up": func(t *rapid.T) {
				if len(waiting) == 0 {
					t.Skip("nobody waits")
				}
				at := rapid.IntRange(0, len(waiting)-1).Draw(t, "who")
				q.giveUp(waiting[at])
				waiting = slices.Delete(waiting, at, at+1)
			},
			"": func(t *rapid.T) {
				settle()
				if running+q.free != slots || q.length() != len(waiting) || len(waiting) > room || q.free > 0 && len(waiting) > 0 {
					t.Fatalf("%d run, %d are free, %d wait, %d of them in line", running, q.free, len(waiting), q.length())
				}
			},
		})
	})
}
