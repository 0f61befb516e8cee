package handle

// Checks are functions of the app that values are checked by before they are written, by the names
// that the schema gives them.
type Checks struct{ byName map[string]any }

// NewChecks returns Checks of functions.
func NewChecks(functions map[string]any) *Checks { return &Checks{functions} }

// Function returns the function of that name for a collection, which may have one of its own; ok is
// false if there is none.
func (c *Checks) Function(collection, name string) (f any, ok bool) {
	if c == nil {
		return nil, false
	}
	if f, ok = c.byName[collection+"."+name]; !ok {
		f, ok = c.byName[name]
	}
	return f, ok
}
