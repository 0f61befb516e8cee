package auth

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// User is the part of a user that accounts need, whatever else the schema has.
type User struct {
	ID          bson.ObjectID
	Email       string
	Role        string
	Permissions []string
	Rev         store.Rev

	password store.Secret
	// unknownRole reports whether the role cannot be read.
	unknownRole bool
}

// Users are the users of tenants, as declared by the schema in use: its roles and
// permissions are known to its generated code only.
type Users struct{ c *raw.Collection }

// NewUsers returns the users in the collection c.
func NewUsers(c *raw.Collection) Users { return Users{c} }

// Collection returns the collection of users.
func (u Users) Collection() *raw.Collection { return u.c }

// In returns the users of one tenant, as stored.
func (u Users) In(t store.Tenant) raw.Documents { return raw.In(t, u.c) }

// Decode reads a stored user as the API would answer with it: with the defaults
// of the schema, and with roles and permissions that the schema knows. Any other
// document is a *store.DocumentError.
func (u Users) Decode(doc bson.Raw) (*User, error) {
	if _, misfit := u.c.Render(doc); misfit != nil {
		return nil, misfit
	}
	role, _ := doc.Lookup("role").DocumentOK()
	user := &User{Role: u.role(role), Permissions: textsOf(role.Lookup("permission")), Rev: u.c.RevOf(doc)}
	user.ID = userID(doc)
	user.Email, _ = doc.Lookup("email").StringValueOK()
	hash, _ := doc.Lookup("password").StringValueOK()
	user.password = store.StoredSecret(hash)
	return user, nil
}

// role returns the name in the stored role, or the schema's default if it is missing.
func (u Users) role(role bson.Raw) string {
	if name, ok := role.Lookup("name").StringValueOK(); ok {
		return name
	}
	if f, _, ok := u.c.Field(RolePath); ok {
		return f.Default
	}
	return ""
}

// textsOf returns the texts in a stored list.
func textsOf(list bson.RawValue) []string {
	array, _ := list.ArrayOK()
	values, _ := array.Values()
	var texts []string
	for _, v := range values {
		if text, ok := v.StringValueOK(); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

// RolePath is where the name of a user's role is stored, permissionPath where the
// permissions are.
const (
	RolePath       = "role.name"
	permissionPath = "role.permission"
)

// CheckRole returns an error unless users can have the role.
func (u Users) CheckRole(name string) error { return u.checkText(RolePath, false, name) }

// CheckPermission returns an error unless users can have the permission.
func (u Users) CheckPermission(name string) error { return u.checkText(permissionPath, true, name) }

// checkText returns an error unless text can be stored at the path, or with many in the
// list there.
func (u Users) checkText(path string, many bool, text string) error {
	f, is, ok := u.c.Field(path)
	pointer := check.Pointer(path)
	switch {
	case !ok:
		return fmt.Errorf("%s is not a field of %s", pointer, u.c.Name)
	case is != many:
		return fmt.Errorf("%s is not declared as in schema.User", pointer)
	}
	if problem := f.Rejects(text); problem != "" {
		return fmt.Errorf("%s %s", pointer, problem)
	}
	return nil
}

// get reads the user with the given _id.
func (u Users) get(ctx context.Context, t store.Tenant, id bson.ObjectID) (*User, error) {
	doc, err := u.In(t).Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return u.Decode(doc)
}

// byEmail reads the user with the address that was typed as email. One that no
// migration has brought to today's form yet is found as earlier versions found it:
// under the form that they made of what is typed. Where both are stored, they are two
// people's, and today's form is meant.
func (u Users) byEmail(ctx context.Context, t store.Tenant, email string) (*User, error) {
	today, before := wire.StringValue(check.FoldEmail(email)), wire.StringValue(foldedBefore(email))
	if today.Equal(before) {
		doc, err := u.In(t).GetBy(ctx, meta.Condition{Path: "email", Op: meta.Eq, Value: today})
		if err != nil {
			return nil, err
		}
		return u.Decode(doc)
	}
	found := bson.Raw(nil)
	_, err := u.In(t).Scan(ctx, raw.Selection{Where: []meta.Condition{meta.NewOneOf("email", today, before)}, Limit: 2}, func(doc bson.Raw) error {
		if found == nil || doc.Lookup("email").Equal(today) {
			found = slices.Clone(doc)
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		return nil, store.ErrNotFound
	}
	return u.Decode(found)
}

// foldedBefore returns the form in which addresses were stored before they were in
// NFC and their domains in ASCII.
func foldedBefore(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// Add stores a new user, who is read from the body of a POST, and returns the document.
// The error is an *store.InvalidError, a *store.DuplicateError or a database's.
func (u Users) Add(ctx context.Context, t store.Tenant, body []byte, h store.Hasher) (bson.Raw, error) {
	doc, err := u.c.Codec.New(ctx, raw.Input{Body: body, Hasher: h, Approve: func([]string) error { return nil }})
	if err != nil {
		return nil, err
	}
	return doc, u.In(t).Insert(ctx, doc)
}

// setPassword stores another hash, if the user is still as read.
func (u Users) setPassword(ctx context.Context, t store.Tenant, user *User, secret store.Secret) error {
	changes := raw.Changes{Set: wire.AppendString(nil, "password", secret.Stored())}
	_, err := u.In(t).Update(ctx, user.ID, changes, store.IfRev(user.Rev))
	return err
}
