package measure

import (
	"runtime"
	"syscall"
	"time"
)

// Usage is what a process has used since it started.
type Usage struct {
	// CPU is user and system time.
	CPU time.Duration `json:"cpu"`
	// Mallocs and Bytes count all allocations, freed ones included.
	Mallocs uint64 `json:"mallocs"`
	Bytes   uint64 `json:"bytes"`
	// Heap is what is in use now, in bytes.
	Heap uint64 `json:"heap"`
	// RSS is the memory that the process has of the machine's now, in bytes; zero where it
	// was not looked at.
	RSS int64 `json:"rss,omitempty"`
}

// Now is this process's Usage.
func Now() (Usage, error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return Usage{}, err
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return Usage{
		CPU:     time.Duration(r.Utime.Nano() + r.Stime.Nano()),
		Mallocs: m.Mallocs, Bytes: m.TotalAlloc, Heap: m.HeapInuse,
	}, nil
}

// Since is what each of n operations used between before and u.
func (u Usage) Since(before Usage, n int) Sample {
	each := 1 / float64(n)
	return Sample{
		CPU:    float64(u.CPU-before.CPU) * each,
		Allocs: float64(u.Mallocs-before.Mallocs) * each,
		Bytes:  float64(u.Bytes-before.Bytes) * each,
	}
}

// Here is a side whose work this process does itself.
func Here(name string, work func() error) Side {
	return Prepared(name, func(int) (func() error, error) { return work, nil })
}

// Prepared is a side of this process whose work for n operations is made ready
// first, which is not measured.
func Prepared(name string, prepare func(n int) (func() error, error)) Side {
	return Side{Name: name, Slice: func(n int) (Sample, error) {
		work, err := prepare(n)
		if err != nil {
			return Sample{}, err
		}
		// What was left over by others is not this side's to clear away.
		runtime.GC()
		before, err := Now()
		if err != nil {
			return Sample{}, err
		}
		for range n {
			if err := work(); err != nil {
				return Sample{}, err
			}
		}
		after, err := Now()
		return after.Since(before, n), err
	}}
}
