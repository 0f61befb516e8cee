package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/wire"
)

// Computed is a member of responses that is not stored: a function computes it from the document.
type Computed struct {
	collection, name, doc string
	// value is a zero value of what is computed.
	value   any
	compute func(doc bson.Raw) (any, error)
}

// document is a pointer to a generated document.
type document[D any] interface {
	*D
	UnmarshalBSON([]byte) error
}

// NewComputed returns the member called name of each document of collection in responses, which doc,
// a sentence, documents in /openapi.json. Its value is what compute returns, as encoding/json
// writes it; if that is null, the member is left out. Requests cannot set, filter or sort by it. compute is called for each
// document of a response, and should depend on nothing else:
//
//	rest.NewComputed("users", "initials", "Initials are the first letters of the name.", func(u *users.User) string { … })
func NewComputed[D, V any, P document[D]](collection, name, doc string, compute func(P) V) Computed {
	var zero V
	return Computed{collection, name, doc, zero, func(doc bson.Raw) (any, error) {
		d := P(new(D))
		if err := d.UnmarshalBSON(doc); err != nil {
			return nil, err
		}
		return compute(d), nil
	}}
}

// computedMembers are those of one collection.
type computedMembers []Computed

// computed returns the computed members of a collection's documents.
func (a *api) computed(collection string) computedMembers {
	return a.computedOf[collection]
}

func (c computedMembers) has(name string) bool {
	return slices.ContainsFunc(c, func(m Computed) bool { return m.name == name })
}

// append adds to the JSON object at the end of dst the members that are wanted of them for doc.
func (c computedMembers) append(dst []byte, doc bson.Raw, wanted wire.JSONSelection) ([]byte, error) {
	for _, m := range c {
		if _, ok := wanted[m.name]; wanted != nil && !ok {
			continue
		}
		value, err := m.compute(doc)
		if err != nil {
			return dst, err
		}
		text, err := json.Marshal(value)
		if err != nil {
			return dst, fmt.Errorf("%s: the computed member %s: %w", m.collection, m.name, err)
		}
		if string(text) == "null" {
			continue
		}
		dst = append(dst[:len(dst)-1], `,"`+m.name+`":`...)
		dst = append(append(dst, text...), '}')
	}
	return dst, nil
}

// computedName is what a computed member can be called.
var computedName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]*$`)

// CheckComputed returns everything that is wrong with computed members of collections.
func CheckComputed(list []Computed, collections []raw.Collection) error {
	var errs []error
	for i, m := range list {
		wrong := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("the computed member %s of %s: "+format, append([]any{m.name, m.collection}, args...)...))
		}
		at := slices.IndexFunc(collections, func(c raw.Collection) bool { return c.Name == m.collection && c.Served() })
		switch {
		case m.compute == nil:
			wrong("has no function; write rest.NewComputed")
		case at < 0:
			wrong("no collection of that name is served; write one that is")
		case !computedName.MatchString(m.name):
			wrong("its name is not one; write a letter from a to z, then letters, digits and _ only")
		case slices.ContainsFunc(collections[at].Fields, func(f meta.Field) bool { return f.Name == m.name }):
			wrong("is a field of the schema as well; write another name")
		case slices.ContainsFunc(list[:i], func(o Computed) bool { return o.collection == m.collection && o.name == m.name }):
			wrong("is there twice; write it once")
		}
	}
	return errors.Join(errs...)
}

// schema returns the JSON schema of the member's values.
func (m *Computed) schema() map[string]any {
	schema := schemaOf(reflect.TypeOf(m.value))
	schema["description"] = m.doc
	return schema
}

// schemaOf returns the schema of a type's values as far as it can be told from the type; it says nothing of
// types that write their JSON themselves.
func schemaOf(t reflect.Type) map[string]any {
	switch {
	case t == nil:
		return map[string]any{}
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t.Implements(reflect.TypeFor[json.Marshaler]()):
		return map[string]any{}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem())
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return map[string]any{"type": "integer"}
	case reflect.Float32, reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Slice, reflect.Array:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem())}
	case reflect.Map, reflect.Struct:
		return map[string]any{"type": "object"}
	}
	return map[string]any{}
}
