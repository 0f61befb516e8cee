package capacity

import (
	_ "embed" // the figure
	"encoding/json"
	"fmt"
	"time"
)

// Measured is the cost of a request to an instance, and where it was measured.
type Measured struct {
	Request string `json:"request"`
	// CPU is the processor time of a request, without the database's.
	CPU time.Duration `json:"cpuNanoseconds"`
	// Processor and the rest describe the machine.
	Processor string `json:"processor"`
	Cores     int    `json:"cores"`
	Go        string `json:"go"`
	Platform  string `json:"platform"`
	// Source names the row of docs/benchmarks.md.
	Source string `json:"source"`
}

// measured is written by make bench.
//
//go:embed measured.json
var measured []byte

// Request returns the cost that make bench measured last: a list of ten users, with
// everything the server does for it.
func Request() Measured {
	var m Measured
	if err := json.Unmarshal(measured, &m); err != nil {
		panic(fmt.Sprintf("capacity: measured.json: %v", err))
	}
	return m
}

// perSecond returns how many requests that many processors serve in a second.
func (m Measured) perSecond(cores int) float64 {
	return float64(cores) * float64(time.Second) / float64(m.CPU)
}

// Machine describes the machine in words.
func (m Measured) Machine() string {
	return fmt.Sprintf("%s, %d cores, %s, %s", m.Processor, m.Cores, m.Go, m.Platform)
}
