package output

import (
	"errors"
	"io/fs"
	"os"
)

// swapInTwo is swap for systems, and file systems, that exchange no folders. An
// interruption between its two steps leaves no dir at all, never a mixture, and
// Recover puts the old one back.
func swapInTwo(staged, dir string, because error) error {
	old := staged + setAsideSuffix
	if err := os.Rename(dir, old); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(because, err)
	}
	if err := os.Rename(staged, dir); err != nil {
		return errors.Join(because, err, os.Rename(old, dir))
	}
	return os.RemoveAll(old)
}
