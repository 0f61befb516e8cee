package check

// IsFolded reports whether it is isFolded.
func IsFolded(s string) bool { return isFolded(s) }
