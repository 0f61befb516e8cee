package steps

import (
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
)

// Members are what a migration file gives a step besides its name. Each is read once, by
// the method for what it is to be. What is wrong with them is remembered, so that a step
// reads on.
type Members struct {
	step     string
	given    bson.D
	read     []string
	problems []string
}

// NewMembers returns what a file gives the step of that name.
func NewMembers(step string, given bson.D) *Members { return &Members{step: step, given: given} }

// Problems returns what is wrong, members that nobody read among it.
func (m *Members) Problems() []string {
	problems := m.problems
	for _, member := range m.given {
		if !slices.Contains(m.read, member.Key) {
			problems = append(problems, fmt.Sprintf("%s has no %q; write %s", m.step, member.Key, check.Alternatives(m.read)))
		}
	}
	return problems
}

// Refuse adds what is wrong with a member.
func (m *Members) Refuse(format string, args ...any) {
	m.problems = append(m.problems, fmt.Sprintf(format, args...))
}

// get returns a member's value, nil if it is not given.
func (m *Members) get(name string) any {
	m.read = append(m.read, name)
	for _, member := range m.given {
		if member.Key == name {
			return member.Value
		}
	}
	return nil
}

// Text reads a text that must be given; takes says what it is.
func (m *Members) Text(name, takes string) string {
	v := m.get(name)
	text, ok := v.(string)
	switch {
	case v == nil:
		m.Refuse("%s needs %s: %s", m.step, name, takes)
	case !ok || text == "":
		m.Refuse("%s is to be %s", name, takes)
	}
	return text
}

// Texts reads a list of texts that may be left out.
func (m *Members) Texts(name, takes string, otherwise ...string) []string {
	v := m.get(name)
	if v == nil {
		return otherwise
	}
	list, _ := v.(bson.A)
	texts := make([]string, 0, len(list))
	for _, member := range list {
		if text, ok := member.(string); ok {
			texts = append(texts, text)
		}
	}
	if len(list) == 0 || len(texts) < len(list) {
		m.Refuse("%s is to be a list of %s", name, takes)
	}
	return texts
}

// OneOf reads one of the values; with a fallback it may be left out.
func (m *Members) OneOf(name, fallback string, values ...string) string {
	v := m.get(name)
	if v == nil && fallback != "" {
		return fallback
	}
	text, _ := v.(string)
	switch {
	case v == nil:
		m.Refuse("%s needs %s: %s", m.step, name, check.Alternatives(values))
	case !slices.Contains(values, text):
		m.Refuse("%s is to be %s", name, check.Alternatives(values))
	}
	return text
}

// Whole reads a whole number from least to most that may be left out.
func (m *Members) Whole(name string, otherwise, least, most int) int {
	v := m.get(name)
	if v == nil {
		return otherwise
	}
	n, ok := WholeNumber(v)
	if !ok || n < int64(least) || n > int64(most) {
		m.Refuse("%s is to be a whole number from %d to %d", name, least, most)
		return otherwise
	}
	return int(n)
}

// Value reads a value of any type but null, which stands for none.
func (m *Members) Value(name, takes string) bson.RawValue {
	v := m.get(name)
	if v == nil {
		m.Refuse("%s needs %s: %s", m.step, name, takes)
		return bson.RawValue{}
	}
	kind, value, err := bson.MarshalValue(v)
	if err != nil {
		m.Refuse("%s cannot be stored: %v", name, err)
	}
	return bson.RawValue{Type: kind, Value: value}
}

// Table reads a document of texts.
func (m *Members) Table(name, takes string) map[string]string {
	v := m.get(name)
	doc, _ := v.(bson.D)
	table := map[string]string{}
	for _, member := range doc {
		text, ok := member.Value.(string)
		if _, again := table[member.Key]; again || !ok {
			m.Refuse("%s is to be %s, each once", name, takes)
			return table
		}
		table[member.Key] = text
	}
	switch {
	case v == nil:
		m.Refuse("%s needs %s: %s", m.step, name, takes)
	case len(table) == 0:
		m.Refuse("%s is to be %s", name, takes)
	}
	return table
}

// WholeNumber returns a number without a fraction, of any type that Extended JSON is
// read as.
func WholeNumber(v any) (int64, bool) {
	switch n := v.(type) {
	case int32:
		return int64(n), true
	case int64:
		return n, true
	case float64:
		return int64(n), n == float64(int64(n))
	}
	return 0, false
}
