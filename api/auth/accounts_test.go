package auth_test

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/crypto/bcrypt"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/api/testdb"
	"github.com/partywall/partywall/gen/tenants"
	"github.com/partywall/partywall/gen/users"
)

// people are accounts on a database, without an API before them.
type people struct {
	*auth.Accounts
	catalog   *tenant.Catalog
	passwords *auth.Passwords
	log       *syncBuffer
}

// accounts keeps accounts that may fail as often as perAccount says.
func accounts(t *testing.T, perAccount auth.Rate) *people {
	t.Helper()
	return limitedAccounts(t, perAccount, unlimited)
}

// limitedAccounts returns accounts whose failures are bounded by address, too.
func limitedAccounts(t *testing.T, perAccount, perAddress auth.Rate) *people {
	t.Helper()
	collection := users.Collection()
	p := &people{catalog: newPlace(t).catalog, passwords: auth.NewPasswords(), log: &syncBuffer{}}
	p.Accounts = auth.NewAccounts(auth.AccountsConfig{
		Admin: p.catalog.Admin(), Users: auth.NewUsers(&collection), Policy: policy, Passwords: p.passwords,
		Tokens: auth.NewTokens(keys(t, seed(1))), Clock: p.catalog.Now, PerAccount: perAccount, PerAddress: perAddress, TTL: time.Minute,
		Log: slog.New(slog.NewTextHandler(p.log, nil)),
	})
	t.Cleanup(p.Close)
	return p
}

// unlimited lets everything fail.
var unlimited auth.Rate

