package raw

// Compare is compareValues, of values as Go has them.
func Compare(a, b any) int { return compareValues(valueOf(a), valueOf(b)) }
