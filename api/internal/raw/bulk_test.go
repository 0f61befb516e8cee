package raw_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/users"
)

// person returns ada with another address.
func person(email string) users.New {
	n := ada()
	n.Email = email
	return n
}

func TestCreateMany(t *testing.T) {
	tenant, _, seen := newWatchedTenant(t)
	people := users.In(tenant)
	var news []users.New
	for i := range 150 {
		news = append(news, person(fmt.Sprintf("p%03d@example.com", i)))
	}
	made, err := people.CreateMany(t.Context(), news)
	if err != nil || len(made) != len(news) {
		t.Fatalf("%d, %v", len(made), err)
	}
	if sent := seen.take(); !slices.Equal(sent, []string{"insert"}) {
		t.Errorf("the commands are %v", sent)
	}
	read, err := people.Get(t.Context(), made[149].ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(made[149], read, cmp.AllowUnexported(users.User{}, store.Secret{})); diff != "" || read.Email != "p149@example.com" {
		t.Errorf("what CreateMany returned is not what Get reads:\n%s", diff)
	}
	if n, err := people.Count(t.Context(), users.Filter{}); err != nil || n != 150 {
		t.Errorf("%d are stored, %v", n, err)
	}
	seen.take()
	none, err := people.CreateMany(t.Context(), nil)
	if sent := seen.take(); err != nil || none == nil || len(none) > 0 || len(sent) > 0 {
		t.Errorf("of nothing: %v, %v, %v", none, err, sent)
	}
}

func TestCreateManyChecksAllFirst(t *testing.T) {
	tenant, _ := newTenant(t)
	people := users.In(tenant)
	nobody := person("nobody")
	nobody.Name = ""
	made, err := people.CreateMany(t.Context(), []users.New{person("a@example.com"), nobody, person("b@example.com"), {}})
	var invalid *store.InvalidError
	if !errors.As(err, &invalid) || made != nil {
		t.Fatalf("%v, %v", made, err)
	}
	var pointers []string
	for _, f := range invalid.Fields {
		pointers = append(pointers, f.Pointer)
	}
	if diff := cmp.Diff([]string{"/1/name", "/1/email", "/3/name", "/3/email", "/3/password"}, pointers); diff != "" {
		t.Error(diff)
	}
	if n, err := people.Count(t.Context(), users.Filter{}); err != nil || n != 0 {
		t.Errorf("%d are stored, %v", n, err)
	}
}

// TestCreateManyThatFails has errors that refuse no single document: nothing is known of any.
func TestCreateManyThatFails(t *testing.T) {
	tenant, _ := newTenant(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	made, err := users.In(tenant).CreateMany(ctx, []users.New{person("a@example.com")})
	var refused *store.BulkError
	if !errors.Is(err, context.Canceled) || errors.As(err, &refused) || made != nil {
		t.Errorf("%v, %v", made, err)
	}
}

func TestCreateManyNamesWhatIsRefused(t *testing.T) {
	tenant, db := newTenant(t)
	people := users.In(tenant)
	uniqueEmail(t, db.Collection("users"))
	first, err := people.Create(t.Context(), person("taken@example.com"))
	if err != nil {
		t.Fatal(err)
	}
	sameID := person("other@example.com")
	sameID.ID = first.ID
	news := []users.New{
		person("a@example.com"), person("Taken@example.com"), person("b@example.com"), person("a@example.com"), sameID, person("c@example.com"),
	}
	made, err := people.CreateMany(t.Context(), news)
	var bulk *store.BulkError
	if !errors.As(err, &bulk) || len(made) != len(news) {
		t.Fatalf("%v, %v", made, err)
	}
	var refused []string
	for _, r := range bulk.Refused {
		taken, ok := errors.AsType[*store.DuplicateError](r.Err)
		if !ok {
			t.Fatalf("%d: %v", r.Position, r.Err)
		}
		refused = append(refused, fmt.Sprint(r.Position, taken.Field))
	}
	if want := []string{"1email", "3email", "4_id"}; !slices.Equal(refused, want) {
		t.Errorf("refused are %v, want %v", refused, want)
	}
	for i, user := range made {
		stored := i == 0 || i == 2 || i == 5
		if (user != nil) != stored {
			t.Errorf("%d: %v", i, user)
			continue
		}
		if _, err := people.ByEmail(t.Context(), news[i].Email); stored && err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	if text := err.Error(); !strings.HasPrefix(text, "users: 3 of the documents were refused, the others are stored: number 1: users: another document has the same email; ") {
		t.Errorf("the error reads %s", text)
	}
	var taken *store.DuplicateError
	if !errors.As(err, &taken) {
		t.Error("a refusal is not among the error's")
	}
}
