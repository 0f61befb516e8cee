package raw

// Compare compares Go values as compareValues does.
func Compare(a, b any) int { return compareValues(valueOf(a), valueOf(b)) }
