package check

import "strings"

// Pointer returns the JSON pointer (RFC 6901) of a dotted path.
func Pointer(path string) string {
	return "/" + strings.ReplaceAll(PointerToken(path), ".", "/")
}

// PointerToken returns name as a JSON pointer has it between its slashes.
func PointerToken(name string) string { return pointerEscapes.Replace(name) }

// RFC 6901, section 3.
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")
