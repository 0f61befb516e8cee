package wire

// ReadID reads, by read, the _id that a client gives a document. Null is none, for which one
// is made, as for the zero value, which is refused therefore.
func ReadID[T comparable](r *JSONReader, read func(*JSONReader) T) (id T) {
	if r.Null() {
		return id
	}
	var zero T
	before := len(r.Errors)
	if id = read(r); id == zero && len(r.Errors) == before {
		r.Fail("format", "must not be all zeros; leave it out, and one is made")
	}
	return id
}
