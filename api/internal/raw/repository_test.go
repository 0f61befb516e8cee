package raw_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/tenants"
	"github.com/partywall/partywall/gen/users"
)

// uniqueEmail builds the index that the schema declares.
func uniqueEmail(t *testing.T, coll *mongo.Collection) {
	t.Helper()
	_, err := coll.Indexes().CreateOne(t.Context(), mongo.IndexModel{
		Keys: bson.D{{Key: "email", Value: 1}}, Options: options.Index().SetUnique(true),
	})
	if err != nil {
		t.Fatal(err)
	}
}

func ada() users.New {
	return users.New{
		Name: "Ada", Email: "  Ada@Example.com ", Password: store.StoredSecret("hash"),
		Role: store.Some(users.Role{Permission: []users.Permission{"read", "write", "read"}}),
	}
}

func TestCreateReadsAsStored(t *testing.T) {
	tenant, _ := newTenant(t)
	people := users.In(tenant)
	made, err := people.Create(t.Context(), ada())
	if err != nil {
		t.Fatal(err)
	}
	read, err := people.Get(t.Context(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(made, read, cmp.AllowUnexported(users.User{}, store.Secret{})); diff != "" {
		t.Errorf("what Create returned is not what Get reads:\n%s", diff)
	}
	if read.Email != "ada@example.com" || read.Role.Name != users.RoleNameBasic || len(read.Role.Permission) != 2 {
		t.Errorf("not folded, completed and without repeats: %+v", read)
	}
	if got, want := read.Rev().String(), fmt.Sprintf("1-%d", read.UpdatedAt.UnixMilli()); got != want {
		t.Errorf("Rev is %s, want %s", got, want)
	}
	again, err := people.ByEmail(t.Context(), "ADA@example.com")
	if err != nil || again.ID != made.ID {
		t.Errorf("ByEmail: %v, %v", again, err)
	}
}

func TestCreateReportsEveryField(t *testing.T) {
	tenant, _ := newTenant(t)
	_, err := users.In(tenant).Create(t.Context(), users.New{
		Email: "nobody", Role: store.Some(users.Role{Name: "owner", Permission: []users.Permission{"read", "approve"}}),
	})
	invalid, ok := errors.AsType[*store.InvalidError](err)
	if !ok {
		t.Fatalf("error is %v", err)
	}
	var pointers []string
	for _, f := range invalid.Fields {
		pointers = append(pointers, f.Pointer)
	}
	want := []string{"/name", "/email", "/password", "/role/name", "/role/permission/1"}
	if diff := cmp.Diff(want, pointers); diff != "" {
		t.Error(diff)
	}
}

func TestDuplicateNamesTheField(t *testing.T) {
	tenant, db := newTenant(t)
	people := users.In(tenant)
	uniqueEmail(t, db.Collection("users"))
	if _, err := people.Create(t.Context(), ada()); err != nil {
		t.Fatal(err)
	}
	other := ada()
	other.Email = "other@example.com"
	second, err := people.Create(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	_, onCreate := people.Create(t.Context(), ada())
	_, onUpdate := people.Update(t.Context(), second.ID, users.Patch{Email: store.Set("ADA@example.com")})
	for when, err := range map[string]error{"create": onCreate, "update": onUpdate} {
		var taken *store.DuplicateError
		if !errors.As(err, &taken) || taken.Field != "email" {
			t.Errorf("%s: error is %#v", when, err)
		}
	}
	if doc := stored(t, db.Collection("users"), second.ID); doc["email"] != "other@example.com" || doc["_rev"] != int64(1) {
		t.Errorf("a refused update left %v", doc)
	}
}

func TestUpdateKeepsWhatItDoesNotKnow(t *testing.T) {
	tenant, db := newTenant(t)
	coll := db.Collection("users")
	id := bson.NewObjectID()
	insert(t, coll, bson.D{
		{Key: "_id", Value: id}, {Key: "name", Value: "Extra"}, {Key: "email", Value: "x@example.com"},
		{Key: "password", Value: "hash"}, {Key: "phone", Value: "+1"}, {Key: "__v", Value: int32(3)},
		{Key: "role", Value: bson.D{{Key: "name", Value: "basic"}, {Key: "since", Value: int32(1990)}}},
	})
	got, err := users.In(tenant).Update(t.Context(), id, users.Patch{
		Name: store.Set("Renamed"),
		Role: store.Set(users.RolePatch{Permission: store.Set([]users.Permission{users.PermissionRead})}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "Renamed" || len(got.Role.Permission) != 1 || got.Rev().String()[:2] != "1-" {
		t.Errorf("updated user is %+v", got)
	}
	doc := stored(t, coll, id)
	if doc["phone"] != "+1" || doc["__v"] != int32(3) {
		t.Errorf("unknown members are gone: %v", doc)
	}
	role := fmt.Sprint(doc["role"])
	if want := `{"name":"basic","since":{"$numberInt":"1990"},"permission":["read"]}`; role != want {
		t.Errorf("role is %s, want %s", role, want)
	}
}

func TestUpdateReachesIntoNull(t *testing.T) {
	tenant, db := newTenant(t)
	coll := db.Collection("users")
	id := bson.NewObjectID()
	insert(t, coll, bson.D{{Key: "_id", Value: id}, {Key: "name", Value: "N"}, {Key: "email", Value: "n@example.com"}, {Key: "role", Value: nil}})
	got, err := users.In(tenant).Update(t.Context(), id, users.Patch{
		Role: store.Set(users.RolePatch{Name: store.Set(users.RoleNameAuditor)}),
	})
	if err != nil || got.Role.Name != users.RoleNameAuditor {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestUnsetReadsAsTheDefault(t *testing.T) {
	tenant, db := newTenant(t)
	people := users.In(tenant)
	made, err := people.Create(t.Context(), ada())
	if err != nil {
		t.Fatal(err)
	}
	got, err := people.Update(t.Context(), made.ID, users.Patch{Role: store.Unset[users.RolePatch]()})
	if err != nil || got.Role.Name != users.RoleNameBasic || len(got.Role.Permission) != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, there := stored(t, db.Collection("users"), made.ID)["role"]; there {
		t.Error("role is still stored")
	}
	_, err = people.Update(t.Context(), made.ID, users.Patch{Name: store.Unset[string]()})
	var invalid *store.InvalidError
	if !errors.As(err, &invalid) || invalid.Fields[0].Code != "not_removable" {
		t.Errorf("removing a required field: %v", err)
	}
}

func TestIfRev(t *testing.T) {
	tenant, db := newTenant(t)
	people := users.In(tenant)
	made, err := people.Create(t.Context(), ada())
	if err != nil {
		t.Fatal(err)
	}
	rename := func(rev store.Rev) error {
		_, err := people.Update(t.Context(), made.ID, users.Patch{Name: store.Set("Other")}, store.IfRev(rev))
		return err
	}
	if err := rename(made.Rev()); err != nil {
		t.Fatal(err)
	}
	if err := rename(made.Rev()); !errors.Is(err, store.ErrStale) {
		t.Errorf("a second write from the same state: %v", err)
	}
	if err := people.Delete(t.Context(), made.ID, store.IfRev(made.Rev())); !errors.Is(err, store.ErrStale) {
		t.Errorf("deleting from an old state: %v", err)
	}
	// Somebody who knows no _rev writes: updatedAt tells.
	now, err := people.Get(t.Context(), made.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Collection("users").UpdateByID(t.Context(), made.ID, bson.D{{Key: "$set", Value: bson.D{
		{Key: "updatedAt", Value: now.UpdatedAt.Add(time.Hour)},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := rename(now.Rev()); !errors.Is(err, store.ErrStale) {
		t.Errorf("a write after a foreign one: %v", err)
	}
}

func TestIfRevOfADocumentWithoutOne(t *testing.T) {
	tenant, db := newTenant(t)
	id := bson.NewObjectID()
	insert(t, db.Collection("users"), bson.D{{Key: "_id", Value: id}, {Key: "name", Value: "By hand"}, {Key: "email", Value: "h@example.com"}})
	people := users.In(tenant)
	user, err := people.Get(t.Context(), id)
	if err != nil || user.Rev().String() != "0-0" {
		t.Fatalf("%v, %v", user.Rev(), err)
	}
	if _, err := people.Update(t.Context(), id, users.Patch{Name: store.Set("N")}, store.IfRev(user.Rev())); err != nil {
		t.Error(err)
	}
}

func TestEmptyPatchLeavesTheDocumentAlone(t *testing.T) {
	tenant, db := newTenant(t)
	people := users.In(tenant)
	made, err := people.Create(t.Context(), ada())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := people.Update(t.Context(), made.ID, users.Patch{}, store.IfRev(made.Rev())); err != nil {
		t.Fatal(err)
	}
	if rev := stored(t, db.Collection("users"), made.ID)["_rev"]; rev != int64(1) {
		t.Errorf("_rev is %v", rev)
	}
}

func TestMissingDocument(t *testing.T) {
	tenant, _ := newTenant(t)
	people := users.In(tenant)
	id := bson.NewObjectID()
	_, get := people.Get(t.Context(), id)
	_, by := people.ByEmail(t.Context(), "nobody@example.com")
	_, update := people.Update(t.Context(), id, users.Patch{Name: store.Set("N")})
	_, empty := people.Update(t.Context(), id, users.Patch{}, store.IfRev(store.Rev{}))
	remove := people.Delete(t.Context(), id)
	for name, err := range map[string]error{"Get": get, "ByEmail": by, "Update": update, "empty Update": empty, "Delete": remove} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMisfitNamesCollectionIDAndPath(t *testing.T) {
	tenant, db := newTenant(t)
	id := bson.NewObjectID()
	insert(t, db.Collection("users"),
		bson.D{{Key: "_id", Value: id}, {Key: "name", Value: "W"}, {Key: "role", Value: bson.D{{Key: "permission", Value: bson.A{"read", int32(7)}}}}},
		bson.D{{Key: "_id", Value: bson.NewObjectID()}, {Key: "name", Value: "Fits"}},
	)
	people := users.In(tenant)
	_, err := people.Get(t.Context(), id)
	want := fmt.Sprintf("users: document %s: role.permission.1 must be a string, is a number", id.Hex())
	if err == nil || err.Error() != want {
		t.Errorf("error is %v\nwant     %s", err, want)
	}
	page, err := people.Find(t.Context(), users.Query{})
	if err != nil || len(page.Documents) != 1 || len(page.Invalid) != 1 || page.Invalid[0].ID != id.Hex() {
		t.Errorf("page is %+v, %v", page, err)
	}
	var fit, misfit int
	for user, err := range people.All(t.Context(), users.Query{}) {
		var e *store.DocumentError
		switch {
		case errors.As(err, &e):
			misfit++
		case err == nil && user.Name == "Fits":
			fit++
		default:
			t.Errorf("%v, %v", user, err)
		}
	}
	if fit != 1 || misfit != 1 {
		t.Errorf("All gave %d and %d", fit, misfit)
	}
}

func TestZeroHandleDoesNothing(t *testing.T) {
	people := users.In(store.Tenant{})
	id := bson.NewObjectID()
	_, create := people.Create(t.Context(), ada())
	_, get := people.Get(t.Context(), id)
	_, by := people.ByEmail(t.Context(), "a@example.com")
	_, find := people.Find(t.Context(), users.Query{})
	_, none := people.Find(t.Context(), users.Query{Where: users.Email.In()})
	_, many := people.GetMany(t.Context())
	_, count := people.Count(t.Context(), users.Email.In())
	_, exists := people.Exists(t.Context(), users.Filter{})
	_, update := people.Update(t.Context(), id, users.Patch{Name: store.Set("N")})
	_, empty := people.Update(t.Context(), id, users.Patch{})
	var all error
	for _, err := range people.All(t.Context(), users.Query{}) {
		all = err
	}
	_, admin := tenants.In(store.Admin{}).Get(t.Context(), id)
	collection := tenants.Collection()
	tenant, _ := newTenant(t)
	_, scope := raw.In(tenant, &collection).Get(t.Context(), id)
	for name, err := range map[string]error{
		"Create": create, "Get": get, "ByEmail": by, "Find": find, "Find nothing": none, "All": all,
		"GetMany": many, "Count": count, "Exists": exists, "Update": update, "empty Update": empty,
		"Delete": people.Delete(t.Context(), id), "an admin repository": admin,
		"an admin collection in a tenant's database": scope,
	} {
		if !errors.Is(err, store.ErrNoTenant) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
