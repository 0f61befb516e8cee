package check

import (
	"cmp"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// MaxDepth is how deep arrays and objects may be nested in a request body. What is written
// is nested no deeper, so that it can be sent back.
const MaxDepth = 32

// maxAnyLen is the bound on a value of any type that has no other: room for settings and
// payloads, and 256 such fields in a document of MongoDB's 16 MiB.
const maxAnyLen = 64 << 10

// formDepth is how deep the objects are at most by which JSON stands for a value of a type
// that it lacks.
const formDepth = 3

// Any has the constraints on a value of any type.
type Any struct {
	// Required refuses a value that was not given.
	Required bool
	// MinLen and MaxLen are in bytes of BSON, without the name; zero for no least and
	// for 65536 at most.
	MinLen, MaxLen int
}

// Check checks that v is a BSON value which JSON can carry, in the names of its members, too,
// and its size; without Required, one that was not given passes.
func (a *Any) Check(errs *FieldErrors, pointer string, v bson.RawValue) {
	switch v.Type {
	case 0, bson.TypeNull, bson.TypeUndefined:
		errs.Given(pointer, !a.Required)
		return
	}
	if !isBSON(v) {
		errs.Add(pointer, "format", notBSON)
		return
	}
	errs.AnyLen(pointer, len(v.Value), a.MinLen, a.MaxLen)
	walk := anyWalk{errs: errs, pointer: []byte(pointer)}
	walk.value(strings.Count(pointer, "/"), v)
}

// AnyLen checks the size of a value of any type, in bytes of BSON.
func (errs *FieldErrors) AnyLen(pointer string, n, least, most int) {
	errs.length(pointer, n, least, cmp.Or(most, maxAnyLen), "bytes of BSON")
}

// AnyValue checks an element of any type.
func AnyValue(errs *FieldErrors, pointer string, v bson.RawValue) { new(Any).Check(errs, pointer, v) }

const notBSON = "is no BSON value"

// isBSON reports whether v has as many bytes as a value of its type.
func isBSON(v bson.RawValue) bool {
	element := append([]byte{byte(v.Type), 0}, v.Value...)
	doc := append(binary.LittleEndian.AppendUint32(nil, uint32(4+len(element)+1)), append(element, 0)...)
	elements, err := bson.Raw(doc).Elements()
	return err == nil && len(elements) == 1 && len(elements[0]) == len(element)
}

// anyWalk checks a value and those within it.
type anyWalk struct {
	errs *FieldErrors
	// pointer is the current value's, in one buffer for all, since only errors need it.
	pointer []byte
}

func (w *anyWalk) fail(code, message string) { w.errs.Add(string(w.pointer), code, message) }

// value checks the current value, which is within depth objects and arrays.
func (w *anyWalk) value(depth int, v bson.RawValue) {
	switch v.Type {
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		w.members(depth+1, v.Value, v.Type == bson.TypeArray)
		return
	case bson.TypeDouble, bson.TypeBoolean, bson.TypeInt32, bson.TypeInt64, bson.TypeNull, bson.TypeString: // JSON has them
	default:
		if depth+formDepth > MaxDepth {
			w.fail("too_deep", tooDeep)
		}
	}
	text, scope := textOf(v)
	if !utf8.ValidString(text) {
		w.fail("format", "must be UTF-8")
	}
	if scope != nil {
		w.enter("$scope", func() { w.members(depth+2, scope, false) })
	}
}

var tooDeep = "is nested deeper than " + strconv.Itoa(MaxDepth) + " levels of the document"

// members checks the members of the current document or array, which is the depth-th.
func (w *anyWalk) members(depth int, doc bson.Raw, isArray bool) {
	elements, err := doc.Elements()
	switch {
	case err != nil:
		w.fail("format", notBSON)
		return
	case depth > MaxDepth:
		w.fail("too_deep", tooDeep)
		return
	}
	for i, e := range elements {
		name := strconv.Itoa(i)
		if !isArray {
			name = e.Key()
		}
		w.enter(name, func() {
			if problem := entryNameProblem(name); !isArray && problem != "" {
				w.fail("entry_name", problem)
				return
			}
			w.value(depth, e.Value())
		})
	}
}

// enter visits the member that is called name.
func (w *anyWalk) enter(name string, visit func()) {
	length := len(w.pointer)
	w.pointer = append(append(w.pointer, '/'), PointerToken(name)...)
	visit()
	w.pointer = w.pointer[:length]
}

// textOf returns the text that a value has, and the document of the variables of code.
func textOf(v bson.RawValue) (text string, scope bson.Raw) {
	switch v.Type {
	case bson.TypeString:
		text, _ = v.StringValueOK()
	case bson.TypeJavaScript:
		text, _ = v.JavaScriptOK()
	case bson.TypeSymbol:
		text, _ = v.SymbolOK()
	case bson.TypeRegex:
		pattern, options, _ := v.RegexOK()
		text = pattern + options
	case bson.TypeDBPointer:
		text, _, _ = v.DBPointerOK()
	case bson.TypeCodeWithScope:
		text, scope, _ = v.CodeWithScopeOK()
	}
	return text, scope
}
