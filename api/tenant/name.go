package tenant

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// ErrName refuses a tenant's name or database.
var ErrName = errors.New("not a tenant's name")

// nameForm is what names look like: they are usable as a database's name, as a
// DNS label and in a path, without escaping.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)

// databaseForm is what the databases of tenants are called.
var databaseForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$`)

// wellFormed says whether a tenant can have that name. Nothing that is not ever
// reaches a database: in MongoDB a mistyped name makes one.
func wellFormed(name string) bool { return nameForm.MatchString(name) }

// CheckNewName says what is wrong with the name of a tenant to be; those of
// older deployments may have capitals, too.
func CheckNewName(name string) error {
	switch {
	case !wellFormed(name):
		return fmt.Errorf("%w: %.70q; write 1 to 63 of a-z, 0-9, - and _, the first a letter or digit", ErrName, name)
	case name != strings.ToLower(name):
		return fmt.Errorf("%w: %q has capitals; write %q", ErrName, name, strings.ToLower(name))
	case isSystem(name):
		return fmt.Errorf("%w: %q is a database of MongoDB's own; choose another", ErrName, name)
	}
	return nil
}

// systemDatabases belong to MongoDB itself.
var systemDatabases = []string{"admin", "local", "config"}

// isSystem says whether a database is one of systemDatabases. Names that differ by
// case alone are one name to MongoDB.
func isSystem(database string) bool {
	for _, own := range systemDatabases {
		if strings.EqualFold(database, own) {
			return true
		}
	}
	return false
}
