//go:build unix

package output

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// claim marks folder as this run's until release is called, or the process ends,
// however it does. The error is errors.ErrUnsupported where the file system knows
// no such marks.
func claim(folder string) (release func(), err error) {
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err == nil {
		return func() { _ = f.Close() }, nil
	}
	_ = f.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, fmt.Errorf("another run is at work on %s", folder)
	}
	return nil, fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
}
