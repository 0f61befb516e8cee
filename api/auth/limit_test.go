package auth

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

var (
	right = comparison{ok: true, spent: true}
	wrong = comparison{spent: true}
	// unspent is what a refusal from memory, or no answer at all, comes to.
	unspent = comparison{}
)

var here = netip.MustParseAddr("192.0.2.1")

// try returns one attempt, refused or ended with what came of it.
func try(t *testing.T, l *limits, account string, from netip.Addr, v comparison) error {
	t.Helper()
	a, err := l.begin(t.Context(), "acme", account, from)
	if err == nil {
		a.end(v)
	}
	return err
}

// failures returns how many attempts fail before one is refused, and the refusal.
func failures(t *testing.T, l *limits, account func(i int) string, from netip.Addr) (int, *TooManyError) {
	t.Helper()
	for i := range 1000 {
		var refused *TooManyError
		if err := try(t, l, account(i), from, wrong); errors.As(err, &refused) {
			return i, refused
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return 1000, nil
}

func ada(int) string { return "ada" }

func everyOther(i int) string { return fmt.Sprintf("user%d@example.com", i) }

func TestFailuresOfAnAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(Rate{10, 30 * time.Second}, Rate{100, time.Second})
		for range 50 { // what is right does not count
			if err := try(t, l, "ada", here, right); err != nil {
				t.Fatal(err)
			}
		}
		for range 50 { // nor does what cost nothing
			if err := try(t, l, "ada", here, unspent); err != nil {
				t.Fatal(err)
			}
		}
		n, refused := failures(t, l, ada, here)
		if n != 10 || refused.Of != "account" || refused.RetryAfter != 30*time.Second {
			t.Errorf("%d failures, then %+v", n, refused)
		}
		if got := refused.Error(); got != "too many failed attempts of this account" {
			t.Error(got)
		}
		if err := try(t, l, "bob", here, right); err != nil {
			t.Errorf("another account: %v", err)
		}
		time.Sleep(29 * time.Second)
		if n, refused := failures(t, l, ada, here); n != 0 || refused.RetryAfter != time.Second {
			t.Errorf("a second too early: %d failures, then %+v", n, refused)
		}
		time.Sleep(time.Second)
		if n, _ := failures(t, l, ada, here); n != 1 {
			t.Errorf("half a minute later: %d", n)
		}
		time.Sleep(time.Hour)
		if n, _ := failures(t, l, ada, here); n != 10 {
			t.Errorf("an hour later: %d", n)
		}
	})
}

func TestFailuresFromAnAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(Rate{10, 30 * time.Second}, Rate{100, time.Second})
		n, refused := failures(t, l, everyOther, here)
		if n != 100 || refused.Of != "address" || refused.RetryAfter != time.Second {
			t.Errorf("%d failures, then %+v", n, refused)
		}
		if err := try(t, l, "ada", netip.MustParseAddr("192.0.2.2"), right); err != nil {
			t.Errorf("another address: %v", err)
		}
		time.Sleep(3 * time.Second)
		if n, _ := failures(t, l, everyOther, here); n != 3 {
			t.Errorf("3 s later: %d", n)
		}
	})
}

// TestOneSubscriberIsOneAddress tells clients apart by what they cannot choose.
func TestOneSubscriberIsOneAddress(t *testing.T) {
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true},
		{"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		{"fe80::1%eth0", "fe80::2%eth1", true},
	} {
		l := newLimits(Rate{}, Rate{1, time.Hour})
		if err := try(t, l, "ada", netip.MustParseAddr(test.a), wrong); err != nil {
			t.Fatal(err)
		}
		if err := try(t, l, "ada", netip.MustParseAddr(test.b), wrong); (err != nil) != test.same {
			t.Errorf("%s, then %s: %v", test.a, test.b, err)
		}
	}
}

// TestStrangersDoNotLockTheOwnerOut: where an account was logged in to from, it has
// failures of its own.
func TestStrangersDoNotLockTheOwnerOut(t *testing.T) {
	home, away := netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2")
	l := newLimits(Rate{10, time.Hour}, Rate{})
	if err := try(t, l, "ada", home, right); err != nil {
		t.Fatal(err)
	}
	if n, _ := failures(t, l, ada, here); n != 10 {
		t.Errorf("a stranger: %d", n)
	}
	if err := try(t, l, "ada", away, right); err == nil {
		t.Error("a place where nobody was: not refused")
	}
	if err := try(t, l, "bob", here, right); err != nil {
		t.Fatal(err)
	}
	if err := try(t, l, "ada", here, right); err == nil {
		t.Error("another account's place: not refused")
	}
	// Nor do others at the owner's address.
	crowded := newLimits(Rate{10, time.Hour}, Rate{5, time.Hour})
	if err := try(t, crowded, "ada", home, right); err != nil {
		t.Fatal(err)
	}
	if n, _ := failures(t, crowded, everyOther, home); n != 5 {
		t.Errorf("others at home: %d", n)
	}
	if err := try(t, crowded, "ada", home, right); err != nil {
		t.Errorf("among others: %v", err)
	}
	if n, refused := failures(t, crowded, ada, home); n != 10 || refused.Of != "account" {
		t.Errorf("the owner among others: %d, then %v", n, refused)
	}
	// The owner's own failures count there, and a success forgives none of them.
	for range 9 {
		if err := try(t, l, "ada", home, wrong); err != nil {
			t.Fatal(err)
		}
		if err := try(t, l, "ada", home, right); err != nil {
			t.Fatal(err)
		}
	}
	if n, _ := failures(t, l, ada, home); n != 1 {
		t.Errorf("the owner: %d more", n)
	}
}

