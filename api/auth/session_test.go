package auth_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/sessions"
	"github.com/partywall/partywall/gen/users"
)

// TestSessionIDsAreRandom looks at each of their 96 bits: an ObjectID as drivers
// make them begins with the time, and ends with a counter.
func TestSessionIDsAreRandom(t *testing.T) {
	p := newPlace(t)
	s := p.server(t, newClock(noon), seed(1))
	var ones [96]int
	const logins = 64
	for i := range logins {
		id := s.sessionOf(t, s.login(t, p.addUser(t, fmt.Sprint("user", i), basic)))
		for bit := range ones {
			ones[bit] += int(id[bit/8] >> (bit % 8) & 1)
		}
	}
	for bit, n := range ones {
		// That a fair coin falls outside of this happens once in 10^10 runs.
		if n < 4 || n > logins-4 {
			t.Errorf("bit %d is 1 in %d of %d ids", bit, n, logins)
		}
	}
}

// keep stores a session as an earlier login left it.
func (p *place) keep(t *testing.T, user bson.ObjectID, created, expires time.Time) bson.ObjectID {
	t.Helper()
	id := bson.NewObjectID()
	id[0] = byte(expires.Unix()) // in any order
	_, err := p.stored.InsertOne(t.Context(), bson.D{
		{Key: "_id", Value: id}, {Key: "tenant", Value: p.tenant.ID}, {Key: "user", Value: user},
		{Key: "key", Value: "k"}, {Key: "generation", Value: int64(1)},
		{Key: "createdAt", Value: created}, {Key: "expiresAt", Value: expires},
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestOldestSessionEnds opens one more than a user may have: the oldest ends,
// whatever its id.
func TestOldestSessionEnds(t *testing.T) {
	p := newPlace(t)
	s := p.server(t, newClock(noon), seed(1))
	ada, eve := p.addUser(t, "ada", basic), p.addUser(t, "eve", basic)
	evesOwn := p.keep(t, eve, noon.Add(-1000*time.Hour), noon.Add(time.Hour))
	var ids []bson.ObjectID
	for i := range 25 {
		age := time.Duration((i*7)%25) * time.Hour // in no order
		ids = append(ids, p.keep(t, ada, noon.Add(-age), noon.Add(time.Duration(100+i)*time.Second)))
	}
	atEnd := p.keep(t, ada, noon, noon) // expires now
	grant := s.login(t, ada)
	for i, id := range ids {
		age := (i * 7) % 25
		if there := p.session(t, id) != nil; there != (age < 19) {
			t.Errorf("the session that is %d h old is there: %t", age, there)
		}
	}
	if p.session(t, atEnd) != nil {
		t.Error("an expired session is still there")
	}
	if p.session(t, evesOwn) == nil {
		t.Error("another's session ended")
	}
	if n := p.count(t); n != 21 {
		t.Errorf("%d sessions, want 20 and another's", n)
	}
	if _, err := s.ask(t, grant.Token); err != nil {
		t.Error(err)
	}
}

// TestEndedByAnotherLogin is the oldest session of a user who is remembered: its
// access token is refused at once.
func TestEndedByAnotherLogin(t *testing.T) {
	p := newPlace(t)
	s := p.server(t, newClock(noon), seed(1))
	ada := p.addUser(t, "ada", basic)
	grants := []*auth.Grant{s.login(t, ada)}
	for range 19 {
		grants = append(grants, s.login(t, ada))
	}
	ask := func(g *auth.Grant) bool { _, err := s.ask(t, g.Token); return err == nil }
	if !ask(grants[0]) || !ask(grants[19]) {
		t.Fatal("not all are signed in")
	}
	grants = append(grants, s.login(t, ada))
	refused := 0
	for _, g := range grants {
		if !ask(g) {
			refused++
		}
	}
	if refused != 1 || !ask(grants[20]) {
		t.Errorf("%d are refused", refused)
	}
}

// TestExpiredSessionsHideNothing has more of them than a page holds.
func TestExpiredSessionsHideNothing(t *testing.T) {
	p := newPlace(t)
	s := p.server(t, newClock(noon), seed(1))
	ada := p.addUser(t, "ada", basic)
	grant := s.login(t, ada)
	var docs []bson.D
	for i := range 500 {
		id := bson.NewObjectID()
		id[0] = byte(i)
		docs = append(docs, bson.D{
			{Key: "_id", Value: id}, {Key: "tenant", Value: p.tenant.ID}, {Key: "user", Value: ada},
			{Key: "createdAt", Value: noon}, {Key: "expiresAt", Value: noon},
		})
	}
	if _, err := p.stored.InsertMany(t.Context(), docs); err != nil {
		t.Fatal(err)
	}
	s.Evict(p.tenant.ID, ada)
	if _, err := s.ask(t, grant.Token); err != nil {
		t.Errorf("among expired ones: %v", err)
	}
	if who, err := s.Actor(t.Context(), p.tenant.Handle(), &auth.Identity{
		Tenant: p.tenant.ID, User: ada, Session: docs[7][0].Value.(bson.ObjectID),
	}); !errors.Is(err, auth.ErrToken) {
		t.Errorf("in an expired one: %+v, %v", who, err)
	}
	s.login(t, ada)
	if n := p.count(t); n != 2 {
		t.Errorf("%d sessions", n)
	}
}

func TestActor(t *testing.T) {
	p := newPlace(t)
	s := p.server(t, newClock(noon), seed(1))
	ada := p.addUser(t, "ada", users.Role{Name: users.RoleNameHos, Permission: []users.Permission{"write", "read"}})
	grant := s.login(t, ada)
	id := s.sessionOf(t, grant)
	actor, err := s.ask(t, grant.Token)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(*actor), fmt.Sprint(auth.Actor{
		Tenant: p.tenant.ID, User: ada, Session: id, Role: "hos", Permissions: []string{"write", "read"},
	}); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// What an operator's token says is so, whoever the users are.
	actor, err = s.Actor(t.Context(), store.Tenant{}, &auth.Identity{Tenant: p.tenant.ID, Role: "super", Permissions: []string{"read"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(*actor), fmt.Sprint(auth.Actor{Tenant: p.tenant.ID, Role: "super", Permissions: []string{"read"}}); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// A role that the schema does not know is nobody's.
	if _, err := p.users().UpdateByID(t.Context(), ada, bson.D{{Key: "$set", Value: bson.D{{Key: "role.name", Value: "emperor"}}}}); err != nil {
		t.Fatal(err)
	}
	s.Evict(p.tenant.ID, ada)
	if actor, err := s.ask(t, grant.Token); !errors.Is(err, auth.ErrToken) {
		t.Errorf("%+v, %v", actor, err)
	}
	if !strings.Contains(s.log.String(), ada.Hex()) {
		t.Errorf("the log does not name the user: %s", s.log.String())
	}
}

// TestServersAgreeOnSessions has two servers remember a user for an hour.
func TestServersAgreeOnSessions(t *testing.T) {
	p := newPlace(t)
	shared := newClock(noon)
	here, there := p.server(t, shared, seed(1)), p.server(t, shared, seed(1))
	ada := p.addUser(t, "ada", basic)
	first := here.login(t, ada)
	for _, s := range []*server{here, there} {
		if _, err := s.ask(t, first.Token); err != nil {
			t.Fatal(err)
		}
	}
	shared.pass(time.Minute)
	second := here.login(t, ada)
	for name, s := range map[string]*server{"where it was opened": here, "elsewhere": there} {
		if _, err := s.ask(t, second.Token); err != nil {
			t.Errorf("a new session, %s: %v", name, err)
		}
	}
	if err := here.Logout(t.Context(), p.tenant.ID, ada, here.sessionOf(t, second)); err != nil {
		t.Fatal(err)
	}
	if _, err := here.ask(t, second.Token); !errors.Is(err, auth.ErrToken) {
		t.Errorf("ended: %v", err)
	}
	if _, err := there.ask(t, second.Token); err != nil {
		t.Errorf("ended elsewhere, and not yet known: %v", err)
	}
	if _, err := there.trade(t, second.RefreshToken); !errors.Is(err, auth.ErrToken) {
		t.Errorf("refreshing what was ended elsewhere: %v", err)
	}
	there.Evict(p.tenant.ID, ada)
	if _, err := there.ask(t, second.Token); !errors.Is(err, auth.ErrToken) {
		t.Errorf("ended elsewhere: %v", err)
	}
	if _, err := there.ask(t, first.Token); err != nil {
		t.Errorf("the other session: %v", err)
	}
}

// TestSessionIsLookedForOnce more where another server may have opened it: one
// that a token was issued for long before the last look is not there.
func TestSessionIsLookedForOnce(t *testing.T) {
	p := newPlace(t)
	shared := newClock(noon)
	s := p.server(t, shared, seed(1))
	ada := p.addUser(t, "ada", basic)
	s.login(t, ada)
	for _, test := range []struct {
		issued time.Duration
		found  bool
	}{
		{-time.Hour, false},
		{-30*time.Second - time.Nanosecond, false},
		{-30 * time.Second, true}, // by a clock that is that far behind
		{0, true},
		{time.Hour, true},
	} {
		s.Evict(p.tenant.ID, ada)
		who := &auth.Identity{Tenant: p.tenant.ID, User: ada, Session: bson.NewObjectID(), Issued: noon.Add(test.issued)}
		if _, err := s.Actor(t.Context(), p.tenant.Handle(), who); !errors.Is(err, auth.ErrToken) {
			t.Errorf("a session that is not there: %v", err)
		}
		_, err := sessions.In(p.catalog.Admin()).Create(t.Context(), sessions.New{
			ID: who.Session, Tenant: p.tenant.ID, User: ada, ExpiresAt: noon.Add(time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Actor(t.Context(), p.tenant.Handle(), who)
		if (err == nil) != test.found || err != nil && !errors.Is(err, auth.ErrToken) {
			t.Errorf("issued %v from the last look: %v", test.issued, err)
		}
	}
}

func TestLogoutAll(t *testing.T) {
	p := newPlace(t)
	s := p.server(t, newClock(noon), seed(1))
	ada, eve := p.addUser(t, "ada", basic), p.addUser(t, "eve", basic)
	one, two, three, eves := s.login(t, ada), s.login(t, ada), s.login(t, ada), s.login(t, eve)
	ask := func(g *auth.Grant) bool { _, err := s.ask(t, g.Token); return err == nil }
	if !ask(one) || !ask(two) || !ask(three) {
		t.Fatal("not all are signed in")
	}
	if err := s.LogoutAll(t.Context(), p.tenant.ID, ada, s.sessionOf(t, two)); err != nil {
		t.Fatal(err)
	}
	if ask(one) || !ask(two) || ask(three) || !ask(eves) {
		t.Errorf("but for one: %t, %t, %t; another's %t", ask(one), ask(two), ask(three), ask(eves))
	}
	if err := s.LogoutAll(t.Context(), p.tenant.ID, ada, bson.NilObjectID); err != nil {
		t.Fatal(err)
	}
	if ask(two) || !ask(eves) || p.count(t) != 1 {
		t.Errorf("all: %t; another's %t; %d are left", ask(two), ask(eves), p.count(t))
	}
	if err := s.Logout(t.Context(), p.tenant.ID, ada, s.sessionOf(t, one)); err != nil {
		t.Errorf("logging out twice: %v", err)
	}
}
