package raw

// The problem of a sum that its type does not hold.
const (
	OutOfRange        = "out_of_range"
	OutOfRangeMessage = "must be a number that its type holds"
)

// MaxAttempts is how often a write that depends on the document as read is tried. Each
// failure means that another write succeeded.
const MaxAttempts = 32
