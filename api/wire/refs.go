package wire

import "strings"

// Pointer is the JSON pointer of a dotted path.
func Pointer(path string) string {
	return "/" + strings.ReplaceAll(pointerEscapes.Replace(path), ".", "/")
}

// PointerAt is the JSON pointer of the element that starts at offset at in doc, as
// References says where.
func PointerAt(doc []byte, at int) string { return Pointer(pathOf(doc, at)) }
