package kinds

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"
)

// convertElements returns a list's elements as converted values.
func convertElements(t *Type, v any) (value any, problem, remedy string) {
	remedy = "a slice of its elements, such as []string{}"
	list := reflect.ValueOf(v)
	if list.Kind() != reflect.Slice {
		return nil, wrongType(t.Name, v), remedy
	}
	values := make([]any, list.Len())
	for i := range values {
		if values[i], problem, remedy = t.Elem.element(list.Index(i).Interface()); problem != "" {
			return nil, fmt.Sprintf("has an element %d that %s", i, problem), remedy
		}
	}
	return values, "", ""
}

// convertEntries returns a map's entries as converted values.
func convertEntries(t *Type, v any) (value any, problem, remedy string) {
	remedy = "a map of its entries, such as map[string]string{}"
	m := reflect.ValueOf(v)
	if m.Kind() != reflect.Map || m.Type().Key().Kind() != reflect.String {
		return nil, wrongType(t.Name, v), remedy
	}
	values := map[string]any{}
	keys := m.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range keys {
		name := key.String()
		if values[name], problem, remedy = t.Elem.element(m.MapIndex(key).Interface()); problem != "" {
			return nil, fmt.Sprintf("has an entry %q that %s", name, problem), remedy
		}
	}
	return values, "", ""
}

func (t *Type) element(v any) (value any, problem, remedy string) {
	if t.Convert == nil || t.Struct != nil {
		return nil, fmt.Sprintf("is of type %s, which no default can hold", t.Name), "an empty one"
	}
	value, problem, remedy = t.Convert(t, v)
	if text, ok := value.(string); ok && problem == "" && t.Enum != nil && !slices.Contains(t.Enum.Texts(), text) {
		return nil, fmt.Sprintf("is %q, which is not one of the enum's values", text), "one of " + strings.Join(t.Enum.Texts(), ", ")
	}
	return value, problem, remedy
}

// Texts returns the values as text, in declared order.
func (e *Enum) Texts() []string {
	texts := make([]string, len(e.Values))
	for i, v := range e.Values {
		texts[i] = v.Value
	}
	return texts
}

func elementLiterals(t *Type, v any) []jen.Code {
	var list []jen.Code
	for _, element := range v.([]any) {
		list = append(list, t.Elem.Literal(t.Elem, element))
	}
	return list
}

func entryLiterals(t *Type, v any) jen.Dict {
	entries := jen.Dict{}
	for name, value := range v.(map[string]any) {
		entries[jen.Lit(name)] = t.Elem.Literal(t.Elem, value)
	}
	return entries
}

// elementsJSON returns the JSON of a list's default, [] if it has none.
func elementsJSON(t *Type, otherwise any) string {
	elements, _ := otherwise.([]any)
	texts := make([]string, len(elements))
	for i, v := range elements {
		texts[i] = t.Elem.MissingJSON(t.Elem, v)
	}
	return "[" + strings.Join(texts, ",") + "]"
}

// entriesJSON returns the JSON of a map's default, {} if it has none.
func entriesJSON(t *Type, otherwise any) string {
	entries, _ := otherwise.(map[string]any)
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		texts = append(texts, textJSON(nil, name)+":"+t.Elem.MissingJSON(t.Elem, entries[name]))
	}
	return "{" + strings.Join(texts, ",") + "}"
}
