package wire

import "strings"

// Pointer returns the JSON pointer of a dotted path.
func Pointer(path string) string {
	return "/" + strings.ReplaceAll(pointerEscapes.Replace(path), ".", "/")
}

// PointerAt returns the JSON pointer of the element at offset at in doc, as
// returned by References.
func PointerAt(doc []byte, at int) string { return Pointer(pathOf(doc, at)) }
