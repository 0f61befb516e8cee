package store

// Entries are changes of a map's entries, by name: Set adds or replaces one, Unset removes
// it, and the others stay as they are.
type Entries[T any] map[string]Change[T]
