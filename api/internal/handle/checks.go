package handle

// Checks are functions of the app that values are checked by before they are written, by the names
// that the schema gives them.
type Checks struct{ byName map[string]any }

// NewChecks returns Checks of functions.
func NewChecks(functions map[string]any) *Checks { return &Checks{functions} }

// Functions returns the functions by name, nil if there are none.
func (c *Checks) Functions() map[string]any {
	if c == nil {
		return nil
	}
	return c.byName
}
