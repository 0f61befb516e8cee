package wire

// Expand makes JSONRef append other documents in the place of references: json
// is by where in the document the reference's element starts, as References
// says. It holds until Reset.
func (r *Reader) Expand(json map[int][]byte) { r.expanded = json }

// JSONRef appends the current reference: the document that it was expanded to,
// else the ObjectID.
func (r *Reader) JSONRef(dst []byte) []byte {
	if json, ok := r.expanded[r.cur.elem]; ok {
		return append(dst, json...)
	}
	return r.JSONObjectID(dst)
}
