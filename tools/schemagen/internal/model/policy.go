package model

import (
	"fmt"
	"slices"

	"github.com/partywall/partywall/schema/def"
)

// accounts is the collection of the users who hold roles and permissions.
const accounts = "users"

// permissionEnum is the NamedEnum whose values are the permissions.
const permissionEnum = "Permission"

// standardPermissions are the permissions of a schema that declares none.
var standardPermissions = []string{"read", "write", "delete"}

func findCollection(list []def.Collection, name string) *def.Collection {
	for i := range list {
		if list[i].Name == name {
			return &list[i]
		}
	}
	return nil
}

func findField(list []def.Field, name string) *def.Field {
	for i := range list {
		if list[i].Name == name {
			return &list[i]
		}
	}
	return nil
}

// roles returns the values of the enum at role.name of the accounts; known is false
// if there is none.
func roles(collections []def.Collection) (values []string, known bool) {
	users := findCollection(collections, accounts)
	if users == nil {
		return nil, false
	}
	role := findField(users.Fields, "role")
	if role == nil || role.Type.Struct == nil {
		return nil, false
	}
	name := findField(role.Type.Struct.Fields, "name")
	if name == nil || name.Type.Values == nil {
		return nil, false
	}
	return name.Type.Values, true
}

// permissions returns the values of the NamedEnum Permission that the accounts use.
func permissions(collections []def.Collection) []string {
	if users := findCollection(collections, accounts); users != nil {
		if values := permissionsIn(users.Fields, 0); values != nil {
			return values
		}
	}
	return standardPermissions
}

func permissionsIn(fields []def.Field, depth int) []string {
	for i := range fields {
		if values := permissionsOf(&fields[i].Type, depth); values != nil {
			return values
		}
	}
	return nil
}

// permissionsOf does not look deeper than documents may nest: a declaration may contain
// itself.
func permissionsOf(t *def.Type, depth int) []string {
	switch {
	case t.Name == permissionEnum:
		return t.Values
	case depth == maxDepth:
		return nil
	case t.Elem != nil:
		return permissionsOf(t.Elem, depth+1)
	case t.Struct != nil:
		return permissionsIn(t.Struct.Fields, depth+1)
	}
	return nil
}

func (l *loader) checkPolicy() {
	p, at := l.in.Policy, l.sources.policy().place("Policy")
	l.checkRoles(at, "Full", p.Full)
	l.checkRoles(at, "Barred", p.Barred)
	for _, role := range p.Barred {
		if slices.Contains(p.Full, role) {
			l.add(at, fmt.Sprintf("the role %q is in both Full and Barred", role), "it in one of them")
		}
	}
}

// checkRoles checks a list of roles; member is the member that declares it.
func (l *loader) checkRoles(at place, member string, list []string) {
	for i, role := range list {
		switch {
		case slices.Contains(list[:i], role):
			l.add(at, fmt.Sprintf("%s lists the role %q twice", member, role), "it once")
		case l.rolesKnown && !slices.Contains(l.roles, role):
			l.add(at, fmt.Sprintf("%s lists the unknown role %q", member, role), alternatives(l.roles))
		}
	}
}
