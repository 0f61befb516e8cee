package cache

import (
	"math/rand/v2"
	"testing"
)

// TestMapBound expects a Map never to hold more than it may, whatever is done
// with it, and never to answer what was not put.
func TestMapBound(t *testing.T) {
	for _, size := range []int{-1, 0, 1, 2, 3, 4, 9, 64} {
		random := rand.New(rand.NewPCG(1, uint64(size)))
		m := NewMap[int, int](size)
		put := map[int]int{}
		for i := range 10000 {
			key := random.IntN(max(2*size, 8))
			switch random.IntN(8) {
			case 0:
				m.Delete(key)
				delete(put, key)
			case 1, 2, 3:
				m.Put(key, i)
				put[key] = i
				if v, ok := m.Get(key); v != i || !ok {
					t.Fatalf("size %d: what was just put is %d, %v", size, v, ok)
				}
			default:
				v, ok := m.Get(key)
				if want, known := put[key]; ok && (!known || v != want) {
					t.Fatalf("size %d: %d is %d, want %d, %v", size, key, v, want, known)
				}
			}
			if n := m.Len(); n > max(size, 2) {
				t.Fatalf("size %d: %d entries", size, n)
			}
		}
	}
}

// TestMapPromotes expects what is used to outlive what is not.
func TestMapPromotes(t *testing.T) {
	m := NewMap[int, string](10)
	m.Put(-1, "used")
	m.Put(-2, "unused")
	for i := range 100 {
		m.Put(i, "other")
		if v, ok := m.Get(-1); v != "used" || !ok {
			t.Fatalf("after %d others: %q, %v", i+1, v, ok)
		}
	}
	if v, ok := m.Get(-2); ok {
		t.Errorf("what was not used is still %q", v)
	}
	if v, ok := m.Get(99); v != "other" || !ok {
		t.Errorf("the youngest is %q, %v", v, ok)
	}
}

// TestMapKeepsHalf expects as many entries as half the size to be there always,
// those used last.
func TestMapKeepsHalf(t *testing.T) {
	m := NewMap[int, int](10)
	for i := range 100 {
		m.Put(i, i)
		for last := max(0, i-4); last <= i; last++ {
			if v, ok := m.Get(last); v != last || !ok {
				t.Fatalf("after %d: %d is %d, %v", i, last, v, ok)
			}
		}
	}
}

// TestMapReplaces expects one entry a key, in whichever generation it was.
func TestMapReplaces(t *testing.T) {
	m := NewMap[string, int](4)
	for i, key := range []string{"a", "b", "c", "a", "c", "a"} {
		m.Put(key, i)
	}
	for key, want := range map[string]int{"a": 5, "b": 1, "c": 4} {
		if v, ok := m.Get(key); ok && v != want {
			t.Errorf("%s is %d, want %d", key, v, want)
		}
	}
	if _, ok := m.Get("a"); !ok {
		t.Error("a is gone")
	}
	m.Delete("a")
	m.Delete("nothing")
	if v, ok := m.Get("a"); ok || v != 0 {
		t.Errorf("what was deleted is %d, %v", v, ok)
	}
}
