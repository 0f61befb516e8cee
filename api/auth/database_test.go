package auth_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/users"
)

const adasPassword = "correct horse battery"

// adasSecret is its hash, made once.
var adasSecret = sync.OnceValues(func() (store.Secret, error) {
	return auth.NewPasswords().Hash(context.Background(), adasPassword)
})

// scriptedServer returns a server whose database does what the test says. Its user
// ada has the password adasPassword.
func scriptedServer(t *testing.T) (s *server, mongod *scripted.Server, ada bson.ObjectID) {
	t.Helper()
	mongod = scripted.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(mongod.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Disconnect(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	p := newPlaceAt(t, mongod.URI(), client)
	s = p.server(t, newClock(noon), seed(1))
	secret, err := adasSecret()
	if err != nil {
		t.Fatal(err)
	}
	user, err := users.In(p.tenant.Handle()).Create(t.Context(), users.New{Name: "Ada", Email: "ada@example.com", Password: secret, Role: store.Some(basic)})
	if err != nil {
		t.Fatal(err)
	}
	mongod.Reset()
	return s, mongod, user.ID
}

// loginAs logs ada in as the API does.
func (s *server) loginAs(t *testing.T, password string) (*auth.Grant, error) {
	t.Helper()
	return s.loginTo(t, s.tenant, "ada@example.com", password)
}

func (s *server) loginTo(t *testing.T, in *tenant.Entry, email, password string) (*auth.Grant, error) {
	t.Helper()
	try := auth.Attempt{Tenant: in.Name, ID: in.ID, Handle: in.Handle(), Email: email, Password: password}
	return s.Login(t.Context(), try, func() error { return nil })
}

// sent returns the commands that came since the last Reset, with their collections.
func sent(mongod *scripted.Server) string {
	var names []string
	for _, c := range mongod.Commands() {
		names = append(names, c.Name+" "+c.Collection)
	}
	return strings.Join(names, ", ")
}

// TestCommands counts what the database is asked. What of it the embedded server
// could show is the same.
func TestCommands(t *testing.T) {
	t.Parallel()
	s, mongod, ada := scriptedServer(t)
	must := func(g *auth.Grant, err error) *auth.Grant {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	var grant *auth.Grant
	ask := func() {
		if _, err := s.ask(t, grant.Token); err != nil {
			t.Error(err)
		}
	}
	const look = "find users, find sessions"
	for _, step := range []struct {
		name string
		do   func()
		want string
	}{
		{"a login", func() { grant = must(s.loginAs(t, adasPassword)) }, "find users, find sessions, insert sessions"},
		{"the first request", ask, look},
		{"the next one", ask, ""},
		{"a refresh", func() { grant = must(s.trade(t, grant.RefreshToken)) }, "find sessions, findAndModify sessions"},
		{"a request after it", ask, ""},
		{"a refresh by one who is not remembered", func() {
			s.Evict(s.tenant.ID, ada)
			grant = must(s.trade(t, grant.RefreshToken))
		}, "find sessions, " + look + ", findAndModify sessions"},
		{"garbage for a refresh token", func() { _, _ = s.trade(t, strings.Repeat("A", 48)) }, ""},
		{"garbage for an access token", func() { _, _ = s.ask(t, strings.Repeat("A", 48)) }, ""},
		{"an operator's request", func() { _, _ = s.Actor(t.Context(), store.Tenant{}, &auth.Identity{Tenant: s.tenant.ID}) }, ""},
		{"logging out", func() {
			if err := s.Logout(t.Context(), s.tenant.ID, ada, s.sessionOf(t, grant)); err != nil {
				t.Error(err)
			}
		}, "delete sessions"},
		{"a request by who has logged out", func() {
			s.clock.pass(time.Minute) // before, another server might have opened the session
			if _, err := s.ask(t, grant.Token); !errors.Is(err, auth.ErrToken) {
				t.Error(err)
			}
		}, look},
		{"the next one by who has logged out", func() { _, _ = s.ask(t, grant.Token) }, ""},
		{"a request by a user who is gone", func() {
			if err := users.In(s.tenant.Handle()).Delete(t.Context(), ada); err != nil {
				t.Error(err)
			}
			s.Evict(s.tenant.ID, ada)
			_, _ = s.ask(t, grant.Token)
		}, "delete users, find users"},
		{"the next one by a user who is gone", func() { _, _ = s.ask(t, grant.Token) }, ""},
	} {
		mongod.Reset()
		step.do()
		if got := sent(mongod); got != step.want {
			t.Errorf("%s sends %q, want %q", step.name, got, step.want)
		}
	}
}

// failure is how the database fails at a command. The code is one after which the
// driver does not try again.
type failure struct {
	name string
	at   func(*scripted.Rule)
	// stores reports whether the command is carried out before.
	stores bool
}

var failures = []failure{
	{"one refusal", func(r *scripted.Rule) { r.Fail(scripted.Error{Code: 50}) }, false},
	{"nothing but refusals", func(r *scripted.Rule) { r.Always().Fail(scripted.Error{Code: 50}) }, false},
	{"answers that are lost", func(r *scripted.Rule) { r.Always().FailAfter(scripted.Error{Code: 50}) }, true},
}

// recorded reports whether it are the commands that clients send for somebody,
// unlike hello.
func recorded(c scripted.Command) bool { return c.Name != "hello" }

// operation is something that accounts ask the database for.
type operation struct {
	name string
	// prepare gives the tokens that it is done with.
	prepare func(t *testing.T, s *server, ada bson.ObjectID) *auth.Grant
	do      func(t *testing.T, s *server, g *auth.Grant) (*auth.Grant, error)
	// kept reports whether the session of the tokens outlives it.
	kept bool
	want error
}

var operations = []operation{
	{"login", signedIn, func(t *testing.T, s *server, _ *auth.Grant) (*auth.Grant, error) { return s.loginAs(t, adasPassword) }, true, nil},
	{"a wrong password", signedIn, func(t *testing.T, s *server, _ *auth.Grant) (*auth.Grant, error) { return s.loginAs(t, "wrong") }, true, auth.ErrCredentials},
	{"an address of an earlier version", signedIn, func(t *testing.T, s *server, _ *auth.Grant) (*auth.Grant, error) {
		return s.loginTo(t, s.tenant, "ada@m\u00fcnchen.example", "wrong")
	}, true, auth.ErrCredentials},
	{"a tenant that is not there", signedIn, func(t *testing.T, s *server, _ *auth.Grant) (*auth.Grant, error) {
		return s.loginTo(t, &tenant.Entry{Name: "nowhere"}, "ada@example.com", "wrong")
	}, true, auth.ErrCredentials},
	{"a request", signedIn, asked, true, nil},
	{"logout", signedIn, loggedOut, false, nil},
	{"refresh", signedIn, refreshed, true, nil},
	{"refresh of an older version's", signedInBefore, refreshed, true, nil},
	{"refresh again", func(t *testing.T, s *server, ada bson.ObjectID) *auth.Grant {
		g := signedIn(t, s, ada)
		s.refresh(t, g.RefreshToken)
		return g
	}, refreshed, true, nil},
	{"reuse", func(t *testing.T, s *server, ada bson.ObjectID) *auth.Grant {
		g := signedIn(t, s, ada)
		s.refresh(t, s.refresh(t, g.RefreshToken).RefreshToken)
		return g
	}, refreshed, false, auth.ErrToken},
}

func signedIn(t *testing.T, s *server, ada bson.ObjectID) *auth.Grant {
	t.Helper()
	return s.login(t, ada)
}

// signedInBefore has signed in at a server of an older version.
func signedInBefore(t *testing.T, s *server, ada bson.ObjectID) *auth.Grant {
	t.Helper()
	token, id := s.older(t, ada)
	access, err := s.tokens.Issue(auth.Identity{Tenant: s.tenant.ID, User: ada, Session: id, Expires: noon.Add(auth.AccessTTL)})
	if err != nil {
		t.Fatal(err)
	}
	return &auth.Grant{Token: access, RefreshToken: token}
}

func asked(t *testing.T, s *server, g *auth.Grant) (*auth.Grant, error) {
	t.Helper()
	if _, err := s.ask(t, g.Token); err != nil {
		return nil, err
	}
	return g, nil
}

func loggedOut(t *testing.T, s *server, g *auth.Grant) (*auth.Grant, error) {
	t.Helper()
	who, err := s.tokens.Verify(g.Token)
	if err != nil {
		t.Fatal(err)
	}
	return nil, s.Logout(t.Context(), who.Tenant, who.User, who.Session)
}

func refreshed(t *testing.T, s *server, g *auth.Grant) (*auth.Grant, error) {
	t.Helper()
	return s.trade(t, g.RefreshToken)
}

// TestDatabaseFails at each command of each operation in turn. It is always told
// as a database that does not answer; nothing is half done, and nothing remembered
// that is not so: tried again, everything goes its way.
func TestDatabaseFails(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		for _, f := range failures {
			t.Run(o.name+", "+f.name, func(t *testing.T) {
				t.Parallel()
				s, mongod, ada := scriptedServer(t)
				n := 1
				for o.failsAt(t, n, f, s, mongod, ada) {
					n++
				}
				if n == 1 {
					t.Error("the operation asks nothing")
				}
			})
		}
	}
}

// failsAt lets the database fail at the n-th command of the operation. It answers
// false where there are not as many.
func (o *operation) failsAt(t *testing.T, n int, f failure, s *server, mongod *scripted.Server, ada bson.ObjectID) bool {
	t.Helper()
	g := o.prepare(t, s, ada)
	id := s.sessionOf(t, g)
	s.Evict(s.tenant.ID, ada)
	before, others := s.session(t, id), s.count(t)
	mongod.Reset()
	rule := mongod.On().Where(recorded).Nth(n)
	f.at(rule)
	got, err := o.do(t, s, g)
	failed := rule.Met() >= n
	did := sent(mongod)
	stored := f.stores
	mongod.Reset()
	if !failed {
		if !errors.Is(err, o.want) {
			t.Errorf("without a failure: %v", err)
		}
		return false
	}
	if !errors.Is(err, store.ErrUnavailable) || errors.Is(err, auth.ErrToken) || errors.Is(err, auth.ErrCredentials) || got != nil {
		t.Errorf("failing at command %d of %s: %+v, %v", n, did, got, err)
	}
	if after := s.session(t, id); !stored && (!bytes.Equal(before, after) || s.count(t) != others) {
		t.Errorf("failing at command %d: the session was %v and is %v; %d sessions, and %d before", n, before, after, s.count(t), others)
	}
	if got, err = o.do(t, s, g); !errors.Is(err, o.want) {
		t.Errorf("again, after failing at command %d: %v", n, err)
	}
	if kept := s.session(t, id) != nil; kept != o.kept {
		t.Errorf("again, after failing at command %d: the session is there: %t", n, kept)
	}
	if _, err := s.ask(t, g.Token); (err == nil) != o.kept {
		t.Errorf("a request, after failing at command %d: %v", n, err)
	}
	if got != nil {
		s.refresh(t, got.RefreshToken)
	}
	return true
}

// TestLoginDoesNotWaitForOldSessions lets ending those fail that have expired or
// are too many: the login is good, and the next one ends them.
func TestLoginDoesNotWaitForOldSessions(t *testing.T) {
	t.Parallel()
	s, mongod, ada := scriptedServer(t)
	var surplus []bson.ObjectID
	for i := range 22 {
		id := s.keep(t, ada, noon.Add(time.Duration(i)*time.Second), noon.Add(time.Hour))
		if i < 4 {
			surplus = append(surplus, id)
		}
	}
	surplus = append(surplus, s.keep(t, ada, noon.Add(time.Minute), noon.Add(-time.Hour)))
	mongod.On("delete").Always().Fail(scripted.Error{Code: 50})
	first, err := s.loginAs(t, adasPassword)
	if err != nil {
		t.Fatal(err)
	}
	if n := s.count(t); n != 24 {
		t.Errorf("%d sessions", n)
	}
	if n := strings.Count(sent(mongod), "delete"); n != 1 {
		t.Errorf("it tries %d times", n)
	}
	if !strings.Contains(s.log.String(), "could not be ended") {
		t.Errorf("the log does not say so: %s", s.log.String())
	}
	mongod.Reset()
	if _, err := s.loginAs(t, adasPassword); err != nil {
		t.Fatal(err)
	}
	if n := s.count(t); n != 20 {
		t.Errorf("%d sessions", n)
	}
	for i, id := range surplus {
		if s.session(t, id) != nil {
			t.Errorf("the session %d is still there", i)
		}
	}
	if _, err := s.ask(t, first.Token); err != nil {
		t.Error(err)
	}
}

// TestLogoutAllGoesOn past a session that cannot be ended, and says so.
func TestLogoutAllGoesOn(t *testing.T) {
	t.Parallel()
	s, mongod, ada := scriptedServer(t)
	for range 3 {
		s.login(t, ada)
	}
	mongod.On("delete").Nth(2).Fail(scripted.Error{Code: 50})
	if err := s.LogoutAll(t.Context(), s.tenant.ID, ada, bson.NilObjectID); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("%v", err)
	}
	if n := s.count(t); n != 1 {
		t.Errorf("%d sessions are left, want the one", n)
	}
	mongod.Reset()
	mongod.On("find").Fail(scripted.Error{Code: 50})
	if err := s.LogoutAll(t.Context(), s.tenant.ID, ada, bson.NilObjectID); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("%v", err)
	}
}