// tenant makes one.
func (p *people) tenant(t *testing.T, name string) *tenant.Entry {
	t.Helper()
	entry, err := tenants.In(p.catalog.Admin()).Create(t.Context(), tenants.New{Name: name, Database: store.Some(testdb.Database(t, name))})
	if err != nil {
		t.Fatal(err)
	}
	made, err := p.catalog.ResolveID(t.Context(), entry.ID)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// add stores a user whose password is hashed so. Its address is NAME@example.com.
func add(t *testing.T, in *tenant.Entry, name, hash string, role users.RoleNameValue) {
	t.Helper()
	_, err := users.In(in.Handle()).Create(t.Context(), users.New{
		Name: name, Email: name + "@example.com", Password: store.StoredSecret(hash), Role: store.Some(users.Role{Name: role}),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// addRaw stores a user as no write of this API would.
func addRaw(t *testing.T, in *tenant.Entry, doc bson.D) {
	t.Helper()
	if _, err := testdb.Client(t).Database(in.Database).Collection("users").InsertOne(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
}

var somewhere = netip.MustParseAddr("192.0.2.1")

// login tries to log in. A tenant without a database is one that is not there.
func (p *people) login(ctx context.Context, in *tenant.Entry, name, password string) (*auth.Grant, error) {
	try := auth.Attempt{
		Tenant: in.Name, ID: in.ID, Handle: in.Handle(), Email: name + "@example.com", Password: password, Client: somewhere,
	}
	return p.Login(ctx, try, func() error { return nil })
}

// fail returns what a login costs that fails.
func (p *people) fail(t *testing.T, in *tenant.Entry, name, password string) auth.Load {
	t.Helper()
	before := p.passwords.Load()
	if _, err := p.login(t.Context(), in, name, password); !errors.Is(err, auth.ErrCredentials) {
		t.Errorf("%s of %s: %v", name, in.Name, err)
	}
	after := p.passwords.Load()
	return auth.Load{Argon2: after.Argon2 - before.Argon2, Bcrypt: after.Bcrypt - before.Bcrypt}
}

// Hashes that no password is known for.
const (
	argonHash   = "$argon2id$v=19$m=19456,t=2,p=1$7UUQsph7i4sJc5Za00hqbQ$DSLPK5ydKn8wU/dO/Y+nMKlQEOy9A36v0d6vNPfhP9A"
	foreignHash = "$argon2id$v=19$m=1024,t=3,p=2$7UUQsph7i4sJc5Za00hqbQ$DSLPK5ydKn8wU/dO/Y+nMKlQEOy9A36v0d6vNPfhP9A"
	bcryptTail  = "abcdefghijklmnopqrstuuJc5Za00hqbubWz.OHt9IzU7qZJ0.FvI"
)

// oneArgon is what one hash of the product's own costs.
var oneArgon = auth.Load{Argon2: 2 * 19456}

// equalKinds returns accounts of every kind, by name: the password that each is
// tried with is wrong, or not to be looked at.
func equalKinds(t *testing.T, in *tenant.Entry) []string {
	t.Helper()
	for name, hash := range map[string]string{
		"argon": argonHash, "text": "correct horse battery", "cut": "$2b$08$" + bcryptTail[:52], "dear": "$2b$20$" + bcryptTail[:53],
		"huge": strings.Replace(argonHash, "m=19456", "m=4194304", 1), "empty": strings.Replace(argonHash, "$DSL", "$", 1)[:60],
	} {
		add(t, in, name, hash, users.RoleNameBasic)
	}
	add(t, in, "barred", argonHash, users.RoleNameBlocked)
	addRaw(t, in, bson.D{{Key: "name", Value: "misfit"}, {Key: "email", Value: "misfit@example.com"}, {Key: "role", Value: "owner"}, {Key: "password", Value: argonHash}})
	addRaw(t, in, bson.D{{Key: "name", Value: "none"}, {Key: "email", Value: "none@example.com"}})
	addRaw(t, in, bson.D{{Key: "name", Value: "number"}, {Key: "email", Value: "number@example.com"}, {Key: "password", Value: 5}})
	return []string{"argon", "text", "cut", "dear", "huge", "empty", "barred", "misfit", "none", "number", "nobody"}
}

// TestAFailedLoginCostsTheSame counts what every kind of account takes.
func TestAFailedLoginCostsTheSame(t *testing.T) {
	p := accounts(t, unlimited)
	plain := p.tenant(t, "plain")
	kinds := equalKinds(t, plain)
	for _, name := range kinds {
		for form, times := range map[string]int64{"wrong": 1, "": 1, strings.Repeat("x", 300<<10): 1, "e\u0301": 2} {
			want := auth.Load{Argon2: times * oneArgon.Argon2, Bcrypt: times << 8} // as the one that is cut would take
			if got := p.fail(t, plain, name, form+name); got != want {
				t.Errorf("%s with %.5q: %+v, want %+v", name, form, got, want)
			}
		}
	}
}

// TestALegacyTenantsFailedLoginsCostTheSame, among hashes of many schemes.
func TestALegacyTenantsFailedLoginsCostTheSame(t *testing.T) {
	p := accounts(t, unlimited)
	legacy := p.tenant(t, "legacy")
	kinds := equalKinds(t, legacy)
	want := oneArgon
	for name, hash := range map[string]string{
		"four": "$2a$04$", "six": "$2b$06$", "eight": "$2y$08$", "again": "$2b$08$",
	} {
		add(t, legacy, name, hash+bcryptTail[:53], users.RoleNameBasic)
		kinds = append(kinds, name)
	}
	want.Bcrypt += 1<<4 + 1<<6 + 1<<8
	add(t, legacy, "foreign", foreignHash, users.RoleNameBasic)
	want.Argon2 += 3 * 1024
	kinds = append(kinds, "foreign")
	for _, name := range kinds {
		if got := p.fail(t, legacy, name, "wrong"); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		twice := auth.Load{Argon2: 2 * want.Argon2, Bcrypt: 2 * want.Bcrypt}
		if got := p.fail(t, legacy, name, "e\u0301"); got != twice {
			t.Errorf("%s, in two forms: %+v, want %+v", name, got, twice)
		}
	}
	// One that is dearer than all that were known costs no more than others from then
	// on, and they no less.
	add(t, legacy, "nine", "$2b$09$"+bcryptTail[:53], users.RoleNameBasic)
	want.Bcrypt += 1 << 9
	for _, name := range append([]string{"nine"}, kinds...) {
		if got := p.fail(t, legacy, name, "wrong again"); got != want {
			t.Errorf("later, %s: %+v, want %+v", name, got, want)
		}
	}
}

// TestATenantThatIsNotThereCostsWhatOneDoes that is: the one that was met.
func TestATenantThatIsNotThereCostsWhatOneDoes(t *testing.T) {
	p := accounts(t, unlimited)
	nowhere := &tenant.Entry{Name: "nowhere"}
	if got := p.fail(t, nowhere, "ada", "wrong"); got != oneArgon {
		t.Errorf("before any tenant was met: %+v", got)
	}
	legacy := p.tenant(t, "legacy")
	add(t, legacy, "ada", "$2b$06$"+bcryptTail[:53], users.RoleNameBasic)
	want := p.fail(t, legacy, "ada", "wrong")
	if want.Bcrypt != 1<<6 {
		t.Fatalf("%+v", want)
	}
	if got := p.fail(t, nowhere, "ada", "another"); got != want {
		t.Errorf("afterwards: %+v, want %+v", got, want)
	}
	// Among several tenants a name passes for one of them, and for the same one again.
	plain := p.tenant(t, "plain")
	p.fail(t, plain, "ada", "wrong")
	seen := map[auth.Load]int{}
	for i := range 32 {
		unknown := &tenant.Entry{Name: strings.Repeat("n", i+1)}
		first := p.fail(t, unknown, "ada", "wrong")
		if again := p.fail(t, unknown, "ada", "another"); again != first {
			t.Errorf("%s costs %+v, then %+v", unknown.Name, first, again)
		}
		seen[first]++
	}
	if len(seen) != 2 || seen[want] == 0 || seen[oneArgon] == 0 {
		t.Errorf("names that nobody has cost %v", seen)
	}
}

// TestTheSamePasswordAgainCostsNothing, if it is still the same that it was
// compared with.
func TestTheSamePasswordAgainCostsNothing(t *testing.T) {
	p := accounts(t, auth.Rate{Burst: 5, Interval: time.Hour})
	one := p.tenant(t, "acme")
	secret, err := p.passwords.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	add(t, one, "ada", argonHash, users.RoleNameBasic)
	for _, in := range []*tenant.Entry{one, {Name: "nowhere"}} {
		for _, name := range []string{"ada", "nobody"} {
			if got := p.fail(t, in, name, "correct horse"); got != oneArgon {
				t.Errorf("%s of %s: %+v", name, in.Name, got)
			}
			for range 20 { // which are no further failures either
				if got := p.fail(t, in, name, "correct horse"); got != (auth.Load{}) {
					t.Errorf("%s of %s again: %+v", name, in.Name, got)
				}
			}
			if got := p.fail(t, in, name, "correct horsf"); got != oneArgon {
				t.Errorf("%s of %s, another password: %+v", name, in.Name, got)
			}
		}
	}
	people := users.In(one.Handle())
	ada, err := people.ByEmail(t.Context(), "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := people.Update(t.Context(), ada.ID, users.Patch{Password: store.Set(secret)}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.login(t.Context(), one, "ada", "correct horse"); err != nil {
		t.Errorf("the password that was wrong before: %v", err)
	}
	add(t, one, "nobody", secret.Stored(), users.RoleNameBasic)
	if _, err := p.login(t.Context(), one, "nobody", "correct horse"); err != nil {
		t.Errorf("an account that was not there before: %v", err)
	}
}

// TestWhoIsLimitedCostsNothing, whether or not there is such an account.
func TestWhoIsLimitedCostsNothing(t *testing.T) {
	p := accounts(t, auth.Rate{Burst: 2, Interval: time.Hour})
	one := p.tenant(t, "acme")
	secret, err := p.passwords.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	add(t, one, "ada", secret.Stored(), users.RoleNameBasic)
	for _, in := range []*tenant.Entry{one, {Name: "nowhere"}} {
		for _, name := range []string{"ada", "nobody"} {
			for i := range 2 {
				p.fail(t, in, name, strings.Repeat("x", i))
			}
			before := p.passwords.Load()
			_, err := p.login(t.Context(), in, name, "correct horse")
			var refused *auth.TooManyError
			if !errors.As(err, &refused) || refused.Of != "account" || p.passwords.Load() != before {
				t.Errorf("%s of %s: %v", name, in.Name, err)
			}
		}
	}
}

// TestHashesAreMadeAnew when they are of another scheme than the current one, or of
// a password in another form.
func TestHashesAreMadeAnew(t *testing.T) {
	const composed, decomposed = "caf\u00e9 au lait", "cafe\u0301 au lait"
	params := argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	hash := func(plain string, memory uint32) string {
		params := params
		params.Memory = memory
		text, err := argon2id.CreateHash(plain, &params)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	legacy := func(plain string) string {
		text, err := bcrypt.GenerateFromPassword([]byte(plain), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	p := accounts(t, unlimited)
	one := p.tenant(t, "acme")
	for name, test := range map[string]struct {
		hash, typed string
		stays       bool
	}{
		"current":                           {hash(composed, 19*1024), composed, true},
		"current-typed-otherwise":           {hash(composed, 19*1024), decomposed, true},
		"foreign":                           {hash(composed, 1024), composed, false},
		"bcrypt":                            {legacy(composed), decomposed, false},
		"bcrypt-of-another-form":            {legacy(decomposed), decomposed, false},
		"current-costs-but-of-another-form": {hash(decomposed, 19*1024), decomposed, false},
	} {
		add(t, one, name, test.hash, users.RoleNameBasic)
		if _, err := p.login(t.Context(), one, name, test.typed); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		stored, err := users.In(one.Handle()).ByEmail(t.Context(), name+"@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if stays := stored.Password.Stored() == test.hash; stays != test.stays {
			t.Errorf("%s: the hash is %s", name, stored.Password.Stored())
		}
		before := p.passwords.Load()
		for _, form := range []string{composed, decomposed} {
			if _, err := p.login(t.Context(), one, name, form); err != nil {
				t.Errorf("%s, %q afterwards: %v", name, form, err)
			}
		}
		if after := p.passwords.Load(); after.Argon2-before.Argon2 != 2*oneArgon.Argon2 || after.Bcrypt != before.Bcrypt {
			t.Errorf("%s: two logins afterwards cost %+v after %+v", name, after, before)
		}
	}
	for name, typed := range map[string]string{"spaces": "caf\u00e9  au lait", "case": "CAF\u00c9 AU LAIT", "width": "caf\u00e9 au\u3000lait"} {
		if _, err := p.login(t.Context(), one, "current", typed); !errors.Is(err, auth.ErrCredentials) {
			t.Errorf("another password that only differs in %s: %v", name, err)
		}
	}
}

// TestAHashThatCannotBeVerifiedIsComplainedOfOnce.
func TestAHashThatCannotBeVerifiedIsComplainedOfOnce(t *testing.T) {
	p := accounts(t, unlimited)
	one := p.tenant(t, "acme")
	add(t, one, "ada", "$2b$20$"+bcryptTail[:53], users.RoleNameBasic)
	add(t, one, "bob", argonHash, users.RoleNameBasic)
	addRaw(t, one, bson.D{{Key: "name", Value: "invited"}, {Key: "email", Value: "invited@example.com"}}) // has none yet
	for _, password := range []string{"a", "b", "c"} {
		p.fail(t, one, "ada", password)
		p.fail(t, one, "bob", password)
		p.fail(t, one, "invited", password)
	}
	if n := strings.Count(p.log.String(), "the user needs a new password"); n != 1 || strings.Contains(p.log.String(), "$2b$") {
		t.Errorf("%d complaints in\n%s", n, p.log)
	}
}

// TestAddressesOfEarlierVersions are found as they were, until a migration brings
// them to today's form.
func TestAddressesOfEarlierVersions(t *testing.T) {
	p := accounts(t, unlimited)
	one := p.tenant(t, "acme")
	hash := func(plain string) string {
		secret, err := p.passwords.Hash(t.Context(), plain)
		if err != nil {
			t.Fatal(err)
		}
		return secret.Stored()
	}
	for _, user := range []struct{ email, password string }{
		{"ada@m\u00fcnchen.example", "of ada"}, {"e\u0301va@example.com", "of e\u0301va"}, {"bob@example.com.", "of bob"}, {"zo\u00eb@example.com", "of zoe"},
		{"max@m\u00fcnchen.example", "of max"}, {"max@xn--mnchen-3ya.example", "of the other max"},
		{"ute@xn--mnchen-3ya.example", "of the other ute"}, {"ute@m\u00fcnchen.example", "of ute"},
	} {
		addRaw(t, one, bson.D{{Key: "name", Value: "N"}, {Key: "email", Value: user.email}, {Key: "password", Value: hash(user.password)}})
	}
	for _, test := range []struct {
		typed, password string
		ok              bool
	}{
		{" Ada@M\u00dcNCHEN.example", "of ada", true},
		{"E\u0301va@example.com", "of \u00e9va", true},
		{"BOB@example.com.", "of bob", true},
		{"zo\u00eb@example.com", "of zoe", true},
		{"zoe\u0308@example.com", "of zoe", true},
		{"zo\u00eb@example.com.", "of zoe", true},
		{"max@xn--mnchen-3ya.example", "of the other max", true},
		{"max@m\u00fcnchen.example", "of the other max", true},
		{"ute@m\u00fcnchen.example", "of the other ute", true},
		// The one who has the address in an older form is not meant where there is
		// another in today's.
		{"max@m\u00fcnchen.example", "of max", false},
		{"ute@m\u00fcnchen.example", "of ute", false},
		// What earlier versions did not find, nobody finds before the migration.
		{"ada@xn--mnchen-3ya.example", "of ada", false},
		{"bob@example.com", "of bob", false},
		{"nobody@m\u00fcnchen.example", "of nobody", false},
	} {
		try := auth.Attempt{Tenant: one.Name, ID: one.ID, Handle: one.Handle(), Email: test.typed, Password: test.password, Client: somewhere}
		_, err := p.Login(t.Context(), try, func() error { return nil })
		if (err == nil) != test.ok || err != nil && !errors.Is(err, auth.ErrCredentials) {
			t.Errorf("%q with %q: %v", test.typed, test.password, err)
		}
	}
}

// TestFormsOfAnAddressAreOneAccount to the limits, and to the memory of mistakes.
func TestFormsOfAnAddressAreOneAccount(t *testing.T) {
	p := accounts(t, auth.Rate{Burst: 2, Interval: time.Hour})
	one := p.tenant(t, "acme")
	refused := 0
	for i, email := range []string{"caf\u00e9@m\u00fcnchen.example", "CAFE\u0301@xn--mnchen-3ya.example.", "c\u200baf\u00e9@M\u00dcNCHEN.example", "caf\u00e9@m\u00fcnchen\u3002example"} {
		try := auth.Attempt{Tenant: one.Name, ID: one.ID, Handle: one.Handle(), Email: email, Password: strings.Repeat("x", i), Client: somewhere}
		_, err := p.Login(t.Context(), try, func() error { return nil })
		if tooMany := new(auth.TooManyError); errors.As(err, &tooMany) {
			refused++
		}
	}
	if refused != 2 {
		t.Errorf("%d of 4 are refused, after 2 failures", refused)
	}
}

// waits returns once n wait for a hash.
func (p *people) waits(t *testing.T, n int) {
	t.Helper()
	for p.passwords.Load().Waiting != n {
		if t.Context().Err() != nil {
			t.Fatalf("%d wait, want %d", p.passwords.Load().Waiting, n)
		}
		runtime.Gosched()
	}
}

// TestHashesWaitInLinesOfTheirOwn: by what they are for, tenant and client.
func TestHashesWaitInLinesOfTheirOwn(t *testing.T) {
	p := accounts(t, unlimited)
	one, two := p.tenant(t, "acme"), p.tenant(t, "two")
	add(t, one, "ada", argonHash, users.RoleNameBasic)
	ada, err := users.In(one.Handle()).ByEmail(t.Context(), "ada@example.com")
	if err != nil {
		t.Fatal(err)
	}
	secret, err := p.passwords.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	add(t, one, "known", secret.Stored(), users.RoleNameBasic)
	if _, err := p.login(t.Context(), one, "known", "correct horse"); err != nil {
		t.Fatal(err)
	}
	free := p.passwords.Occupy()
	ctx, giveUp := context.WithCancel(t.Context())
	login := func(in *tenant.Entry, from string) func() error {
		return func() error {
			try := auth.Attempt{Tenant: in.Name, ID: in.ID, Handle: in.Handle(), Email: "ada@example.com", Password: "wrong", Client: netip.MustParseAddr(from)}
			_, err := p.Login(ctx, try, func() error { return nil })
			return err
		}
	}
	results := make(chan error)
	requests := []func() error{
		login(one, "192.0.2.1"), login(one, "2001:db8::1"), login(two, "192.0.2.1"), login(&tenant.Entry{Name: "nowhere"}, "192.0.2.1"),
		func() error { _, err := p.login(ctx, one, "known", "wrong"); return err }, // who logged in from there before
		func() error { _, err := p.passwords.For(two.ID).Hash(ctx, "new"); return err },
		func() error { _, err := p.passwords.Hash(ctx, "new"); return err },
		func() error {
			_, err := p.CheckPassword(ctx, auth.Attempt{Tenant: one.Name, ID: one.ID, Handle: one.Handle(), Password: "wrong", Client: somewhere}, &auth.Actor{User: ada.ID})
			return err
		},
	}
	for _, request := range requests {
		go func() { results <- request() }()
	}
	p.waits(t, len(requests))
	want := []string{
		"/logins/" + bson.NilObjectID.Hex() + "/strangers/192.0.2.1", "/logins/" + one.ID.Hex() + "/strangers/192.0.2.1",
		"/logins/" + one.ID.Hex() + "/strangers/2001:db8::/64", "/logins/" + two.ID.Hex() + "/strangers/192.0.2.1",
		"/writes/", "/writes/" + one.ID.Hex(), "/writes/" + two.ID.Hex(),
	}
	lines := p.passwords.Lines()
	for _, line := range want {
		at := slices.Index(lines, line)
		if at < 0 {
			t.Fatalf("nobody waits in %q, but in %q", line, lines)
		}
		lines = slices.Delete(lines, at, at+1)
	}
	if len(lines) != 1 || !strings.HasPrefix(lines[0], "/logins/"+one.ID.Hex()+"/known/") {
		t.Errorf("who is known there waits in %q", lines)
	}
	giveUp()
	for range requests {
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	free()
}

// TestWhoFindsNoRoomHasNotFailed: nor has who gives up while waiting.
func TestWhoFindsNoRoomHasNotFailed(t *testing.T) {
	p := accounts(t, auth.Rate{Burst: 1, Interval: time.Hour})
	one := p.tenant(t, "acme")
	free := p.passwords.Occupy()
	ctx, giveUp := context.WithCancel(t.Context())
	results := make(chan error)
	for i := range p.passwords.Room() {
		go func() {
			_, err := p.login(ctx, one, "user"+strconv.Itoa(i), "wrong")
			results <- err
		}()
	}
	p.waits(t, p.passwords.Room())
	if _, err := p.login(t.Context(), one, "ada", "wrong"); !errors.Is(err, auth.ErrBusy) {
		t.Errorf("one more: %v", err)
	}
	giveUp()
	for range p.passwords.Room() {
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	free()
	for _, name := range []string{"ada", "user0"} {
		if got := p.fail(t, one, name, "wrong"); got != oneArgon {
			t.Errorf("%s, later: %+v", name, got)
		}
		var tooMany *auth.TooManyError
		if _, err := p.login(t.Context(), one, name, "wrong, too"); !errors.As(err, &tooMany) {
			t.Errorf("%s, once more: %v", name, err)
		}
	}
}
