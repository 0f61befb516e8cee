package raw

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// Two rules take more than the value that is written: a field may be required by what is beside
// it, and the app may have a function that checks it. They are held here, on what is about to be
// stored, so that whoever writes is held to them.

// CodeCheck is the code of what an app's function refused.
const CodeCheck = "check"

// inspection goes through a document with the rules of its fields.
type inspection struct {
	errs *check.FieldErrors
	// concerns reports whether what is at a path is to be checked, nil for everything.
	concerns func(path string) bool
	// call calls an app's function, nil for none.
	call func(c *meta.Check, v bson.RawValue, path string)
}

// CheckRequired adds what doc lacks of fields that are required by what is beside them.
func CheckRequired(errs *check.FieldErrors, fields []meta.Field, doc bson.Raw) {
	var found check.FieldErrors
	x := inspection{errs: &found}
	x.object(fields, doc, "")
	c := &Collection{Collection: meta.Collection{Fields: fields}}
	for _, e := range found {
		errs.Add(c.jsonPointer(e.Pointer), e.Code, e.Message)
	}
}

// checkRules adds what the rules say against doc, which is to be stored, where concerns says so, nil
// for everywhere, by pointers of paths as stored. The error is that the app lacks a function.
func (d Documents) checkRules(errs *check.FieldErrors, doc bson.Raw, concerns func(path string) bool) error {
	var missing error
	x := inspection{errs: errs, concerns: concerns, call: func(c *meta.Check, v bson.RawValue, path string) {
		_, f, ok := c.In(d.checks.Functions(), d.c.Name)
		if !ok || !c.Fits(f) {
			missing = fmt.Errorf("%s: the app has no Check %q that is a %s; give it to server.App", d.c.Name, c.Name, c.Takes)
			return
		}
		if err := c.Call(f, v); err != nil {
			errs.Add(check.Pointer(path), CodeCheck, err.Error())
		}
	}}
	x.object(d.c.Fields, doc, "")
	return missing
}

func (x *inspection) object(fields []meta.Field, doc bson.Raw, prefix string) {
	for i := range fields {
		f := &fields[i]
		if !f.HasRules() {
			continue
		}
		path := prefix + f.StoredName()
		v := lookup(doc, f.StoredName())
		if !wire.IsMissing(v) {
			x.value(f, v, path)
		} else if x.isRequired(f, doc, prefix) {
			x.errs.Given(check.Pointer(path), false)
		}
	}
}

// value checks a value of f, and what is in it.
func (x *inspection) value(f *meta.Field, v bson.RawValue, path string) {
	if f.Check != nil && x.call != nil && (x.concerns == nil || x.concerns(path)) {
		x.call(f.Check, v, path)
	}
	if f.Elem == nil {
		if doc, ok := v.DocumentOK(); ok {
			x.object(f.Fields, doc, path+".")
		}
		return
	}
	if v.Type != bson.TypeArray && v.Type != bson.TypeEmbeddedDocument || !f.Elem.HasRules() {
		return
	}
	for _, e := range elements(v.Value) {
		if held := e.Value(); !wire.IsMissing(held) {
			x.value(f.Elem, held, path+"."+e.Key())
		}
	}
}

// isRequired reports whether f, which doc lacks, is required by what is beside it there.
func (x *inspection) isRequired(f *meta.Field, doc bson.Raw, prefix string) bool {
	if len(f.RequiredIf) == 0 {
		return false
	}
	concerns := x.concerns == nil || x.concerns(prefix+f.StoredName())
	for _, r := range f.RequiredIf {
		if !holds(r, doc) {
			return false
		}
		concerns = concerns || x.concerns(prefix+r.Path)
	}
	return concerns
}

// holds reports whether doc fulfils r.
func holds(r meta.Requirement, doc bson.Raw) bool {
	v := lookup(doc, r.Path)
	switch {
	case wire.IsMissing(v):
		return r.IfMissing
	case r.Op == meta.Exists:
		return true
	case bracketOf(v) != bracketOf(r.Value):
		return false
	}
	c := compareValues(v, r.Value)
	switch r.Op {
	case meta.Eq:
		return c == 0
	case meta.Lt:
		return c < 0
	case meta.Lte:
		return c <= 0
	case meta.Gt:
		return c > 0
	case meta.Gte:
		return c >= 0
	}
	return false
}