// TestRefreshMeetsAnother holds a trade before its write, until another one has
// gone through, and a third has used what that gave.
func TestRefreshMeetsAnother(t *testing.T) {
	t.Parallel()
	for _, used := range []bool{false, true} {
		t.Run(fmt.Sprint("its successor is used: ", used), func(t *testing.T) {
			t.Parallel()
			s, mongod, ada := scriptedServer(t)
			g := s.login(t, ada)
			id := s.sessionOf(t, g)
			held := mongod.On("findAndModify").Hold()
			type result struct {
				grant *auth.Grant
				err   error
			}
			slow := make(chan result, 1)
			go func() {
				grant, err := s.trade(t, g.RefreshToken)
				slow <- result{grant, err}
			}()
			<-held.Arrived()
			next := s.refresh(t, g.RefreshToken)
			if used {
				s.refresh(t, next.RefreshToken)
			}
			held.Release()
			got := <-slow
			if used {
				if !errors.Is(got.err, auth.ErrToken) || s.session(t, id) != nil {
					t.Errorf("%+v, %v; the session is %v", got.grant, got.err, s.session(t, id))
				}
				return
			}
			if got.err != nil || got.grant.RefreshToken != next.RefreshToken {
				t.Errorf("%+v, %v", got.grant, got.err)
			}
		})
	}
}

// TestCloseEndsLookUps that are under way, and returns when they have ended. None
// begins afterwards.
func TestCloseEndsLookUps(t *testing.T) {
	t.Parallel()
	s, mongod, ada := scriptedServer(t)
	g := s.login(t, ada)
	held := mongod.On("find").Hold()
	asked := make(chan error, 1)
	go func() {
		_, err := s.ask(t, g.Token)
		asked <- err
	}()
	<-held.Arrived()
	s.Close()
	if err := <-asked; err == nil {
		t.Error("an answer without a database")
	}
	mongod.Reset()
	if who, err := s.ask(t, g.Token); !errors.Is(err, context.Canceled) {
		t.Errorf("a request afterwards: %+v, %v", who, err)
	}
	if _, err := s.loginAs(t, "wrong"); !errors.Is(err, context.Canceled) {
		t.Errorf("a wrong password afterwards: %v", err)
	}
}
