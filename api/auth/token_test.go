package auth_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
)

func seed(b byte) []byte { return slices.Repeat([]byte{b}, ed25519.SeedSize) }

func keys(t *testing.T, seeds ...[]byte) *auth.Keys {
	t.Helper()
	k, err := auth.ParseKeys(text(seeds...))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestTokenSaysWhoAndForWhichTenant(t *testing.T) {
	tokens := auth.NewTokens(keys(t, seed(1)))
	expires := time.Now().Add(time.Minute).UTC().Truncate(time.Second)
	for name, who := range map[string]auth.Identity{
		"a user's":      {Tenant: bson.NewObjectID(), User: bson.NewObjectID(), Session: bson.NewObjectID(), Expires: expires},
		"an operator's": {Tenant: bson.NewObjectID(), Role: "super", Permissions: []string{"read"}, Expires: expires},
	} {
		token, err := tokens.Issue(who)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // verified, then remembered
			got, err := tokens.Verify(token)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if diff := cmp.Diff(who.Expires, got.Expires.UTC()); diff != "" {
				t.Error(diff)
			}
			if got.Tenant != who.Tenant || got.User != who.User || got.Session != who.Session || got.Role != who.Role {
				t.Errorf("%s: %+v is not %+v", name, got, who)
			}
		}
	}
}

func TestKeysRotate(t *testing.T) {
	who := auth.Identity{Tenant: bson.NewObjectID(), Expires: time.Now().Add(time.Minute)}
	old, err := auth.NewTokens(keys(t, seed(1))).Issue(who)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := auth.NewTokens(keys(t, seed(2), seed(1))).Verify(old); err != nil {
		t.Errorf("the key that is still there: %v", err)
	}
	if _, err := auth.NewTokens(keys(t, seed(2))).Verify(old); !errors.Is(err, auth.ErrToken) {
		t.Errorf("the key that is gone: %v", err)
	}
}

// forger signs what it likes, with the real key unless it is told otherwise.
type forger struct {
	t   *testing.T
	now time.Time
}

// token signs header and claims, which are JSON.
func (f forger) token(header, claims string) string {
	return f.signed(seed(1), header, claims)
}

func (f forger) signed(seed []byte, header, claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(header)) + "." + encode([]byte(claims))
	return text + "." + encode(ed25519.Sign(ed25519.NewKeyFromSeed(seed), []byte(text)))
}

// header has further members behind those of a valid one.
func (f forger) header(more string) string {
	return fmt.Sprintf(`{"alg":"EdDSA","typ":"JWT","kid":%q%s}`, keys(f.t, seed(1)).Public()[0].ID, more)
}

