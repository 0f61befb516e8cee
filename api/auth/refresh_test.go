package auth_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/sessions"
	"github.com/partywall/partywall/gen/users"
)

var basic = users.Role{Name: users.RoleNameBasic, Permission: []users.Permission{"read"}}

// expectEnded asks that a session be gone, that its tokens be refused, and that
// the log say so without saying a token.
func (s *server) expectEnded(t *testing.T, why string, id bson.ObjectID, tokens ...*auth.Grant) {
	t.Helper()
	if doc := s.session(t, id); doc != nil {
		t.Errorf("%s: the session is still there: %v", why, doc)
	}
	for _, g := range tokens {
		if _, err := s.ask(t, g.Token); !errors.Is(err, auth.ErrToken) {
			t.Errorf("%s: an access token: %v", why, err)
		}
		if _, err := s.trade(t, g.RefreshToken); !errors.Is(err, auth.ErrToken) {
			t.Errorf("%s: a refresh token: %v", why, err)
		}
		if strings.Contains(s.log.String(), g.RefreshToken) {
			t.Errorf("%s: the log quotes a token", why)
		}
	}
}

func TestRefreshTokensRotate(t *testing.T) {
	p := newPlace(t)
	s := p.server(t, newClock(noon), seed(1))
	ada := p.addUser(t, "ada", basic)
	grant := s.login(t, ada)
	id := s.sessionOf(t, grant)
	seen := map[string]bool{}
	for i := range 5 {
		if seen[grant.RefreshToken] {
			t.Errorf("a refresh token comes twice")
		}
		seen[grant.RefreshToken] = true
		who, err := s.ask(t, grant.Token)
		if err != nil || who.User != ada || who.Session != id || who.Tenant != p.tenant.ID || grant.ExpiresIn != 15*time.Minute {
			t.Errorf("%+v, %v", who, err)
		}
		expires := s.session(t, id).Lookup("expiresAt").Time()
		if want := s.clock.now().Add(auth.SessionTTL); !expires.Equal(want) {
			t.Errorf("after %d trades the session expires at %v, want %v", i, expires, want)
		}
		s.clock.pass(24 * time.Hour)
		grant = s.refresh(t, grant.RefreshToken)
	}
	if n := p.count(t); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

// TestRefreshGrace shows a token again that was traded at noon.
func TestRefreshGrace(t *testing.T) {
	p := newPlace(t)
	ada := p.addUser(t, "ada", basic)
	for name, test := range map[string]struct {
		after time.Duration
		// used reports whether the successor is traded before.
		used  bool
		alarm bool
	}{
		"at once":                         {0, false, false},
		"at the grace's end":              {auth.RefreshGrace - time.Millisecond, false, false},
		"after the grace":                 {auth.RefreshGrace, false, true},
		"a day later":                     {24 * time.Hour, false, true},
		"at once, its successor was used": {0, true, true},
		"by a clock that went back":       {-time.Hour, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := p.server(t, newClock(noon), seed(1))
			first := s.login(t, ada)
			id := s.sessionOf(t, first)
			second := s.refresh(t, first.RefreshToken)
			last := second
			if test.used {
				last = s.refresh(t, second.RefreshToken)
			}
			s.clock.pass(test.after)
			before := s.session(t, id)
			again, err := s.trade(t, first.RefreshToken)
			if test.alarm {
				if !errors.Is(err, auth.ErrToken) || again != nil {
					t.Errorf("%+v, %v", again, err)
				}
				s.expectEnded(t, "reuse", id, first, second, last)
				if !strings.Contains(s.log.String(), id.Hex()) {
					t.Errorf("the log does not name the session: %s", s.log.String())
				}
				return
			}
			if err != nil || again.RefreshToken != second.RefreshToken {
				t.Fatalf("another successor, or none: %v", err)
			}
			if !bytes.Equal(s.session(t, id), before) {
				t.Error("answering the same again changed the session")
			}
			if _, err := s.ask(t, again.Token); err != nil {
				t.Error(err)
			}
			s.refresh(t, again.RefreshToken)
			if s.log.String() != "" {
				t.Error(s.log.String())
			}
		})
	}
}

