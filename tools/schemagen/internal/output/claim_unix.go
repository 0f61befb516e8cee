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
	switch err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
	case errors.Is(err, unix.EWOULDBLOCK):
		err = fmt.Errorf("another run is at work on %s", folder)
	case err != nil:
		err = fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	default:
		err = stillThere(f, folder)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

// stillThere says whether folder is what f was opened as: another run may have
// removed it in between.
func stillThere(f *os.File, folder string) error {
	opened, err := f.Stat()
	if err != nil {
		return err
	}
	now, err := os.Stat(folder)
	if err == nil && !os.SameFile(opened, now) {
		err = fmt.Errorf("another run has replaced %s", folder)
	}
	return err
}
