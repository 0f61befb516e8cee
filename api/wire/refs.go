package wire

import "github.com/partywall/partywall/api/check"

// PointerAt returns the JSON pointer of the element at offset at in doc, as
// returned by References.
func PointerAt(doc []byte, at int) string { return check.Pointer(pathOf(doc, at)) }
