package output

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// swap puts staged in dir's place, and what was there in staged's, atomically.
func swap(staged, dir string) error {
	err := unix.Renameat2(unix.AT_FDCWD, staged, unix.AT_FDCWD, dir, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.ENOENT) {
		return os.Rename(staged, dir)
	}
	if err == nil {
		return nil
	}
	return swapInTwo(staged, dir, &fs.PathError{Op: "exchange", Path: dir, Err: err})
}
