package auth_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
)

// text writes seeds as the environment has them.
func text(seeds ...[]byte) string {
	var parts []string
	for _, s := range seeds {
		parts = append(parts, base64.StdEncoding.EncodeToString(s))
	}
	return strings.Join(parts, ",")
}

// TestKeysAreReplaced goes through a rotation while everything is in use.
func TestKeysAreReplaced(t *testing.T) {
	k := keys(t, seed(1))
	tokens := auth.NewTokens(k)
	issue := func() string {
		token, err := tokens.Issue(auth.Identity{Tenant: bson.NewObjectID(), Expires: time.Now().Add(time.Minute)})
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	replace := func(seeds ...[]byte) {
		if err := k.Replace(text(seeds...)); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(step, token string, valid bool) {
		t.Helper()
		if _, err := tokens.Verify(token); (err == nil) != valid || err != nil && !errors.Is(err, auth.ErrToken) {
			t.Errorf("%s: %v", step, err)
		}
	}
	remembered, sealed := issue(), k.Seal("p", nil, []byte("m"))
	expect("before", remembered, true)
	fresh := issue()

	replace(seed(1), seed(2))
	expect("with one appended", remembered, true)
	if _, err := auth.NewTokens(keys(t, seed(1))).Verify(issue()); err != nil {
		t.Errorf("a key that was appended signs: %v", err)
	}
	replace(seed(2), seed(1))
	expect("with it in front", remembered, true)
	newer := issue()
	if _, err := auth.NewTokens(keys(t, seed(2))).Verify(newer); err != nil {
		t.Errorf("the key in front does not sign: %v", err)
	}
	if _, ok := k.Unseal("p", nil, sealed); !ok {
		t.Error("what the older key sealed is refused")
	}

	replace(seed(2))
	expect("remembered, and its key is gone", remembered, false)
	expect("not remembered, and its key is gone", fresh, false)
	expect("by the key that stays", newer, true)
	if _, ok := k.Unseal("p", nil, sealed); ok {
		t.Error("what a removed key sealed is accepted")
	}

	if err := k.Replace("hunter2"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a broken text: %v", err)
	}
	expect("after a broken text", newer, true)
	expect("after a broken text, with a new one", issue(), true)
	if public := k.Public(); len(public) != 1 || public[0].ID != keys(t, seed(2)).Public()[0].ID {
		t.Errorf("%+v", public)
	}
}

// TestKeysAreReplacedMeanwhile is for the race detector.
func TestKeysAreReplacedMeanwhile(t *testing.T) {
	k := keys(t, seed(1), seed(2))
	tokens := auth.NewTokens(k)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				token, err := tokens.Issue(auth.Identity{Tenant: bson.NewObjectID(), Expires: time.Now().Add(time.Minute)})
				if err != nil {
					t.Error(err)
				}
				if _, err := tokens.Verify(token); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 50 {
		list := [][]byte{seed(1), seed(2)}
		if err := k.Replace(text(list[i%2], list[1-i%2])); err != nil {
			t.Error(err)
		}
	}
	all.Wait()
}

// TestPublicKeys has the keys as RFC 8037 writes them, in its own example.
func TestPublicKeys(t *testing.T) {
	private, err := base64.RawURLEncoding.DecodeString("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
	if err != nil {
		t.Fatal(err)
	}
	want := auth.JWK{
		KeyType: "OKP", Curve: "Ed25519", X: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
		ID: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", Algorithm: "EdDSA", Use: "sig",
	}
	if got := keys(t, private, seed(1)).Public(); len(got) != 2 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
