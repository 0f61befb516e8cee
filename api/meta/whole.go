package meta

import "strings"

// At returns the field of the value at a path with the names of maps' entries and positions in
// lists, nil if none is declared.
func (c *Collection) At(path string) *Field {
	at := &Field{Fields: c.Fields}
	for name := range strings.SplitSeq(path, ".") {
		if at.Elem != nil {
			at = at.Elem
		} else if at = named(at.Fields, name); at == nil {
			return nil
		}
	}
	return at
}

// HoldsObjects reports whether values of the field are objects or hold some, whose members
// need not all be known.
func (f *Field) HoldsObjects() bool {
	for f.Elem != nil {
		f = f.Elem
	}
	return f.Fields != nil
}

// Member returns an object's member of that name, nil if none is declared.
func (f *Field) Member(name string) *Field { return named(f.Fields, name) }