// TestStrangersEndNothing shows all that one may make up who knows a session's id,
// or has logged in: it is refused, and nothing is written.
func TestStrangersEndNothing(t *testing.T) {
	p := newPlace(t)
	s := p.server(t, newClock(noon), seed(1), seed(2))
	ada, eve := p.addUser(t, "ada", basic), p.addUser(t, "eve", basic)
	adas := s.refresh(t, s.login(t, ada).RefreshToken)
	id := s.sessionOf(t, adas)
	eves := s.login(t, eve)
	valid, err := base64.RawURLEncoding.DecodeString(adas.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	evesRaw, err := base64.RawURLEncoding.DecodeString(eves.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	garbage := func(n int) []byte {
		b := make([]byte, n)
		_, _ = rand.Read(b)
		return b
	}
	message := func(generation uint64) []byte { return binary.BigEndian.AppendUint64(bytes.Clone(id[:]), generation) }
	changed := func(at int) []byte {
		b := bytes.Clone(valid)
		b[at] ^= 1
		return b
	}
	forged := map[string]string{
		"nothing":                    "",
		"a letter":                   "x",
		"the id alone":               encode(id[:]),
		"a made-up code":             encode(append(message(2), garbage(16)...)),
		"a code of zeros":            encode(append(message(2), make([]byte, 16)...)),
		"the next one's number":      encode(append(message(3), valid[20:]...)),
		"an earlier one's number":    encode(append(message(1), valid[20:]...)),
		"the code of another":        encode(append(message(2), evesRaw[20:]...)),
		"another's, this id":         encode(append(bytes.Clone(id[:]), evesRaw[12:]...)),
		"a code for something else":  encode(s.keys.Seal("cursor", nil, message(1))),
		"a code bound to something":  encode(s.keys.Seal("refresh token", []byte("x"), message(1))),
		"a key that is not loaded":   encode(keys(t, seed(3)).Seal("refresh token", nil, message(1))),
		"a key that is not its own":  encode(keys(t, seed(2)).Seal("refresh token", nil, message(2))),
		"one that is not yet":        encode(s.keys.Seal("refresh token", nil, message(3))),
		"one far from now":           encode(s.keys.Seal("refresh token", nil, message(1<<62))),
		"beyond all numbers":         encode(s.keys.Seal("refresh token", nil, message(1<<63))),
		"one before the first":       encode(s.keys.Seal("refresh token", nil, message(0))),
		"a byte less":                encode(valid[:len(valid)-1]),
		"a byte more":                encode(append(bytes.Clone(valid), 0)),
		"another session":            encode(changed(11)),
		"another code":               encode(changed(len(valid) - 1)),
		"an older version's form":    encode(append(bytes.Clone(id[:]), encode(garbage(32))...)),
		"an older version's, empty":  encode(append(bytes.Clone(id[:]), make([]byte, 43)...)),
		"padded":                     adas.RefreshToken + "=",
		"a line break":               adas.RefreshToken[:7] + "\n" + adas.RefreshToken[7:],
		"a line break at the end":    adas.RefreshToken + "\r\n",
		"blank":                      " " + adas.RefreshToken,
		"the other base64":           base64.StdEncoding.EncodeToString(append(bytes.Repeat([]byte{0xff}, 12), valid[12:]...)),
		"not ASCII":                  adas.RefreshToken[:46] + "é",
		"an access token":            adas.Token,
		"of 300 KiB":                 strings.Repeat("A", 300<<10),
		"a session that is nobody's": encode(s.keys.Seal("refresh token", nil, append(garbage(12), 0, 0, 0, 0, 0, 0, 0, 1))),
	}
	before := s.session(t, id)
	for name, token := range forged {
		grant, err := s.trade(t, token)
		if !errors.Is(err, auth.ErrToken) || grant != nil {
			t.Errorf("%s: %+v, %v", name, grant, err)
		}
		if !bytes.Equal(s.session(t, id), before) {
			t.Fatalf("%s: the session was %v and is %v", name, before, s.session(t, id))
		}
	}
	if s.log.String() != "" {
		t.Error(s.log.String())
	}
	if _, err := s.ask(t, adas.Token); err != nil {
		t.Error(err)
	}
	s.refresh(t, adas.RefreshToken)
	s.refresh(t, eves.RefreshToken)
}

// older opens a session as the version before did, and returns its token.
func (s *server) older(t *testing.T, user bson.ObjectID) (token string, id bson.ObjectID) {
	t.Helper()
	id = bson.NewObjectID()
	random := make([]byte, 32)
	_, _ = rand.Read(random)
	secret := base64.RawURLEncoding.EncodeToString(random)
	sum := sha256.Sum256([]byte(secret))
	now := s.clock.now()
	_, err := s.stored.InsertOne(t.Context(), bson.D{
		{Key: "_id", Value: id}, {Key: "tenant", Value: s.tenant.ID}, {Key: "user", Value: user},
		{Key: "token", Value: hex.EncodeToString(sum[:])}, {Key: "expiresAt", Value: now.Add(auth.SessionTTL)},
		{Key: "createdAt", Value: now}, {Key: "updatedAt", Value: now}, {Key: "_rev", Value: int64(3)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(append(id[:], secret...)), id
}

// TestOlderRefreshTokens are good until they expire, with all that is said of new
// ones.
func TestOlderRefreshTokens(t *testing.T) {
	p := newPlace(t)
	ada := p.addUser(t, "ada", basic)
	newServer := func() *server { return p.server(t, newClock(noon), seed(1)) }

	s := newServer()
	token, id := s.older(t, ada)
	s.clock.pass(auth.SessionTTL - time.Second)
	first := s.refresh(t, token)
	if got := s.sessionOf(t, first); got != id {
		t.Errorf("the session is %v, and was %v", got, id)
	}
	if again := s.refresh(t, token); again.RefreshToken != first.RefreshToken {
		t.Error("another successor within the grace")
	}
	second := s.refresh(t, first.RefreshToken)
	if _, err := s.trade(t, token); !errors.Is(err, auth.ErrToken) {
		t.Errorf("used again: %v", err)
	}
	s.expectEnded(t, "reuse", id, first, second)

	s = newServer()
	token, id = s.older(t, ada)
	first = s.refresh(t, token)
	s.clock.pass(auth.RefreshGrace)
	if _, err := s.trade(t, token); !errors.Is(err, auth.ErrToken) {
		t.Errorf("after the grace: %v", err)
	}
	s.expectEnded(t, "reuse after the grace", id, first)

	s = newServer()
	token, id = s.older(t, ada)
	s.clock.pass(auth.SessionTTL)
	before := s.session(t, id)
	if _, err := s.trade(t, token); !errors.Is(err, auth.ErrToken) || !bytes.Equal(before, s.session(t, id)) {
		t.Errorf("expired: %v, %v", err, s.session(t, id))
	}

	// A secret that the session does not keep, or no longer, is nobody's.
	s = newServer()
	token, id = s.older(t, ada)
	wrong := token[:len(token)-4] + "AAAA"
	for _, upgraded := range []bool{false, true} {
		if upgraded {
			s.refresh(t, token)
		}
		before := s.session(t, id)
		if _, err := s.trade(t, wrong); !errors.Is(err, auth.ErrToken) || !bytes.Equal(before, s.session(t, id)) {
			t.Errorf("a wrong secret: %v, %v", err, s.session(t, id))
		}
	}
}

// TestRefreshAtOnce has windows of one browser, at two servers, refresh at once:
// all come out with the same token, and all can go on.
func TestRefreshAtOnce(t *testing.T) {
	p := newPlace(t)
	shared := newClock(noon)
	servers := []*server{p.server(t, shared, seed(1)), p.server(t, shared, seed(1))}
	ada := p.addUser(t, "ada", basic)
	for _, windows := range []int{2, 4, 8} {
		for _, older := range []bool{false, true} {
			token := servers[0].login(t, ada).RefreshToken
			if older {
				token, _ = servers[0].older(t, ada)
			}
			for round := range 5 {
				grants := make([]*auth.Grant, windows)
				errs := make([]error, windows)
				var all sync.WaitGroup
				for i := range windows {
					all.Go(func() { grants[i], errs[i] = servers[i%2].trade(t, token) })
				}
				all.Wait()
				for i, g := range grants {
					if errs[i] != nil {
						t.Fatalf("%d windows, round %d: %v", windows, round, errs[i])
					}
					if g.RefreshToken != grants[0].RefreshToken {
						t.Errorf("%d windows, round %d: two successors", windows, round)
					}
					if _, err := servers[(i+1)%2].ask(t, g.Token); err != nil {
						t.Errorf("%d windows, round %d: %v", windows, round, err)
					}
				}
				token = grants[0].RefreshToken
			}
		}
	}
	for _, s := range servers {
		if s.log.String() != "" {
			t.Error(s.log.String())
		}
	}
}

// TestRefreshIsRefused to those who may not go on. Nothing is changed by it: when
// they may again, they can.
func TestRefreshIsRefused(t *testing.T) {
	p := newPlace(t)
	s := p.server(t, newClock(noon), seed(1))
	ada := p.addUser(t, "ada", basic)
	people := users.In(p.tenant.Handle())
	role := func(name users.RoleNameValue) func() {
		return func() {
			patch := users.Patch{Role: store.Set(users.RolePatch{Name: store.Set(name)})}
			if _, err := people.Update(t.Context(), ada, patch); err != nil {
				t.Fatal(err)
			}
			s.Evict(p.tenant.ID, ada)
		}
	}
	open := func(err error) func(context.Context, bson.ObjectID) (store.Tenant, error) {
		return func(context.Context, bson.ObjectID) (store.Tenant, error) { return p.tenant.Handle(), err }
	}
	nothing := func() {}
	for name, test := range map[string]struct {
		before, after func()
		open          error
		want          error
	}{
		"a barred user":        {role(users.RoleNameBlocked), role(users.RoleNameBasic), nil, auth.ErrForbidden},
		"a suspended tenant":   {nothing, nothing, tenant.ErrSuspended, tenant.ErrSuspended},
		"an unknown tenant":    {nothing, nothing, tenant.ErrUnknown, tenant.ErrUnknown},
		"no catalog":           {nothing, nothing, store.ErrUnavailable, store.ErrUnavailable},
		"after it has expired": {func() { s.clock.pass(auth.SessionTTL) }, func() { s.clock.pass(-auth.SessionTTL) }, nil, auth.ErrToken},
	} {
		grant := s.login(t, ada)
		id := s.sessionOf(t, grant)
		stored := s.session(t, id)
		test.before()
		for range 2 {
			got, err := s.Refresh(t.Context(), grant.RefreshToken, open(test.open))
			if !errors.Is(err, test.want) || got != nil {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
		if !bytes.Equal(stored, s.session(t, id)) {
			t.Errorf("%s: the session is %v", name, s.session(t, id))
		}
		test.after()
		s.refresh(t, grant.RefreshToken)
	}
	grant := s.login(t, ada)
	if err := people.Delete(t.Context(), ada); err != nil {
		t.Fatal(err)
	}
	s.Evict(p.tenant.ID, ada)
	if got, err := s.trade(t, grant.RefreshToken); !errors.Is(err, auth.ErrToken) || got != nil {
		t.Errorf("a user who is gone: %+v, %v", got, err)
	}
	if _, err := s.ask(t, grant.Token); !errors.Is(err, auth.ErrToken) {
		t.Errorf("a request of one who is gone: %v", err)
	}
}

// TestSessionThatDoesNotFit is none, and does not get in the way of others.
func TestSessionThatDoesNotFit(t *testing.T) {
	p := newPlace(t)
	s := p.server(t, newClock(noon), seed(1))
	ada := p.addUser(t, "ada", basic)
	broken, whole := s.login(t, ada), s.login(t, ada)
	id := s.sessionOf(t, broken)
	if _, err := p.stored.UpdateByID(t.Context(), id, bson.D{{Key: "$set", Value: bson.D{{Key: "generation", Value: "one"}}}}); err != nil {
		t.Fatal(err)
	}
	s.Evict(p.tenant.ID, ada)
	for name, refused := range map[string]func() error{
		"refreshing": func() error { _, err := s.trade(t, broken.RefreshToken); return err },
		"asking":     func() error { _, err := s.ask(t, broken.Token); return err },
	} {
		s.log.Reset()
		if err := refused(); !errors.Is(err, auth.ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
		if !strings.Contains(s.log.String(), id.Hex()) {
			t.Errorf("%s: the log does not name it: %s", name, s.log.String())
		}
	}
	if _, err := s.ask(t, whole.Token); err != nil {
		t.Error(err)
	}
	s.refresh(t, whole.RefreshToken)
	s.login(t, ada)
}

// TestKeysRotateAcrossServers goes through the documented order at two servers, one
// after the other, and asks both after each step with all tokens that there are.
// Nobody is refused, but for those who did not come for as long as a session lasts.
func TestKeysRotateAcrossServers(t *testing.T) {
	p := newPlace(t)
	shared := newClock(noon)
	servers := []*server{p.server(t, shared, seed(1)), p.server(t, shared, seed(1))}
	ada := p.addUser(t, "ada", basic)
	// What clients have: one refreshes wherever it comes, the others at one server.
	grants := []*auth.Grant{servers[0].login(t, ada), servers[0].login(t, ada), servers[1].login(t, ada)}
	idle := servers[0].login(t, ada)
	step := 0
	everybody := func(name string) {
		t.Helper()
		step++
		for _, at := range servers {
			for i, g := range grants {
				if _, err := at.ask(t, g.Token); err != nil {
					t.Errorf("%s: the access token of client %d: %v", name, i, err)
				}
			}
		}
		for i := range grants {
			at := servers[(i+step*(i%2))%2]
			next, err := at.trade(t, grants[i].RefreshToken)
			if err != nil {
				t.Fatalf("%s: refreshing as client %d: %v", name, i, err)
			}
			// The answer is lost, and the other server asked.
			again, err := servers[(i+step*(i%2)+1)%2].trade(t, grants[i].RefreshToken)
			if err != nil || again.RefreshToken != next.RefreshToken {
				t.Fatalf("%s: refreshing again as client %d: %v", name, i, err)
			}
			grants[i] = again
		}
		shared.pass(time.Minute)
	}
	replace := func(at int, seeds ...[]byte) {
		t.Helper()
		if err := servers[at].keys.Replace(text(seeds...)); err != nil {
			t.Fatal(err)
		}
	}
	everybody("one key")
	for at := range servers {
		replace(at, seed(1), seed(2))
		everybody("appended")
	}
	for at := range servers {
		replace(at, seed(2), seed(1))
		everybody("moved to the front")
	}
	for range 31 {
		shared.pass(24*time.Hour - time.Minute)
		for i, g := range grants {
			grants[i] = servers[i%2].refresh(t, g.RefreshToken)
		}
		shared.pass(time.Minute)
	}
	for at := range servers {
		replace(at, seed(2))
		everybody("dropped")
	}
	if _, err := servers[0].trade(t, idle.RefreshToken); !errors.Is(err, auth.ErrToken) {
		t.Errorf("who did not come for 31 days: %v", err)
	}
	for _, s := range servers {
		if s.log.String() != "" {
			t.Error(s.log.String())
		}
	}
}

// TestKeyDroppedTooSoon refuses what it made, and changes nothing: put back, all
// is as it was.
func TestKeyDroppedTooSoon(t *testing.T) {
	p := newPlace(t)
	s := p.server(t, newClock(noon), seed(1))
	ada := p.addUser(t, "ada", basic)
	grant := s.login(t, ada)
	id := s.sessionOf(t, grant)
	before := s.session(t, id)
	if err := s.keys.Replace(text(seed(2))); err != nil {
		t.Fatal(err)
	}
	if _, err := s.trade(t, grant.RefreshToken); !errors.Is(err, auth.ErrToken) || !bytes.Equal(before, s.session(t, id)) {
		t.Errorf("%v, %v", err, s.session(t, id))
	}
	if err := s.keys.Replace(text(seed(2), seed(1))); err != nil {
		t.Fatal(err)
	}
	second := s.refresh(t, grant.RefreshToken)
	// The session is the new key's by now; the token before it is the old one's.
	if err := s.keys.Replace(text(seed(1))); err != nil {
		t.Fatal(err)
	}
	before = s.session(t, id)
	if _, err := s.trade(t, grant.RefreshToken); !errors.Is(err, auth.ErrToken) || !bytes.Equal(before, s.session(t, id)) {
		t.Errorf("in the grace, without the key of the successor: %v, %v", err, s.session(t, id))
	}
	if err := s.keys.Replace(text(seed(2))); err != nil {
		t.Fatal(err)
	}
	s.refresh(t, second.RefreshToken)
}

// TestRefreshOfAnEndedSession, and one that ends while it is refreshed.
func TestRefreshOfAnEndedSession(t *testing.T) {
	p := newPlace(t)
	s := p.server(t, newClock(noon), seed(1))
	ada := p.addUser(t, "ada", basic)
	grant := s.login(t, ada)
	id := s.sessionOf(t, grant)
	got, err := s.Refresh(t.Context(), grant.RefreshToken, func(ctx context.Context, tenant bson.ObjectID) (store.Tenant, error) {
		if _, err := s.Actor(ctx, p.tenant.Handle(), &auth.Identity{Tenant: tenant, User: ada, Session: id}); err != nil {
			t.Error(err)
		}
		// Elsewhere, so that nothing here knows.
		return p.tenant.Handle(), sessions.In(p.catalog.Admin()).Delete(ctx, id)
	})
	if !errors.Is(err, auth.ErrToken) || got != nil {
		t.Errorf("ended meanwhile: %+v, %v", got, err)
	}
	if _, err := s.trade(t, grant.RefreshToken); !errors.Is(err, auth.ErrToken) {
		t.Errorf("ended before: %v", err)
	}
	if doc := s.session(t, id); doc != nil {
		t.Errorf("it is back: %v", doc)
	}
}

// TestClockFails, the one that servers agree on, at each time that an operation asks
// for it. It is told as a database that does not answer, and nothing is changed.
func TestClockFails(t *testing.T) {
	p := newPlace(t)
	s := p.server(t, newClock(noon), seed(1))
	ada := p.addUser(t, "ada", basic)
	used := s.login(t, ada)
	s.refresh(t, s.refresh(t, used.RefreshToken).RefreshToken)
	traded := s.login(t, ada)
	s.refresh(t, traded.RefreshToken)
	valid := s.login(t, ada)
	refresh := func(g *auth.Grant) func() error {
		return func() error { _, err := s.trade(t, g.RefreshToken); return err }
	}
	for _, test := range []struct {
		name  string
		times int64
		do    func() error
		want  error
	}{
		{"a login", 1, func() error { _, err := s.Open(t.Context(), p.tenant.ID, ada); return err }, nil},
		{"a request", 1, func() error { _, err := s.ask(t, valid.Token); return err }, nil},
		{"a refresh again", 2, refresh(traded), nil},
		{"a refresh", 3, refresh(valid), nil},
		{"reuse", 1, refresh(used), auth.ErrToken},
	} {
		for at := range test.times {
			before := p.all(t)
			s.Evict(p.tenant.ID, ada)
			s.clockFails.Store(at + 1)
			if err := test.do(); !errors.Is(err, store.ErrUnavailable) {
				t.Errorf("%s, the clock failing at time %d: %v", test.name, at+1, err)
			}
			if !slices.EqualFunc(before, p.all(t), func(a, b bson.Raw) bool { return bytes.Equal(a, b) }) {
				t.Errorf("%s, the clock failing at time %d: the sessions were %v and are %v", test.name, at+1, before, p.all(t))
			}
		}
		s.Evict(p.tenant.ID, ada)
		s.clockFails.Store(test.times + 1)
		if err := test.do(); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
		if s.clockFails.Swap(0) != 1 {
			t.Errorf("%s asks for the time more or less than %d times", test.name, test.times)
		}
	}
}
