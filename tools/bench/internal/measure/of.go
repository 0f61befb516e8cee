package measure

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Of is the CPU and the memory of another process, as Linux tells them. A process that
// does not speak with this one is measured so.
func Of(pid int) (Usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Usage{}, err
	}
	u, err := parseStat(string(stat))
	if err != nil {
		return Usage{}, fmt.Errorf("/proc/%d/stat: %w", pid, err)
	}
	if cpu := ofThreads(pid); cpu > 0 {
		u.CPU = cpu
	}
	return u, nil
}

// ofThreads is the CPU of a process's threads, to the nanosecond; zero where the kernel
// does not account for it. Threads that have ended are left out: what is measured here
// keeps those that it has.
func ofThreads(pid int) (sum time.Duration) {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, file := range files {
		text, _ := os.ReadFile(file)
		first, _, _ := strings.Cut(string(text), " ")
		spent, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			continue // it ended in between
		}
		sum += time.Duration(spent)
	}
	return sum
}

// clockTick is the unit of /proc's times: Linux has 100 a second (proc_pid_stat(5)).
const clockTick = 10 * time.Millisecond

var errStat = errors.New("it is not as proc_pid_stat(5) says")

// parseStat reads the line of a process. Its second field is the program's name in
// parentheses, which may hold spaces and parentheses itself.
func parseStat(line string) (Usage, error) {
	end := strings.LastIndex(line, ") ")
	if end < 0 {
		return Usage{}, errStat
	}
	fields := strings.Fields(line[end+2:])
	// Fields are counted from 1 in the manual, and the first here is the third.
	const utime, stime, rss = 14 - 3, 15 - 3, 24 - 3
	if len(fields) <= rss {
		return Usage{}, errStat
	}
	var user, system, pages int64
	for i, value := range map[int]*int64{utime: &user, stime: &system, rss: &pages} {
		if _, err := fmt.Sscan(fields[i], value); err != nil {
			return Usage{}, errStat
		}
	}
	return Usage{CPU: time.Duration(user+system) * clockTick, RSS: pages * int64(os.Getpagesize())}, nil
}
