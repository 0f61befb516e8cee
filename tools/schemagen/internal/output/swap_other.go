//go:build !linux

package output

// swap puts staged in dir's place, and what was there in staged's.
func swap(staged, dir string) error { return swapInTwo(staged, dir, nil) }
