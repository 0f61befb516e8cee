package wire

import (
	"encoding/binary"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
)

// Any reads any value as Extended JSON (version 2), relaxed or canonical. In a merge patch it
// leaves out what the document has already, and null stands for a member to remove.
func (r *JSONReader) Any() bson.RawValue { return elementValue(r.appendAny(nil, "")) }

// appendAny appends the current value as a BSON element.
func (r *JSONReader) appendAny(dst []byte, key string) []byte {
	r.space()
	name := ""
	if r.buf[r.pos] == '{' {
		if name = r.firstName(); !strings.HasPrefix(name, "$") {
			return r.appendMembers(dst, key)
		}
	}
	current, before := r.current, len(dst)
	r.current = nil // it is replaced as a whole
	dst = r.appendWhole(dst, key, name)
	r.current, r.same = current, false
	if current != nil {
		v := bson.RawValue{Type: bson.Type(dst[before]), Value: dst[before+SizeHeader(key):]}
		r.same = (comparison{}).equal(current, AppendJSONAny(nil, v))
	}
	return dst
}

// appendMembers appends an object that is no form of another type.
func (r *JSONReader) appendMembers(dst []byte, key string) []byte {
	dst, start := BeginDocument(AppendHeader(dst, bson.TypeEmbeddedDocument, key))
	r.allEntries(func(name string) {
		switch {
		case check.HasZeroByte(name): // which BSON cannot carry
			r.Fail("entry_name", check.ErrEntryName.Error())
			r.Skip()
			return
		case !r.isMerged() && r.skipUnchanged():
			return
		}
		before := len(dst)
		if dst = r.appendAny(dst, name); r.same {
			dst = dst[:before]
		}
	})
	return EndDocument(dst, start)
}

// isMerged reports whether the current value is merged into the document's, member by member.
// Then each is compared by itself: comparing all that is nested at every level would take
// seconds for a body that is nested deeply.
func (r *JSONReader) isMerged() bool {
	return len(r.current) > 0 && r.current[0] == '{' && r.buf[r.pos] == '{' && !strings.HasPrefix(r.firstName(), "$")
}

// appendWhole appends a value that is replaced as a whole; form is the first name of an
// object.
func (r *JSONReader) appendWhole(dst []byte, key, form string) []byte {
	switch r.buf[r.pos] {
	case '{':
		return r.appendForm(dst, key, form)
	case '[':
		dst, start := BeginDocument(AppendHeader(dst, bson.TypeArray, key))
		for i := 0; r.more(']'); i++ {
			leave := r.enter(strconv.Itoa(i))
			dst = r.appendAny(dst, strconv.Itoa(i))
			r.pointer = r.pointer[:leave]
		}
		return EndDocument(dst, start)
	case '"':
		return AppendString(dst, key, r.text())
	case 'n':
		r.Skip()
		return AppendHeader(dst, bson.TypeNull, key)
	case 't', 'f':
		return AppendBool(dst, key, r.Bool())
	}
	return r.appendNumber(dst, key)
}

// appendNumber appends the smallest type that holds a whole number, and a double for others.
func (r *JSONReader) appendNumber(dst []byte, key string) []byte {
	start := r.pos
	text, _ := r.number("")
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		r.pos = start
		return AppendFloat(dst, key, r.Float())
	case int64(int32(n)) == n:
		return binary.LittleEndian.AppendUint32(AppendHeader(dst, bson.TypeInt32, key), uint32(n))
	}
	return AppendInt(dst, key, n)
}

// firstName returns the name of the first member of the current object, empty if it has none.
func (r *JSONReader) firstName() string {
	at := JSONReader{buf: r.buf, pos: r.pos + 1}
	if at.space(); at.buf[at.pos] != '"' {
		return ""
	}
	return at.text()
}

// isForm reports whether an object is the form of a value of another type.
func isForm(object []byte) bool {
	switch name := (&JSONReader{buf: object}).firstName(); name {
	case "$oid", "$uuid", "$date", "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal", "$binary", "$timestamp",
		"$regularExpression", "$code", "$scope", "$symbol", "$dbPointer", "$undefined", "$minKey", "$maxKey":
		return true
	}
	return false
}
