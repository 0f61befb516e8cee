package model

import (
	"fmt"
	"go/token"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"github.com/partywall/partywall/schema/def"
)

// maxCollectionName keeps the namespace, which starts with the database's name,
// below MongoDB's 255 bytes.
const maxCollectionName = 120

var collectionName = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]*$`)

// apiSegments are taken by the API's own routes below /api/.
var apiSegments = []string{"login", "refresh", "logout", "password"}

// importedPackages are imported by generated code.
var importedPackages = []string{"bson", "check", "context", "meta", "runtime", "store", "wire", "time", "iter", "errors", "fmt"}

// specialPackages are names that the go command treats specially.
var specialPackages = []string{"main", "init", "internal", "vendor", "testdata", "documentation"}

func (l *loader) checkCollection(d *def.Collection, at place) {
	l.checkCollectionName(d, at)
	l.checkStored(d, at)
	l.checkPackage(d, at)
	l.checkEntity(d, at)
	if d.Scope != def.PerTenant && d.Scope != def.Admin {
		l.add(at, fmt.Sprintf("has the unknown Scope %d", d.Scope), "def.PerTenant or def.Admin")
	}
	if len(d.Fields) == 0 {
		l.add(at, "has no Fields", "at least one field")
	}
	l.checkKeepDeleted(d, at)
	l.checkAccess(d, at)
}

func (l *loader) checkCollectionName(d *def.Collection, at place) {
	switch {
	case d.Name == "":
		l.add(at, "has no Name", "the Name it is stored under, such as "+example(d.Entity))
	case strings.HasPrefix(d.Name, "system."):
		l.add(at, fmt.Sprintf("the Name %q is one of MongoDB's own", d.Name), "a Name that does not start with system.")
	case !collectionName.MatchString(d.Name):
		l.add(at, fmt.Sprintf("the Name %q does not fit URLs and MongoDB", d.Name), "a lower-case letter, then letters, digits and _ only")
	case len(d.Name) > maxCollectionName:
		l.add(at, fmt.Sprintf("the Name has %d bytes", len(d.Name)), fmt.Sprintf("at most %d", maxCollectionName))
	case d.Scope == def.PerTenant && !d.Private && slices.Contains(apiSegments, d.Name):
		l.add(at, fmt.Sprintf("the Name %q is taken by the route /api/%s", d.Name, d.Name), "another Name, or Private: true")
	}
}

// example suggests a Name for a collection of entity.
func example(entity string) string {
	if entity == "" {
		entity = "User"
	}
	return fmt.Sprintf("%q", lowerFirst(entity)+"s")
}

func (l *loader) checkPackage(d *def.Collection, at place) {
	pkg := packageName(d.Name)
	var clash string
	switch {
	case token.IsKeyword(pkg):
		clash = "which is a Go keyword"
	case types.Universe.Lookup(pkg) != nil:
		clash = "which is predeclared in Go"
	case slices.Contains(importedPackages, pkg):
		clash = "which generated code imports"
	case slices.Contains(specialPackages, pkg):
		clash = "which Go treats specially"
	default:
		return
	}
	l.add(at, fmt.Sprintf("the Name %q makes the package %s, %s", d.Name, pkg, clash), fmt.Sprintf("another Name, such as %q", d.Name+"_list"))
}

func (l *loader) checkEntity(d *def.Collection, at place) {
	switch {
	case d.Entity == "":
		l.add(at, "has no Entity", `the Go type of a document, such as "User"`)
		return
	case !isExported(d.Entity):
		l.add(at, fmt.Sprintf("the Entity %q is not an exported Go name", d.Entity), "a capital letter, then letters and digits")
	}
	l.checkDoc(at, d.Doc, d.Entity)
}

func isExported(name string) bool { return token.IsIdentifier(name) && token.IsExported(name) }

func (l *loader) checkDoc(at place, doc, name string) {
	switch {
	case doc == "":
		l.warn(at, "has no Doc", fmt.Sprintf("write a sentence that starts with %q", name), false)
	case !startsWithName(doc, name):
		l.add(at, fmt.Sprintf("the Doc does not start with %q", name), fmt.Sprintf("%q", name+" …"))
	}
}

func (l *loader) checkAccess(d *def.Collection, at place) {
	if d.Scope == def.Admin {
		if d.Private {
			l.add(at, "an Admin collection is never served", "no Private")
		}
		if d.Access != (def.Access{}) {
			l.add(at, "an Admin collection is never served, so nobody needs a permission for it", "nothing for Access")
		}
		return
	}
	resolved := access(d.Access)
	for _, m := range accessMembers(&resolved) {
		if !slices.Contains(l.permissions, *m.permission) {
			l.add(at, fmt.Sprintf("Access.%s is the unknown permission %q", m.name, *m.permission), alternatives(l.permissions))
		}
	}
}

// checkUnique compares the i-th collection with those before it.
func (l *loader) checkUnique(i int, places []place) {
	d := &l.in.Collections[i]
	for j := range i {
		earlier, where := &l.in.Collections[j], places[j].path+" in "+places[j].source
		pkg := packageName(d.Name)
		switch {
		case d.Name == "":
		case d.Name == earlier.Name:
			l.add(places[i], fmt.Sprintf("the Name %q is also that of %s", d.Name, where), "a Name of its own")
		case storedName(d) == storedName(earlier) && d.Scope == earlier.Scope:
			l.add(places[i], fmt.Sprintf("is stored as %q, as is %s", storedName(d), where), "a name for each")
		case pkg == packageName(earlier.Name):
			l.add(places[i], fmt.Sprintf("the Name %q makes the package %s, as does %q of %s", d.Name, pkg, earlier.Name, where), "a Name that differs in letters or digits")
		}
		if d.Entity != "" && d.Entity == earlier.Entity {
			l.add(places[i], fmt.Sprintf("the Entity %q is also that of the collection %q in %s", d.Entity, earlier.Name, places[j].source), "an Entity of its own")
		}
	}
}

// alternatives lists what may be written, without duplicates: a, b or c, in quotes.
func alternatives(values []string) string {
	var quoted []string
	for i, v := range values {
		if !slices.Contains(values[:i], v) {
			quoted = append(quoted, fmt.Sprintf("%q", v))
		}
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}
