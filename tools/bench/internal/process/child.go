// Package process runs the servers that are measured as processes of their own:
// what each of them uses is told apart by the operating system. Parent and child
// speak in lines over the child's standard input and output.
package process

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/partywall/partywall/tools/bench/internal/measure"
)

// Status is what a child answers to every line.
type Status struct {
	// Addr is where it serves.
	Addr  string        `json:"addr"`
	Usage measure.Usage `json:"usage"`
	// Peak and Commands are a replaying server's: the most connections that were
	// ever open at once, and the commands answered.
	Peak     int64 `json:"peak,omitempty"`
	Commands int64 `json:"commands,omitempty"`
	// Applications are the peaks of those connections that clients said to be theirs, by
	// the name that each client gave itself.
	Applications map[string]int64 `json:"applications,omitempty"`
	// PeakHeap is the most that a child had on its heap while it did its work, in bytes.
	PeakHeap int64 `json:"peakHeap,omitempty"`
	// Served are the addresses that a proxy sends requests to, and Left when it left out
	// those that it sends none to any more.
	Served []string             `json:"served,omitempty"`
	Left   map[string]time.Time `json:"left,omitempty"`
	Error  string               `json:"error,omitempty"`
}

// Answer serves the parent until it closes the child's standard input: which is
// also how a child ends whose parent was killed. An empty line asks for the
// Status; "profile PREFIX" starts a CPU profile in PREFIX.cpu.pprof, and
// "profile" ends it and writes all allocations so far to PREFIX.allocs.pprof.
func Answer(in io.Reader, out io.Writer, status func() Status) error {
	var profile *os.File
	lines := bufio.NewScanner(in)
	for line := ""; ; line = lines.Text() {
		var err error
		if file, ok := strings.CutPrefix(line, "profile"); ok {
			profile, err = switchProfile(profile, strings.TrimSpace(file))
		}
		s := status()
		if s.Usage, err = usage(err); err != nil {
			s.Error = err.Error()
		}
		if err := json.NewEncoder(out).Encode(s); err != nil {
			return err
		}
		if !lines.Scan() {
			return lines.Err()
		}
	}
}

func usage(before error) (measure.Usage, error) {
	if before != nil {
		return measure.Usage{}, before
	}
	return measure.Now()
}

const (
	cpuSuffix    = ".cpu.pprof"
	allocsSuffix = ".allocs.pprof"
)

func writeAllocations(name string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(file, 0), file.Close())
}

// switchProfile ends the profile that runs, and starts one if there is a name.
func switchProfile(running *os.File, name string) (*os.File, error) {
	if running != nil {
		pprof.StopCPUProfile()
		if err := errors.Join(running.Close(), writeAllocations(strings.TrimSuffix(running.Name(), cpuSuffix)+allocsSuffix)); err != nil {
			return nil, err
		}
	}
	if name == "" {
		return nil, nil
	}
	file, err := os.Create(name + cpuSuffix)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	return file, nil
}
