package raw

// What is said of a sum that its type does not hold.
const (
	OutOfRange        = "out_of_range"
	OutOfRangeMessage = "must be a number that its type holds"
)

// MaxAttempts is how often a write is tried that depends on the document as read. Each
// that fails means that another write went through.
const MaxAttempts = 32
