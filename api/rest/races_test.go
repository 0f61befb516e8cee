package rest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/users"
)

const newPassword = `{"password":"a new one altogether"}`

// TestALoginInFlightHasNoSession: its password was right when it was compared, and is another
// when the session is stored.
func TestALoginInFlightHasNoSession(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	a := servertest.Start(t, s.URI(), remembering)
	one := a.Provision(t, "one")
	ada := servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameBasic, Permission: []users.Permission{"read"}})
	held := s.On("insert").In("sessions").Hold()
	answered := make(chan servertest.Response, 1)
	go func() { answered <- a.Call(t, "POST /api/login?tenant=one", right) }()
	<-held.Arrived()
	super := a.Token(t, one.ID, "super")
	if got := a.Call(t, "PATCH /api/users/"+ada.ID.Hex(), newPassword, append(bearer(super), "If-Match", "*")...); got.Status != 200 {
		t.Fatal(got.Text)
	}
	held.Release()
	grant := <-answered
	if grant.Status == 200 {
		if got := a.Call(t, "GET /api/users", "", bearer(grant.Member("token"))...); got.Status != 401 {
			t.Errorf("its token is good for %d", got.Status)
		}
		if got := a.Call(t, "POST /api/refresh", refreshWith(grant)); got.Status != 401 {
			t.Errorf("it is refreshed: %d", got.Status)
		}
	}
}

func refreshWith(grant servertest.Response) string {
	return fmt.Sprintf(`{"refreshToken":%q}`, grant.Member("refreshToken"))
}

// TestAChangeOfPasswordThatIsCutShort ends the sessions of before, whether the client waits
// for it or not, and whether they can be removed or not.
func TestAChangeOfPasswordThatIsCutShort(t *testing.T) {
	t.Parallel()
	for _, test := range []string{"the client goes away", "sessions cannot be found"} {
		t.Run(test, func(t *testing.T) {
			t.Parallel()
			s := scripted.Start(t)
			a := servertest.Start(t, s.URI(), remembering)
			one := a.Provision(t, "one")
			ada := servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameBasic})
			super := a.Token(t, one.ID, "super")
			grant := a.Call(t, "POST /api/login?tenant=one", right)
			s.Reset()
			if test == "sessions cannot be found" {
				s.On("find").In("sessions").Fail(scripted.Error{Code: 13})
				a.Call(t, "PATCH /api/users/"+ada.ID.Hex(), newPassword, append(bearer(super), "If-Match", "*")...)
			} else {
				held := s.On("find").In("sessions").Hold()
				ctx, cancel := context.WithCancel(t.Context())
				done := patch(ctx, a, ada, newPassword, super)
				<-held.Arrived()
				cancel()
				<-done
				held.Release()
			}
			if got := a.Call(t, "POST /api/refresh", refreshWith(grant)); got.Status != 401 {
				t.Errorf("the session outlives the password: %d %s", got.Status, got.Text)
			}
		})
	}
}

// TestOwnPasswordKeepsTheSession that it was changed in, and no other.
func TestOwnPasswordKeepsTheSession(t *testing.T) {
	t.Parallel()
	s := scripted.Start(t)
	a := servertest.Start(t, s.URI(), remembering)
	one := a.Provision(t, "one")
	servertest.AddUser(t, one.Handle(), "ada", users.Role{Name: users.RoleNameBasic, Permission: []users.Permission{"read"}})
	here, there := a.Call(t, "POST /api/login?tenant=one", right), a.Call(t, "POST /api/login?tenant=one", right)
	if got := a.Call(t, "POST /api/password", fmt.Sprintf(`{"current":%q,"new":"a new one altogether"}`, servertest.Password), bearer(here.Member("token"))...); got.Status != 204 {
		t.Fatal(got.Text)
	}
	for grant, want := range map[*servertest.Response]int{&here: 200, &there: 401} {
		if got := a.Call(t, "GET /api/users", "", bearer(grant.Member("token"))...); got.Status != want {
			t.Errorf("a token is good for %d, want %d", got.Status, want)
		}
		if got := a.Call(t, "POST /api/refresh", refreshWith(*grant)); got.Status != want {
			t.Errorf("refreshed: %d, want %d", got.Status, want)
		}
	}
}

// patch sends a PATCH of a user, which ctx may cut short. The channel is closed when it is
// answered, or cut.
func patch(ctx context.Context, a *servertest.Server, user *users.User, body, token string) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		req, err := http.NewRequestWithContext(ctx, http.MethodPatch, a.Base+"/api/users/"+user.ID.Hex(), strings.NewReader(body))
		if err != nil {
			return
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("If-Match", "*")
		req.Header.Set("Authorization", "Bearer "+token)
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	}()
	return done
}

// TestTheLastFullRoleStays, although two requests take the last two at once and find each
// other's user after their own write no more.
func TestTheLastFullRoleStays(t *testing.T) {
	t.Parallel()
	for _, test := range []string{"nobody interferes", "both clients go away", "somebody renames both", "nobody can look"} {
		t.Run(test, func(t *testing.T) {
			t.Parallel()
			s := scripted.Start(t)
			a := servertest.Start(t, s.URI(), remembering)
			one := a.Provision(t, "one")
			super, writer := a.Token(t, one.ID, "super"), a.Token(t, one.ID, "basic", "read", "write")
			both := []*users.User{
				servertest.AddUser(t, one.Handle(), "eve", users.Role{Name: users.RoleNameSuper}), servertest.AddUser(t, one.Handle(), "zoe", users.Role{Name: users.RoleNameSuper}),
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var held []*scripted.Held
			var done []<-chan struct{}
			for _, user := range both { // the first command of each is the one without reading
				h := s.On("findAndModify").In("users").Nth(2).Hold()
				done = append(done, patch(ctx, a, user, `{"role":{"name":"auditor"}}`, super))
				<-h.Arrived()
				held = append(held, h)
			}
			var looks []*scripted.Held
			for n := range 2 {
				if look := s.On("find").In("users").Nth(n + 1); test == "nobody can look" {
					look.Fail(scripted.Error{Code: 13})
				} else {
					looks = append(looks, look.Hold())
				}
			}
			// What gives back waits for the other to have looked, or the other would find it.
			renames, undos := 0, make([]*scripted.Held, 2)
			if test == "somebody renames both" {
				renames = 2
			}
			for n := range undos {
				undos[n] = s.On("findAndModify").In("users").Nth(renames + n + 1).Hold()
			}
			for _, h := range held {
				h.Release()
			}
			for _, h := range looks {
				<-h.Arrived()
			}
			switch test {
			case "both clients go away":
				cancel()
			case "somebody renames both":
				for _, user := range both {
					if got := a.Call(t, "PATCH /api/users/"+user.ID.Hex(), `{"name":"Renamed"}`, append(bearer(writer), "If-Match", "*")...); got.Status != 200 {
						t.Fatal(got.Text)
					}
				}
			}
			for _, h := range looks {
				h.Release()
			}
			for _, h := range undos {
				<-h.Arrived()
			}
			for _, h := range undos {
				h.Release()
			}
			for _, d := range done {
				<-d
			}
			for strings.Count(a.Log.String(), "method=PATCH") < 2 { // both go on without their clients, and end
				if err := t.Context().Err(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Millisecond)
			}
			for _, user := range both {
				after, err := users.In(one.Handle()).Get(t.Context(), user.ID)
				if err != nil || after.Role.Name != users.RoleNameSuper {
					t.Errorf("%s is %+v, %v", user.Name, after, err)
				}
			}
		})
	}
}