// claims returns valid ones, changed: a change is a member and its value in JSON,
// or nothing for no such member.
func (f forger) claims(changes ...string) string {
	members := map[string]string{
		"iss": `"partywall"`, "aud": `"partywall"`, "tid": `"5f000000000000000000000a"`, "role": `"super"`,
		"exp": fmt.Sprint(f.now.Add(time.Minute).Unix()),
	}
	for i := 0; i < len(changes); i += 2 {
		members[changes[i]] = changes[i+1]
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if members[name] != "" {
			parts = append(parts, fmt.Sprintf("%q:%s", name, members[name]))
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// with returns a token whose claims are changed.
func (f forger) with(changes ...string) string { return f.token(f.header(""), f.claims(changes...)) }

func (f forger) at(d time.Duration) string { return fmt.Sprint(f.now.Add(d).Unix()) }

// TestForgedTokens are all refused, with one and the same error.
func TestForgedTokens(t *testing.T) {
	tokens := auth.NewTokens(keys(t, seed(1)))
	f := forger{t, time.Now()}
	kid := keys(t, seed(1)).Public()[0].ID
	user := `"5f000000000000000000000b"`
	valid := f.with()
	parts := strings.Split(valid, ".")
	for name, token := range map[string]string{
		"empty":                        "",
		"no token":                     "abc",
		"two parts":                    parts[0] + "." + parts[1],
		"four parts":                   valid + "." + parts[2],
		"a dot more":                   valid + ".",
		"no signature":                 parts[0] + "." + parts[1] + ".",
		"a signature of one byte":      parts[0] + "." + parts[1] + ".AA",
		"another's payload":            parts[0] + "." + strings.Split(f.with("role", `"hos"`), ".")[1] + "." + parts[2],
		"another spelling":             valid[:len(valid)-1] + string(valid[len(valid)-1]+1),
		"padded":                       valid + "==",
		"a line break":                 valid[:10] + "\n" + valid[10:],
		"a carriage return at the end": valid + "\r",
		"a space in front":             " " + valid,
		"not ASCII":                    valid[:10] + "é" + valid[10:],
		"the other base64":             strings.ReplaceAll(f.with("role", `"~~~~~~"`), "-", "+"),
		"another key, our kid":         f.signed(seed(9), f.header(""), f.claims()),
		"far too long":                 valid + strings.Repeat("A", 5000),
		"valid, and too long":          f.with("permissions", `["`+strings.Repeat("x", 4000)+`"]`),

		"alg none":                   f.token(`{"alg":"none","typ":"JWT","kid":"`+kid+`"}`, f.claims()),
		"alg none, no signature":     strings.TrimRight(f.token(`{"alg":"none","typ":"JWT","kid":"`+kid+`"}`, f.claims()), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
		"alg in another case":        f.token(`{"alg":"eddsa","typ":"JWT","kid":"`+kid+`"}`, f.claims()),
		"alg of HMAC":                hs256(keys(t, seed(1)), f.claims()),
		"alg twice":                  f.token(f.header(`,"alg":"EdDSA"`), f.claims()),
		"alg twice, none first":      f.token(`{"alg":"none",`+f.header("")[1:], f.claims()),
		"alg a list":                 f.token(`{"alg":["EdDSA"],"typ":"JWT","kid":"`+kid+`"}`, f.claims()),
		"no alg":                     f.token(`{"typ":"JWT","kid":"`+kid+`"}`, f.claims()),
		"another kid":                f.token(`{"alg":"EdDSA","typ":"JWT","kid":"other"}`, f.claims()),
		"no kid":                     f.token(`{"alg":"EdDSA","typ":"JWT"}`, f.claims()),
		"kid a number":               f.token(`{"alg":"EdDSA","typ":"JWT","kid":1}`, f.claims()),
		"kid null":                   f.token(`{"alg":"EdDSA","typ":"JWT","kid":null}`, f.claims()),
		"kid a list":                 f.token(`{"alg":"EdDSA","typ":"JWT","kid":["`+kid+`"]}`, f.claims()),
		"kid an object":              f.token(`{"alg":"EdDSA","typ":"JWT","kid":{"`+kid+`":1}}`, f.claims()),
		"kid twice":                  f.token(f.header(`,"kid":"`+kid+`"`), f.claims()),
		"typ of another kind":        f.token(`{"alg":"EdDSA","typ":"secevent+jwt","kid":"`+kid+`"}`, f.claims()),
		"typ a number":               f.token(`{"alg":"EdDSA","typ":1,"kid":"`+kid+`"}`, f.claims()),
		"crit":                       f.token(f.header(`,"crit":["exp"]`), f.claims()),
		"crit, empty":                f.token(f.header(`,"crit":[]`), f.claims()),
		"crit, null":                 f.token(f.header(`,"crit":null`), f.claims()),
		"crit and what it names":     f.token(f.header(`,"crit":["b64"],"b64":false`), f.claims()),
		"the header is a list":       f.token("["+f.header("")+"]", f.claims()),
		"the header is null":         f.token("null", f.claims()),
		"two headers":                f.token(f.header("")+f.header(""), f.claims()),
		"a header that is not UTF-8": f.token(f.header(",\"x\":\"\xff\""), f.claims()),

		"expired":                  f.with("exp", f.at(-time.Minute)),
		"without an end":           f.with("exp", ""),
		"exp a string":             f.with("exp", `"`+f.at(time.Minute)+`"`),
		"exp null":                 f.with("exp", "null"),
		"exp true":                 f.with("exp", "true"),
		"exp a list":               f.with("exp", "["+f.at(time.Minute)+"]"),
		"exp beyond all calendars": f.with("exp", "253402300800"),
		"exp beyond all integers":  f.with("exp", "1e300"),
		"exp beyond all numbers":   f.with("exp", "1e400"),
		"exp before Christ":        f.with("exp", "-1e300"),
		"exp in capitals":          f.with("exp", "", "EXP", f.at(time.Minute)),
		"exp twice":                f.token(f.header(""), f.claims()[:len(f.claims())-1]+`,"exp":`+f.at(time.Hour)+"}"),
		"nbf tomorrow":             f.with("nbf", f.at(24*time.Hour)),
		"nbf a string":             f.with("nbf", `"1"`),
		"iat a string":             f.with("iat", `"1"`),
		"iat beyond all calendars": f.with("iat", "1e20"),

		"another issuer":     f.with("iss", `"other"`),
		"no issuer":          f.with("iss", ""),
		"issuer null":        f.with("iss", "null"),
		"issuers":            f.with("iss", `["partywall"]`),
		"for another":        f.with("aud", `"other"`),
		"for others":         f.with("aud", `["other","partywall2"]`),
		"for nobody":         f.with("aud", `[]`),
		"for the empty name": f.with("aud", `""`),
		"aud null":           f.with("aud", `null`),
		"aud a number":       f.with("aud", `1`),
		"aud with a number":  f.with("aud", `["partywall",1]`),
		"aud twice":          f.token(f.header(""), `{"aud":"partywall",`+f.claims()[1:]),

		"without a tenant":             f.with("tid", ""),
		"a tenant that is no ObjectID": f.with("tid", `"acme"`),
		"a tenant of zeros":            f.with("tid", `"000000000000000000000000"`),
		"a tenant a number":            f.with("tid", `1`),
		"a tenant null":                f.with("tid", `null`),
		"a tenant twice":               f.token(f.header(""), `{"tid":"5f000000000000000000000c",`+f.claims()[1:]),
		"a user without a session":     f.with("sub", user),
		"a session without a user":     f.with("sid", user),
		"a user that is no ObjectID":   f.with("sub", `"ada"`, "sid", user),
		"a user of 23 digits":          f.with("sub", `"5f00000000000000000000b"`, "sid", user),
		"a user of zeros":              f.with("sub", `"000000000000000000000000"`, "sid", `"000000000000000000000000"`),
		"a user without letters":       f.with("sub", `""`, "sid", `""`),
		"a user null":                  f.with("sub", `null`, "sid", `null`),
		"a user a number":              f.with("sub", `1`, "sid", user),
		"a user a list":                f.with("sub", "["+user+"]", "sid", user),
		"a session that is none":       f.with("sub", user, "sid", `"x"`),
		"a session a number":           f.with("sub", user, "sid", `5`),
		"a session of zeros":           f.with("sub", user, "sid", `"000000000000000000000000"`),
		"a session null":               f.with("sub", user, "sid", `null`),
		"a role a list":                f.with("role", `["super"]`),
		"a role twice":                 f.token(f.header(""), `{"role":"hos",`+f.claims()[1:]),
		"permissions a string":         f.with("permissions", `"write"`),
		"permissions of numbers":       f.with("permissions", `[1]`),
		"claims are a list":            f.token(f.header(""), "["+f.claims()+"]"),
		"claims are null":              f.token(f.header(""), "null"),
		"claims twice":                 f.token(f.header(""), f.claims()+f.claims()),
		"claims that are not UTF-8":    f.with("role", "\"\xff\""),
		"no claims":                    f.token(f.header(""), ""),
	} {
		for range 2 { // nothing of it is remembered
			who, err := tokens.Verify(token)
			if !errors.Is(err, auth.ErrToken) || who != nil {
				t.Errorf("%s: %+v, %v", name, who, err)
			}
			if err != nil && token != "" && strings.Contains(err.Error(), token) {
				t.Errorf("%s: the error quotes the token", name)
			}
		}
	}
}

// hs256 signs claims with a public key as HMAC's secret, as one who knows nothing
// else may.
func hs256(k *auth.Keys, claims string) string {
	public := k.Public()[0]
	secret, _ := base64.RawURLEncoding.DecodeString(public.X)
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(fmt.Sprintf(`{"alg":"HS256","typ":"JWT","kid":%q}`, public.ID))) + "." + encode([]byte(claims))
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return text + "." + encode(mac.Sum(nil))
}

// TestUnusualTokens are valid all the same: what the forgeries are made from is,
// and a newer version may say more in a token.
func TestUnusualTokens(t *testing.T) {
	tokens := auth.NewTokens(keys(t, seed(1)))
	f := forger{t, time.Now()}
	user := `"5f000000000000000000000b"`
	for name, token := range map[string]string{
		"as the forgeries are made":      f.with(),
		"a user's":                       f.with("sub", user, "sid", user),
		"for others, too":                f.with("aud", `["other","partywall"]`),
		"without typ":                    f.token(strings.Replace(f.header(""), `"typ":"JWT",`, "", 1), f.claims()),
		"a header with more":             f.token(f.header(`,"cty":"x","more":{"a":[1]}`), f.claims()),
		"claims with more":               f.with("more", `{"exp":1,"a":[null,true]}`, "jti", `"x"`),
		"issued tomorrow":                f.with("iat", f.at(24*time.Hour)),
		"a fraction of a second":         f.with("exp", f.at(time.Minute)+".75"),
		"until the end of all calendars": f.with("exp", "253402300799"),
		"as long as a token may be":      f.with("permissions", longest(f)),
	} {
		if _, err := tokens.Verify(token); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// longest returns permissions that make a token of 4096 bytes.
func longest(f forger) string {
	for n := 3000; ; n-- {
		if list := `["` + strings.Repeat("x", n) + `"]`; len(f.with("permissions", list)) <= 4096 {
			return list
		}
	}
}

func TestTokenSaysWhatIsWrong(t *testing.T) {
	tokens := auth.NewTokens(keys(t, seed(1)))
	f := forger{t, time.Now()}
	for token, want := range map[string]string{
		f.with("exp", f.at(-time.Minute)):           "the token is not valid: it has expired",
		f.with("nbf", f.at(time.Minute)):            "the token is not valid: it is not valid yet",
		"x":                                         "the token is not valid: it is malformed",
		f.with("tid", `"x"`):                        "the token is not valid: it is malformed",
		f.with("role", "\"\xff\""):                  "the token is not valid: it is malformed",
		f.with("exp", "1e400"):                      "the token is not valid: it is malformed",
		f.with("iss", `"x"`):                        "the token is not valid: it was not issued here",
		f.with("aud", `"x"`):                        "the token is not valid: it was not issued here",
		f.signed(seed(9), f.header(""), f.claims()): "the token is not valid: it was not issued here",
	} {
		if _, err := tokens.Verify(token); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// TestClocksDiffer has tokens verified by clocks around their issuer's, anew and
// remembered: 30 s are forgiven at either end, to the second.
func TestClocksDiffer(t *testing.T) {
	issued := noon
	f := forger{t, issued}
	issuer := newClock(issued)
	token, err := auth.NewTokensAt(keys(t, seed(1)), issuer.now).Issue(auth.Identity{Tenant: bson.NewObjectID(), Expires: issued.Add(time.Minute)})
	if err != nil {
		t.Fatal(err)
	}
	early := f.with("nbf", f.at(0))
	for _, test := range []struct {
		token string
		clock time.Duration
		valid bool
	}{
		{token, -24 * time.Hour, true}, // when it was issued is no reason
		{token, -5 * time.Second, true},
		{token, 0, true},
		{token, time.Minute, true},
		{token, 90*time.Second - time.Nanosecond, true},
		{token, 90 * time.Second, false},
		{token, time.Hour, false},
		{early, 0, true},
		{early, -30 * time.Second, true},
		{early, -30*time.Second - time.Nanosecond, false},
	} {
		verifier := newClock(issued.Add(test.clock))
		tokens := auth.NewTokensAt(keys(t, seed(1)), verifier.now)
		who, err := tokens.Verify(test.token)
		if (err == nil) != test.valid || err != nil && !errors.Is(err, auth.ErrToken) {
			t.Errorf("%v from its issue: %v", test.clock, err)
		}
		if test.valid && test.token == token && !who.Issued.Equal(issued) {
			t.Errorf("issued %v", who.Issued)
		}
	}
	verifier := newClock(issued)
	tokens := auth.NewTokensAt(keys(t, seed(1)), verifier.now)
	for _, test := range []struct {
		clock time.Duration
		valid bool
	}{{0, true}, {time.Minute, true}, {90*time.Second - time.Nanosecond, true}, {90 * time.Second, false}, {time.Hour, false}, {time.Minute, true}} {
		verifier.set(issued.Add(test.clock))
		_, err := tokens.Verify(token)
		if (err == nil) != test.valid {
			t.Errorf("remembered, %v after its issue: %v", test.clock, err)
		}
		if err != nil && !strings.Contains(err.Error(), "it has expired") {
			t.Errorf("%v", err)
		}
	}
}

// TestTokensOfOlderVersions do not say whom they are for. They pass as long as
// there may be any from before the process started.
func TestTokensOfOlderVersions(t *testing.T) {
	started := noon
	verifier := newClock(started)
	tokens := auth.NewTokensAt(keys(t, seed(1)), verifier.now)
	f := forger{t, started}
	older := func(expires time.Duration) string { return f.with("aud", "", "exp", f.at(expires)) }
	for _, test := range []struct {
		expires, clock time.Duration
		valid          bool
	}{
		{15 * time.Minute, 0, true},
		{24 * time.Hour, 0, true},
		{24 * time.Hour, 24 * time.Hour, true},
		{24*time.Hour + 30*time.Second, 0, true}, // issued by a clock that is ahead
		{24*time.Hour + 31*time.Second, 0, false},
		{48 * time.Hour, 23 * time.Hour, false},
		{25 * time.Hour, 25 * time.Hour, false},
	} {
		verifier.set(started.Add(test.clock))
		if _, err := tokens.Verify(older(test.expires)); (err == nil) != test.valid {
			t.Errorf("one that expires after %v, after %v: %v", test.expires, test.clock, err)
		}
	}
}

// TestVerifyRemembers asks for the very same answer again, until what it says is no
// longer so.
func TestVerifyRemembers(t *testing.T) {
	verifier := newClock(noon)
	tokens := auth.NewTokensAt(keys(t, seed(1)), verifier.now)
	token := forger{t, noon}.with()
	verify := func() *auth.Identity {
		who, err := tokens.Verify(token)
		if err != nil {
			t.Fatal(err)
		}
		return who
	}
	first := verify()
	if verify() != first {
		t.Error("a token is verified twice")
	}
	verifier.pass(time.Hour)
	if _, err := tokens.Verify(token); err == nil {
		t.Error("an expired token is valid")
	}
	verifier.set(noon)
	if verify() == first {
		t.Error("what had expired was still remembered")
	}
}

// TestIssueRefusesWhatNobodyReads would make tokens that Verify finds too long. The
// longest that it does make is as long as may be.
func TestIssueRefusesWhatNobodyReads(t *testing.T) {
	tokens := auth.NewTokens(keys(t, seed(1)))
	longest := 0
	for n := range 4000 {
		who := auth.Identity{Tenant: bson.NewObjectID(), Expires: time.Now().Add(time.Minute), Role: strings.Repeat("x", n)}
		token, err := tokens.Issue(who)
		if err != nil {
			if token != "" {
				t.Errorf("%d bytes, %v", len(token), err)
			}
			break
		}
		if longest = len(token); n%100 != 0 {
			continue
		}
		if _, err := tokens.Verify(token); err != nil {
			t.Errorf("%d bytes: %v", longest, err)
		}
	}
	if longest != 4096 {
		t.Errorf("the longest token has %d bytes", longest)
	}
}

func TestParseKeysNeverQuotes(t *testing.T) {
	good := text(seed(1))
	for text, want := range map[string]string{
		"":                "key 1 is not 32 bytes",
		"hunter2-hunter2": "key 1 is not 32 bytes",
		"aHVudGVyMg==":    "key 1 is not 32 bytes",
		good + good:       "key 1 is not 32 bytes",
		good + ",hunter2": "key 2 is not 32 bytes",
		good + ",":        "key 2 is not 32 bytes",
		good + "," + good: "key 2 is listed twice",
		good + ",\n " + good[:3] + "\n" + good[3:]: "key 2 is listed twice",
	} {
		k, err := auth.ParseKeys(text)
		if err == nil || k != nil {
			t.Errorf("%q: accepted", text)
			continue
		}
		if !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
		if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), good) {
			t.Errorf("%q: the error quotes the key: %v", text, err)
		}
	}
}
