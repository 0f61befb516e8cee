package wire

import (
	"bytes"
	"maps"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// AppendMap appends a document member, each entry by each, sorted by name, so that
// equal maps give equal bytes.
func AppendMap[T any](dst []byte, key string, m map[string]T, each func([]byte, string, T) []byte) []byte {
	dst, start := BeginDocument(AppendHeader(dst, bson.TypeEmbeddedDocument, key))
	for _, name := range slices.Sorted(maps.Keys(m)) {
		dst = each(dst, name, m[name])
	}
	return EndDocument(dst, start)
}

// SizeMap returns AppendMap's size, where each is the Size twin.
func SizeMap[T any](key string, m map[string]T, each func(string, T) int) int {
	size := SizeHeader(key) + DocumentOverhead
	for name, v := range m {
		size += each(name, v)
	}
	return size
}

// ReadMap reads a document as entries, each value by read. An empty document is an
// empty map, not nil. Of two entries with one name the last counts.
func ReadMap[T any](r *Reader, read func(*Reader) T) map[string]T {
	m := map[string]T{}
	for end := r.EnterDocument(); r.NextElement(end); {
		name := string(r.Key())
		m[name] = read(r)
	}
	return m
}

// JSONMap appends the current document as an object, each value as rendered by
// each, sorted by name, as AppendJSONMap does. Of two entries with one name the
// last counts.
func JSONMap(r *Reader, dst []byte, each func(*Reader, []byte) []byte) []byte {
	dst = append(dst, '{')
	var few [smallSet]entry
	list := r.entries(few[:0])
	for i, e := range list {
		if i+1 < len(list) && bytes.Equal(e.name, list[i+1].name) {
			continue
		}
		r.Seek(e.value)
		dst = append(AppendJSONString(dst, e.name), ':')
		dst = append(each(r, dst), ',')
	}
	return CloseJSON(dst)
}

// entry is an entry of a document that is read as a map.
type entry struct {
	name  []byte
	value Value
}

// entries appends the current document's entries to list, sorted by name, and those
// with one name in stored order.
func (r *Reader) entries(list []entry) []entry {
	for end := r.EnterDocument(); r.NextElement(end); {
		list = append(list, entry{r.Key(), r.cur})
	}
	slices.SortStableFunc(list, func(a, b entry) int { return bytes.Compare(a.name, b.name) })
	return list
}

// AppendJSONMap appends m as an object, each value as rendered by each, sorted by
// name.
func AppendJSONMap[T any](dst []byte, m map[string]T, each func([]byte, T) []byte) []byte {
	dst = append(dst, '{')
	for _, name := range slices.Sorted(maps.Keys(m)) {
		dst = append(AppendJSONString(dst, name), ':')
		dst = append(each(dst, m[name]), ',')
	}
	return CloseJSON(dst)
}

// ReadJSONMap reads the current value, which must be an object, each value by each.
// An entry that is null was not given.
func ReadJSONMap[T any](r *JSONReader, each func(*JSONReader) T) map[string]T {
	if !r.expect('{', "an object") {
		return nil
	}
	m := map[string]T{}
	r.entries(func(name string) {
		if !r.Null() {
			m[name] = each(r)
		}
	})
	return m
}

// ReadJSONEntries reads the current value, which must be an object, each value by
// each, including nulls: in a JSON merge patch they remove an entry. Entries that
// restate the document are not read.
func ReadJSONEntries[T any](r *JSONReader, each func(*JSONReader) T) map[string]T {
	if !r.expect('{', "an object") {
		return nil
	}
	m := map[string]T{}
	r.entries(func(name string) { m[name] = each(r) })
	return m
}

// entries visits the current value, an object's entries, whose names the body chooses, but for
// those that restate the document.
func (r *JSONReader) entries(visit func(name string)) {
	r.allEntries(func(name string) {
		if !r.skipUnchanged() {
			visit(name)
		}
	})
}

// allEntries is entries with those that restate the document.
func (r *JSONReader) allEntries(visit func(name string)) {
	current, shown := r.current, r.storedMembers()
	same := shown != nil
	seen := map[string]struct{}{}
	for r.more('}') {
		name := r.text()
		r.colon()
		r.space()
		r.member = r.pos
		leave := r.enter(name)
		r.current, r.same = shown[name], false
		if _, again := seen[name]; again {
			r.Fail("duplicate_member", "is given twice")
			r.Skip()
		} else {
			visit(name)
		}
		seen[name] = struct{}{}
		same = same && r.same
		r.pointer = r.pointer[:leave]
	}
	r.current, r.same = current, same
}
