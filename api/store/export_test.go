package store

// Compare is compareValues, of values as Go has them.
func Compare(a, b any) int { return compareValues(raw(a), raw(b)) }
