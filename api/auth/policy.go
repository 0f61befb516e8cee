package auth

import (
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
)

// ErrForbidden is returned if the bearer may not do what they asked for.
var ErrForbidden = errors.New("forbidden")

// Actor is the bearer of a request, with current role and permissions.
type Actor struct {
	Tenant bson.ObjectID
	// User and Session are zero for an operator's token.
	User, Session bson.ObjectID
	Role          string
	Permissions   []string
}

// Policy decides what an Actor may do, by the roles of the schema.
type Policy struct{ full, barred []string }

// NewPolicy allows the roles full everything, and the roles barred nothing.
func NewPolicy(full, barred []string) *Policy { return &Policy{full: full, barred: barred} }

// IsFull reports whether a role has full access.
func (p *Policy) IsFull(role string) bool { return slices.Contains(p.full, role) }

// FullRoles returns the roles with full access.
func (p *Policy) FullRoles() []string { return p.full }

// IsBarred reports whether a role is barred.
func (p *Policy) IsBarred(role string) bool { return slices.Contains(p.barred, role) }

// Admit returns an error if a's role is barred.
func (p *Policy) Admit(a *Actor) error {
	if p.IsBarred(a.Role) {
		return fmt.Errorf("%w: the role %q may do nothing", ErrForbidden, a.Role)
	}
	return nil
}

// Allow returns an error if a's role is barred, or has neither full access nor the
// permission.
func (p *Policy) Allow(a *Actor, permission string) error {
	if err := p.Admit(a); err != nil {
		return err
	}
	if p.IsFull(a.Role) || slices.Contains(a.Permissions, permission) {
		return nil
	}
	return fmt.Errorf("%w: this needs the permission %q", ErrForbidden, permission)
}

// AllowMembers returns an error if a may not set members of a document that are
// reserved for other roles.
func (p *Policy) AllowMembers(a *Actor, c *raw.Collection, members []string) error {
	for i := range c.Fields {
		f := &c.Fields[i]
		if len(f.SetBy) > 0 && slices.Contains(members, f.Name) && !slices.Contains(f.SetBy, a.Role) {
			return fmt.Errorf("%w: %s may only be set by the roles %v", ErrForbidden, f.Name, f.SetBy)
		}
	}
	return nil
}

// AllowUser returns an error if a may not change or delete a user, because the user
// has a full role, or one that cannot be read and may be full, and the actor a has none.
func (p *Policy) AllowUser(a *Actor, target *User) error {
	switch {
	case p.IsFull(a.Role):
		return nil
	case target.unknownRole:
		return fmt.Errorf("%w: a user whose role cannot be read is changed and deleted by roles such as %v only", ErrForbidden, p.full)
	case p.IsFull(target.Role):
		return fmt.Errorf("%w: a user whose role is %q is changed and deleted by such users only", ErrForbidden, target.Role)
	}
	return nil
}

// AllowUserMembers returns an error if a may not change members of a user that are
// for the user, or a full role, to change.
func (p *Policy) AllowUserMembers(a *Actor, target *User, members []string) error {
	if p.IsFull(a.Role) {
		return nil
	}
	if slices.Contains(members, "password") {
		return fmt.Errorf("%w: a password is changed by its owner, with POST /api/password, or by a role such as %v", ErrForbidden, p.full)
	}
	if slices.Contains(members, "email") && (a.User.IsZero() || a.User != target.ID) {
		return fmt.Errorf("%w: an email address is changed by its owner, or by a role such as %v", ErrForbidden, p.full)
	}
	return nil
}
