package replay

import (
	"maps"
	"sync"
)

// applications count connections by the name that clients give themselves in the first
// request of each, so that those of several clients are told apart.
type applications struct {
	mu         sync.Mutex
	now, peaks map[string]int64
}

// open notes a connection; one without a name is nobody's.
func (a *applications) open(name string) {
	if name == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now == nil {
		a.now, a.peaks = map[string]int64{}, map[string]int64{}
	}
	a.now[name]++
	a.peaks[name] = max(a.peaks[name], a.now[name])
}

// close notes that one ended.
func (a *applications) close(name string) {
	if name == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now[name]--
}

// all are the peaks.
func (a *applications) all() map[string]int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.peaks)
}
