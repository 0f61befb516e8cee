package auth_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/crypto/bcrypt"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/users"
)

// lines returns what the log says since the last time, without times and levels.
func (p *people) lines() []string {
	var lines []string
	for line := range strings.Lines(p.log.String()) {
		_, said, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "msg=")
		lines = append(lines, said)
	}
	p.log.Reset()
	return lines
}

// refusal returns the line about an attempt that is refused.
func refusal(client, reason, email, tenant string) string {
	sum := sha256.Sum256([]byte(email))
	return `"login refused" client=` + client + " reason=" + reason + " account=" + hex.EncodeToString(sum[:])[:16] + " tenant=" + tenant
}

// TestTheLogSaysWhyALoginIsRefused, in one line each that names no address and no
// password, and nothing of one that is let in.
func TestTheLogSaysWhyALoginIsRefused(t *testing.T) {
	p := limitedAccounts(t, auth.Rate{Burst: 2, Interval: time.Hour}, auth.Rate{Burst: 4, Interval: time.Hour})
	acme := p.tenant(t, "acme")
	secret, err := p.passwords.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	add(t, acme, "ada", secret.Stored(), users.RoleNameBasic)
	add(t, acme, "barred", secret.Stored(), users.RoleNameBlocked)
	addRaw(t, acme, bson.D{{Key: "name", Value: "misfit"}, {Key: "email", Value: "misfit@example.com"}, {Key: "role", Value: "owner"}})
	nowhere := &tenant.Entry{Name: strings.Repeat("n", 70)}
	var tooMany *auth.TooManyError
	for _, step := range []struct {
		in                     *tenant.Entry
		email, password, from  string
		want                   error
		reason, client, called string
	}{
		{acme, "ada@example.com", "wrong", "192.0.2.1", auth.ErrCredentials, "wrong_password", "192.0.2.1", "acme"},
		{acme, " ADA@example.com", "wrong", "192.0.2.1", auth.ErrCredentials, "repeated", "192.0.2.1", "acme"},
		{acme, "ada@example.com", "wrong, too", "192.0.2.1", auth.ErrCredentials, "wrong_password", "192.0.2.1", "acme"},
		{acme, "ada@example.com", "correct horse", "192.0.2.1", nil, "limited_account", "192.0.2.1", "acme"},
		{acme, "nobody@example.com", "wrong", "192.0.2.1", auth.ErrCredentials, "unknown_account", "192.0.2.1", "acme"},
		{acme, "misfit@example.com", "wrong", "192.0.2.1", auth.ErrCredentials, "unknown_account", "192.0.2.1", "acme"},
		{acme, "eve@example.com", "wrong", "192.0.2.1", nil, "limited_address", "192.0.2.1", "acme"},
		{nowhere, "ada@example.com", "wrong", "2001:db8::1", auth.ErrCredentials, "unknown_tenant", "2001:db8::1", nowhere.Name[:64]},
		{acme, "barred@example.com", "wrong", "192.0.2.2", auth.ErrCredentials, "wrong_password", "192.0.2.2", "acme"},
		{acme, "barred@example.com", "correct horse", "192.0.2.2", auth.ErrForbidden, "barred", "192.0.2.2", "acme"},
	} {
		_, err := p.Login(t.Context(), auth.Attempt{
			Tenant: step.in.Name, ID: step.in.ID, Handle: step.in.Handle(),
			Email: step.email, Password: step.password, Client: netip.MustParseAddr(step.from),
		}, func() error { return nil })
		if step.want != nil && !errors.Is(err, step.want) || step.want == nil && !errors.As(err, &tooMany) {
			t.Errorf("%s from %s: %v", step.email, step.from, err)
		}
		email := strings.ToLower(strings.TrimSpace(step.email))
		if got, want := p.lines(), refusal(step.client, step.reason, email, step.called); len(got) != 1 || got[0] != want {
			t.Errorf("%s with %q from %s: the log says %q, want %q", step.email, step.password, step.from, got, want)
		}
	}
	add(t, acme, "eve", secret.Stored(), users.RoleNameBasic)
	try := auth.Attempt{Tenant: acme.Name, ID: acme.ID, Handle: acme.Handle(), Email: "eve@example.com", Password: "correct horse", Client: netip.MustParseAddr("192.0.2.3")}
	if _, err := p.Login(t.Context(), try, func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	if got := p.lines(); len(got) != 0 {
		t.Errorf("of one who is let in the log says %q", got)
	}
}

// TestAdmitIsAskedLast: about nobody but who has the right password, and its refusal
// is the answer. Nothing is opened then.
func TestAdmitIsAskedLast(t *testing.T) {
	p := accounts(t, unlimited)
	acme := p.tenant(t, "acme")
	secret, err := p.passwords.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	add(t, acme, "ada", secret.Stored(), users.RoleNameBasic)
	add(t, acme, "barred", secret.Stored(), users.RoleNameBlocked)
	closed := errors.New("closed")
	for _, test := range []struct {
		in             *tenant.Entry
		name, password string
		want           error
		asked          int
	}{
		{acme, "ada", "wrong", auth.ErrCredentials, 0},
		{acme, "nobody", "wrong", auth.ErrCredentials, 0},
		{&tenant.Entry{Name: "nowhere"}, "ada", "wrong", auth.ErrCredentials, 0},
		{acme, "ada", "correct horse", closed, 1},
		{acme, "barred", "correct horse", closed, 1},
	} {
		asked := 0
		grant, err := p.Login(t.Context(), auth.Attempt{
			Tenant: test.in.Name, ID: test.in.ID, Handle: test.in.Handle(), Email: test.name + "@example.com", Password: test.password, Client: somewhere,
		}, func() error { asked++; return closed })
		if !errors.Is(err, test.want) || grant != nil || asked != test.asked {
			t.Errorf("%s with %q: %+v, %v; it was asked %d times", test.name, test.password, grant, err, asked)
		}
	}
}

// TestCheckPassword: a password that is one's own gives the user, whatever address
// comes with it; its failures are those of the account.
func TestCheckPassword(t *testing.T) {
	p := accounts(t, auth.Rate{Burst: 2, Interval: time.Hour})
	acme := p.tenant(t, "acme")
	secret, err := p.passwords.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	add(t, acme, "ada", secret.Stored(), users.RoleNameHos)
	ada, err := users.In(acme.Handle()).ByEmail(t.Context(), "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	check := func(user bson.ObjectID, password string) (*auth.User, error) {
		try := auth.Attempt{Tenant: acme.Name, ID: acme.ID, Handle: acme.Handle(), Email: "eve@example.com", Password: password, Client: somewhere}
		return p.CheckPassword(t.Context(), try, &auth.Actor{User: user})
	}
	user, err := check(ada.ID, "correct horse")
	if err != nil || user.ID != ada.ID || user.Email != "ada@example.com" || user.Role != "hos" || user.Rev != ada.Rev() {
		t.Fatalf("%+v, %v", user, err)
	}
	if got := p.lines(); len(got) != 0 {
		t.Errorf("the log says %q", got)
	}
	if _, err := check(bson.NewObjectID(), "correct horse"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a user who is gone: %v", err)
	}
	var tooMany *auth.TooManyError
	for _, step := range []struct {
		password string
		want     string
	}{
		{"wrong", "wrong_password"}, {"wrong", "repeated"}, {"wrong, too", "wrong_password"}, {"correct horse", "limited_account"},
	} {
		user, err := check(ada.ID, step.password)
		if limited := step.want == "limited_account"; errors.As(err, &tooMany) != limited || errors.Is(err, auth.ErrCredentials) == limited {
			t.Errorf("%s: %+v, %v", step.want, user, err)
		}
		if got, want := p.lines(), refusal("192.0.2.1", step.want, "ada@example.com", "acme"); len(got) != 1 || got[0] != want {
			t.Errorf("the log says %q, want %q", got, want)
		}
	}
}

// TestAHashMayFailToBeMadeAnew: the login is good all the same, and the log says so,
// but not where the user was only changed meanwhile.
func TestAHashMayFailToBeMadeAnew(t *testing.T) {
	older, err := bcrypt.GenerateFromPassword([]byte("secret"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		meanwhile func(ctx context.Context, p *people, one *tenant.Entry)
		complains bool
	}{
		"the user changes": {func(ctx context.Context, _ *people, one *tenant.Entry) {
			ada, err := users.In(one.Handle()).ByEmail(ctx, "ada@example.com")
			if err == nil {
				_, err = users.In(one.Handle()).Update(ctx, ada.ID, users.Patch{Name: store.Set("Ada")})
			}
			if err != nil {
				t.Error(err)
			}
		}, false},
		"the user goes": {func(ctx context.Context, _ *people, one *tenant.Entry) {
			ada, err := users.In(one.Handle()).ByEmail(ctx, "ada@example.com")
			if err == nil {
				err = users.In(one.Handle()).Delete(ctx, ada.ID)
			}
			if err != nil {
				t.Error(err)
			}
		}, true},
	} {
		p := accounts(t, unlimited)
		one := p.tenant(t, "acme")
		add(t, one, "ada", string(older), users.RoleNameBasic)
		try := auth.Attempt{Tenant: one.Name, ID: one.ID, Handle: one.Handle(), Email: "ada@example.com", Password: "secret", Client: somewhere}
		grant, err := p.Login(t.Context(), try, func() error { test.meanwhile(t.Context(), p, one); return nil })
		if err != nil || grant == nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := strings.Contains(p.log.String(), "a password could not be rehashed"); got != test.complains {
			t.Errorf("%s: the log says %q", name, p.log.String())
		}
	}
}
