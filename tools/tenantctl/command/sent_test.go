package command

import (
	"slices"
	"sync"
)

// commands collects the names of commands, those that keep a connection apart.
type commands struct {
	mu   sync.Mutex
	list []string
}

func (c *commands) add(_, command string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains([]string{"hello", "ping", "endSessions"}, command) {
		c.list = append(c.list, command)
	}
}

// names returns the commands that were sent since the last call, each once.
func (c *commands) names() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.Sort(c.list)
	names := slices.Compact(c.list)
	c.list = nil
	return names
}
