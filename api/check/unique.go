package check

import "slices"

// smallSet is the number of elements up to which comparing all pairs is faster than
// a map.
const smallSet = 16

// Unique returns list without duplicates of earlier elements, or list itself if
// there are none.
func Unique[T comparable](list []T) []T {
	if len(list) <= smallSet {
		for i := range list {
			if slices.Contains(list[:i], list[i]) {
				return uniqueMany(list)
			}
		}
		return list
	}
	return uniqueMany(list)
}

func uniqueMany[T comparable](list []T) []T {
	seen := make(map[T]struct{}, len(list))
	kept := make([]T, 0, len(list))
	for _, v := range list {
		if _, again := seen[v]; !again {
			seen[v] = struct{}{}
			kept = append(kept, v)
		}
	}
	return kept
}
