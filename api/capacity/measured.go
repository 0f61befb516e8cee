package capacity

import (
	_ "embed" // the figure
	"encoding/json"
	"fmt"
	"time"
)

// Measured is what a request costs an instance, and where that was measured.
type Measured struct {
	Request string `json:"request"`
	// CPU is the time that a request takes of a processor, the database's own not
	// included.
	CPU time.Duration `json:"cpuNanoseconds"`
	// Processor and the rest are the machine.
	Processor string `json:"processor"`
	Cores     int    `json:"cores"`
	Go        string `json:"go"`
	Platform  string `json:"platform"`
	// Source is the row of docs/benchmarks.md.
	Source string `json:"source"`
}

// measured is written by make bench.
//
//go:embed measured.json
var measured []byte

// Request is what make bench measured last: a list of ten users with all that the
// server does for it.
func Request() Measured {
	var m Measured
	if err := json.Unmarshal(measured, &m); err != nil {
		panic(fmt.Sprintf("capacity: measured.json: %v", err))
	}
	return m
}

// perSecond is how many requests so many processors answer in a second.
func (m Measured) perSecond(cores int) float64 {
	return float64(cores) * float64(time.Second) / float64(m.CPU)
}

// Machine says in words where it was measured.
func (m Measured) Machine() string {
	return fmt.Sprintf("%s, %d cores, %s, %s", m.Processor, m.Cores, m.Go, m.Platform)
}