// checkWhole checks documents that are to be stored as they are by the app's functions. prefix
// returns how pointers into the document at a position begin.
func (d Documents) checkWhole(prefix func(i int) string, docs ...bson.Raw) error {
	if !d.c.HasRules {
		return nil
	}
	var errs check.FieldErrors
	for i, doc := range docs {
		var own check.FieldErrors
		if err := d.checkRules(&own, doc, nil); err != nil {
			return err
		}
		for _, e := range own {
			errs.Add(prefix(i)+d.c.jsonPointer(e.Pointer), e.Code, e.Message)
		}
	}
	if len(errs) > 0 {
		return &store.InvalidError{Collection: d.c.Name, Fields: errs}
	}
	return nil
}

// refused returns an *InvalidError with errs, by pointers of paths as stored, nil if there are none.
func (c *Collection) refused(errs check.FieldErrors) error {
	if len(errs) == 0 {
		return nil
	}
	return c.invalidFields(errs)
}

// checkSet checks what changes set by the app's functions. Changes for which more has to be known
// are left to those who read the document.
func (d Documents) checkSet(changes *Changes) error {
	if changes.checked || !d.c.HasRules {
		return nil
	}
	var errs check.FieldErrors
	if err := d.checkRules(&errs, changes.Document(), changes.touch); err != nil {
		return err
	}
	return d.c.refused(errs)
}

// checkAfter checks current as changes will leave it.
func (d Documents) checkAfter(errs *check.FieldErrors, changes *Changes, current bson.Raw) error {
	if !d.c.HasRules {
		return nil
	}
	return d.checkRules(errs, changes.applied(current), changes.touch)
}

// touch reports whether the changes reach what is at path, or into it.
func (c *Changes) touch(path string) bool {
	return slices.ContainsFunc(c.paths(), func(p string) bool { return meta.Overlap(p, path) && !c.stays(p, path) })
}

// stays reports whether path leads into an element that changes of the list's other elements leave
// as it was.
func (c *Changes) stays(list, path string) bool {
	within, ok := strings.CutPrefix(path, list+".")
	position, _, _ := strings.Cut(within, ".")
	i, err := strconv.Atoi(position)
	return ok && err == nil && i < c.stay[list]
}

// paths returns the paths of everything that the changes change.
func (c *Changes) paths() []string {
	paths := slices.Concat(c.Unset, c.Relative)
	for _, e := range wire.Elements(slices.Concat(c.Set, c.lists)) {
		paths = append(paths, e.Key())
	}
	for _, m := range c.Merges {
		paths = append(paths, m.Path)
	}
	return paths
}

// dependsOn reports whether rules decide about the changes by more of the document than what they
// set.
func (c *Collection) dependsOn(changes *Changes) bool {
	if changes.checked || !c.HasRules {
		return false
	}
	set := map[string]bool{}
	for _, e := range wire.Elements(changes.Set) {
		set[e.Key()] = true
	}
	for _, path := range changes.paths() {
		p := part{set: set, isSet: set[path], isRemoved: slices.Contains(changes.Unset, path)}
		if p.decides(c.Fields, "", path) {
			return true
		}
	}
	return false
}

// part is what changes do at one path.
type part struct {
	// set are the paths of all that the changes set.
	set map[string]bool
	// isSet reports whether all that is at the path is replaced, isRemoved whether it is removed;
	// else the change depends on what is there.
	isSet, isRemoved bool
}

// decides reports whether the part, at a path that begins behind prefix, decides about a rule of
// fields together with what the document holds elsewhere.
func (p part) decides(fields []meta.Field, prefix, path string) bool {
	name, rest, deeper := strings.Cut(path, ".")
	for i := range fields {
		f := &fields[i]
		isThis := f.StoredName() == name
		removed := isThis && !deeper && p.isRemoved
		if len(f.RequiredIf) > 0 && (removed || !p.set[prefix+f.StoredName()] && f.IsRequiredBy(path)) {
			return true
		}
		if isThis && p.decidesWithin(f, prefix+name+".", rest, deeper) {
			return true
		}
	}
	return false
}

// decidesWithin is decides for the rules of f itself and in it.
func (p part) decidesWithin(f *meta.Field, prefix, path string, deeper bool) bool {
	switch {
	case !deeper:
		return !p.isSet && !p.isRemoved && f.HasRules()
	case f.Check != nil:
		return true
	case f.Elem == nil:
		return p.decides(f.Fields, prefix, path)
	}
	name, rest, deeper := strings.Cut(path, ".")
	return p.decidesWithin(f.Elem, prefix+name+".", rest, deeper)
}