// TestGuessesAtOnceAreCounted has more begin at once than may fail.
func TestGuessesAtOnceAreCounted(t *testing.T) {
	for name, v := range map[string]comparison{"wrong": wrong, "right": right} {
		synctest.Test(t, func(t *testing.T) {
			l := newLimits(Rate{10, time.Hour}, Rate{})
			results := make(chan error)
			for range 50 {
				go func() {
					a, err := l.begin(t.Context(), "acme", "ada", here)
					if err == nil {
						time.Sleep(time.Second) // which is how long a hash takes
						a.end(v)
					}
					results <- err
				}()
			}
			passed := 0
			for range 50 {
				if <-results == nil {
					passed++
				}
			}
			if want := map[string]int{"wrong": 10, "right": 50}[name]; passed != want {
				t.Errorf("%s: %d of 50 passed, want %d", name, passed, want)
			}
		})
	}
}

func TestFewWaitForOthersToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits(Rate{1, time.Hour}, Rate{})
		first, err := l.begin(t.Context(), "acme", "ada", here)
		if err != nil {
			t.Fatal(err)
		}
		ctx, giveUp := context.WithCancel(t.Context())
		results := make(chan error, maxWaiting)
		for range maxWaiting {
			go func() {
				_, err := l.begin(ctx, "acme", "ada", here)
				results <- err
			}()
		}
		synctest.Wait()
		if _, err := l.begin(ctx, "acme", "ada", here); !errors.Is(err, ErrBusy) {
			t.Errorf("one more: %v", err)
		}
		giveUp()
		for range maxWaiting {
			if err := <-results; !errors.Is(err, context.Canceled) {
				t.Errorf("who gave up: %v", err)
			}
		}
		for range maxWaiting { // there is room for as many again
			go func() { results <- try(t, l, "ada", here, right) }()
		}
		synctest.Wait()
		first.end(right)
		for range maxWaiting {
			if err := <-results; err != nil {
				t.Errorf("who came later: %v", err)
			}
		}
		if err := try(t, l, "ada", here, right); err != nil {
			t.Errorf("after all that: %v", err)
		}
	})
}

// TestARefusedAccountCostsTheAddressNothing: what one limit refuses is not held
// against the other.
func TestARefusedAccountCostsTheAddressNothing(t *testing.T) {
	l := newLimits(Rate{1, time.Hour}, Rate{3, time.Hour})
	if n, refused := failures(t, l, ada, here); n != 1 || refused.Of != "account" {
		t.Fatalf("%d, %+v", n, refused)
	}
	for range 10 {
		_ = try(t, l, "ada", here, wrong)
	}
	if n, refused := failures(t, l, everyOther, here); n != 2 || refused.Of != "address" {
		t.Errorf("%d failures more, then %+v", n, refused)
	}
}

func TestTenantsAccountsAreTheirOwn(t *testing.T) {
	l := newLimits(Rate{1, time.Hour}, Rate{})
	for _, tenant := range []string{"acme", "acm", ""} {
		a, err := l.begin(t.Context(), tenant, map[string]string{"acme": "x", "acm": "ex", "": "acmex"}[tenant], here)
		if err != nil {
			t.Fatalf("%q: %v", tenant, err)
		}
		a.end(wrong)
	}
}

func TestRateIsRead(t *testing.T) {
	for text, want := range map[string]Rate{
		"10/30s":      {10, 30 * time.Second},
		"100/1s":      {100, time.Second},
		"1000000/1ns": {1_000_000, time.Nanosecond},
		"1/1ms":       {1, time.Millisecond},
		"5/1h2m":      {5, 62 * time.Minute},
		"off":         {},
	} {
		got := Rate{Burst: 77}
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"10":     "it has no slash",
		"x/30s":  "what is before the slash is not a whole number from 1 to 1000000",
		"10/30":  "what is after the slash is not a duration above 0",
		"10/-1s": "what is after the slash is not a duration above 0",
	} {
		if err := new(Rate).UnmarshalText([]byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{"", "10", "10/", "/30s", "0/30s", "-1/30s", "1.5/1s", "10/0s", "10/-1s", "10/30", "10 / 30s", "1000001/1s", "OFF", "10/30s/2"} {
		var r Rate
		if err := r.UnmarshalText([]byte(text)); err == nil || r != (Rate{}) {
			t.Errorf("%q is read as %+v, %v", text, r, err)
		}
	}
}
