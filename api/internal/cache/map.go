// Package cache caches look-ups, bounded in number and age.
package cache

import "sync"

// Map is a bounded map that drops roughly the least recently used entries: it keeps
// two generations, moves used entries to the younger one, and drops the older one
// whole when the younger is full. Its zero value is not usable; NewMap returns one
// that is.
type Map[K comparable, V any] struct {
	mu         sync.Mutex
	young, old map[K]V
	half       int
}

// NewMap returns a Map of at most size entries, which is at least 2.
func NewMap[K comparable, V any](size int) *Map[K, V] {
	return &Map[K, V]{young: map[K]V{}, half: max(size/2, 1)}
}

// Get returns the value of key.
func (m *Map[K, V]) Get(key K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if v, ok := m.young[key]; ok {
		return v, true
	}
	v, ok := m.old[key]
	if ok {
		m.put(key, v)
	}
	return v, ok
}

// Put sets the value of key.
func (m *Map[K, V]) Put(key K, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(key, v)
}

func (m *Map[K, V]) put(key K, v V) {
	if _, known := m.young[key]; !known && len(m.young) >= m.half {
		m.young, m.old = make(map[K]V, m.half), m.young
	}
	m.young[key] = v
	delete(m.old, key)
}

// Delete removes key.
func (m *Map[K, V]) Delete(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.young, key)
	delete(m.old, key)
}

// Len returns the number of entries.
func (m *Map[K, V]) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.young) + len(m.old)
}
