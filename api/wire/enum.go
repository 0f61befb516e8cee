package wire

import "github.com/partywall/partywall/api/check"

// Enum reads and encodes the values of an enum. Its functions are created once, so
// that passing them on costs nothing.
type Enum[E ~string] struct {
	*check.Enum[E]
	// Read reads a string that is one of the values. It returns the constant
	// without copying.
	Read func(*Reader) E
	// JSON appends the current string, which must be one of the values.
	JSON func(*Reader, []byte) []byte
	// ReadJSON reads a string that is one of the values.
	ReadJSON func(*JSONReader) E
}

// NewEnum returns the Enum of values, in declared order. None may be empty.
func NewEnum[E ~string](values ...E) *Enum[E] {
	e := &Enum[E]{Enum: check.NewEnum(values...)}
	e.Read = e.read
	e.JSON = func(r *Reader, dst []byte) []byte { return AppendJSONString(dst, e.read(r)) }
	e.ReadJSON = e.readJSON
	return e
}

func (e *Enum[E]) read(r *Reader) E {
	text, ok := r.text("a string")
	if !ok {
		return ""
	}
	v, ok := e.Parse(text)
	if !ok {
		r.fail("is " + quote(text) + ", which is not one of the declared values")
	}
	return v
}

func (e *Enum[E]) readJSON(r *JSONReader) E {
	if !r.expect('"', "a string") {
		return ""
	}
	v, ok := e.Parse([]byte(r.text()))
	if !ok {
		r.Fail("not_allowed", e.Refusal())
	}
	return v
}
