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
	var o object
	for _, m := range members {
		key := append(AppendJSONString(nil, m.Name), ':')
		o.members = append(o.members, objectMember{m, key})
		o.lengths |= 1 << (len(m.Name) % 64)
	}
	return o.transcode
}

// object has the members of a JSON object.
type object struct {
	members []objectMember
	// lengths has a bit for each length of a name, modulo 64.
	lengths uint64
}

type objectMember struct {
	Member
	// key is the name quoted, with the colon.
	key []byte
}

// transcode finds all members before it appends them.
func (o *object) transcode(r *Reader, dst []byte) []byte {
	before := len(r.found)
	found := r.find(o)
	dst = append(dst, '{')
	for i := range found {
		dst = r.appendMember(dst, &o.members[i], &found[i])
	}
	r.found = r.found[:before]
	return CloseJSON(dst)
}

// find returns the positions of the members of o in the current document. They are
// in r.found until transcode gives the space back. Members are stored in about the
// order of o, so that the next one is often the one after the last.
func (r *Reader) find(o *object) []value {
	first := len(r.found)
	r.found = slices.Grow(r.found, len(o.members))[:first+len(o.members)]
	found := r.found[first:]
	clear(found)
	next := 0
	for end := r.EnterDocument(); r.Next(end); {
		key := r.Key()
		if next == len(o.members) || o.members[next].Name != string(key) {
			i := o.index(key)
			if i < 0 {
				continue
			}
			next = i
		}
		found[next] = r.cur
		next++
	}
	return found
}

// index returns the position of the member called key, negative for none.
func (o *object) index(key []byte) int {
	if o.lengths>>(len(key)%64)&1 == 0 {
		return -1
	}
	for i := range o.members {
		if o.members[i].Name == string(key) {
			return i
		}
	}
	return -1
}

// appendMember appends m's key, the value at v, and a comma.
func (r *Reader) appendMember(dst []byte, m *objectMember, v *value) []byte {
	if v.kind == 0 {
		if m.Missing == "" {
			return dst
		}
		return append(append(append(dst, m.key...), m.Missing...), ',')
	}
	r.cur = *v
	before := len(dst)
	dst = m.JSON(r, append(dst, m.key...))
	if m.Missing == "" && string(dst[before+len(m.key):]) == "null" {
		return dst[:before]
	}
	return append(dst, ',')
}
