package check

// SmallSet is smallSet, for the tests that stand outside.
const SmallSet = smallSet

// IsFolded reports whether it is isFolded.
func IsFolded(s string) bool { return isFolded(s) }
