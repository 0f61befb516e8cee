package wire

import "slices"

// Member is a member of the objects that TranscodeObject appends.
type Member struct {
	// Name is the member's name in the stored document and in JSON.
	Name string
	// JSON appends the current value.
	JSON func(*Reader, []byte) []byte
	// Missing is appended for a value that the document lacks. If it is empty, the
	// member is left out, and so is one whose value is zero, which in Go stands for
	// a missing one.
	Missing string
}

// TranscodeObject returns the function that appends the current document as a JSON
// object with members in the given order, whatever order they are stored in.
func TranscodeObject(members ...Member) func(*Reader, []byte) []byte {
	o := object{members, make([][]byte, len(members))}
	for i, m := range members {
		o.keys[i] = append(AppendJSONString(nil, m.Name), ':')
	}
	return o.transcode
}

// object has the members of a JSON object, and their names quoted, with the colon.
type object struct {
	members []Member
	keys    [][]byte
}

// transcode finds all members before it appends them.
func (o *object) transcode(r *Reader, dst []byte) []byte {
	before := len(r.found)
	found := r.find(o)
	dst = append(dst, '{')
	for i := range o.members {
		dst = r.appendMember(dst, o.keys[i], found[i], &o.members[i])
	}
	r.found = r.found[:before]
	return CloseJSON(dst)
}

// find returns the positions of the members of o in the current document. They are
// in r.found until transcode gives the space back.
func (r *Reader) find(o *object) []value {
	first := len(r.found)
	r.found = slices.Grow(r.found, len(o.members))[:first+len(o.members)]
	found := r.found[first:]
	clear(found)
	next := 0
	for end := r.EnterDocument(); r.Next(end); {
		if i := o.index(r.Key(), next); i >= 0 {
			found[i], next = r.cur, i+1
		}
	}
	return found
}

// index returns the position of the member called key, negative for none. Members
// are stored in about this order, so that it is often next.
func (o *object) index(key []byte, next int) int {
	if next < len(o.members) && o.members[next].Name == string(key) {
		return next
	}
	for i := range o.members {
		if o.members[i].Name == string(key) {
			return i
		}
	}
	return -1
}

// appendMember appends key, the value at v as m renders it, and a comma.
func (r *Reader) appendMember(dst, key []byte, v value, m *Member) []byte {
	if v.kind == 0 {
		if m.Missing == "" {
			return dst
		}
		return append(append(append(dst, key...), m.Missing...), ',')
	}
	r.cur = v
	before := len(dst)
	dst = append(dst, key...)
	start := len(dst)
	dst = m.JSON(r, dst)
	if m.Missing == "" && string(dst[start:]) == "null" {
		return dst[:before]
	}
	return append(dst, ',')
}
