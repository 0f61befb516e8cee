package tenant

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// ErrName is returned for a name that no tenant or database may have.
var ErrName = errors.New("not a tenant's name")

// namePattern matches names that need no escaping as database names, DNS labels and
// path segments.
var namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)

// databasePattern matches the databases of tenants.
var databasePattern = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$`)

// isName reports whether a tenant can have that name. No other name ever reaches a
// database: in MongoDB a mistyped name creates one.
func isName(name string) bool { return namePattern.MatchString(name) }

// CheckNewName returns what is wrong with the name of a new tenant; tenants of
// older deployments may also have capitals in their names.
func CheckNewName(name string) error {
	switch {
	case !isName(name):
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

// isSystem reports whether a database is one of systemDatabases. MongoDB does not
// allow names that differ by case alone.
func isSystem(database string) bool {
	for _, own := range systemDatabases {
		if strings.EqualFold(database, own) {
			return true
		}
	}
	return false
}
