// Package mutant is what tools/mutate writes calls of into copies of the sources
// that it tests the tests with. Each call stands for a small mistake, a mutant, by
// number: the environment says which one is made, so that one build has them all.
// Nothing else imports it.
package mutant

import (
	"cmp"
	"os"
	"strconv"
	"sync"
)

// The environment of a test's process.
const (
	// Active names the variable with the number of the mutant that is made; none
	// without it.
	Active = "PARTYWALL_MUTANT"
	// Trace names the variable with the path of the file that gets the number of each
	// mutant that is reached, a line each.
	Trace = "PARTYWALL_MUTANT_TRACE"
)

var active, _ = strconv.Atoi(os.Getenv(Active))

var trace = openTrace(os.Getenv(Trace))

// traceFile is where the numbers of mutants go that are reached.
type traceFile struct {
	mu   sync.Mutex
	file *os.File
	seen map[int]bool
}

func openTrace(path string) *traceFile {
	if path == "" {
		return nil
	}
	// Processes that a test starts add to the file, too.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the path is the one that tools/mutate chose
	if err != nil {
		panic(err)
	}
	return &traceFile{file: file, seen: map[int]bool{}}
}

func (t *traceFile) note(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seen[n] {
		return
	}
	t.seen[n] = true
	if _, err := t.file.WriteString(strconv.Itoa(n) + "\n"); err != nil {
		panic(err)
	}
}

// on says whether mutant n is made.
func on(n int) bool {
	if trace != nil {
		trace.note(n)
	}
	return n == active
}

// Keep says whether the statement of mutant n is carried out.
func Keep(n int) bool { return !on(n) }

// True is v, or true.
func True(n int, v bool) bool { return on(n) || v }

// False is v, or false.
func False(n int, v bool) bool { return !on(n) && v }

// NoError is err, or nil.
func NoError(n int, err error) error {
	if on(n) {
		return nil
	}
	return err
}

// Other is v, or the zero value of its type.
func Other[T comparable](n int, v T) T {
	if on(n) {
		var zero T
		return zero
	}
	return v
}

// Integer are the types that Plus and Arithmetic work on.
type Integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr
}

// Plus is v, or one more.
func Plus[T Integer](n int, v T) T {
	if on(n) {
		return v + 1
	}
	return v
}

// Compare is a op b, or the comparison that differs where both are equal.
func Compare[T cmp.Ordered](n int, op string, a, b T) bool {
	differ := on(n)
	switch op {
	case "<":
		return a < b || differ && a == b
	case "<=":
		return a < b || !differ && a == b
	case ">":
		return a > b || differ && a == b
	}
	return a > b || !differ && a == b
}

// Arithmetic is a op b, or what the opposite operator gives.
func Arithmetic[T Integer](n int, op string, a, b T) T {
	if on(n) {
		op = map[string]string{"+": "-", "-": "+", "*": "/", "/": "*", "%": "*"}[op]
	}
	switch op {
	case "+":
		return a + b
	case "-":
		return a - b
	case "*":
		return a * b
	case "/":
		return a / b
	}
	return a % b
}
