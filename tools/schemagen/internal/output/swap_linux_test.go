package output

import (
	"errors"
	"io/fs"
	"testing"

	"golang.org/x/sys/unix"
)

// One step puts the new folder in place and the old one aside, so that no moment
// lies between.
func TestSwapIsOneStep(t *testing.T) {
	dir := folder(t, tree("old.go", header))
	staged := dir + ".new-1"
	if err := writeFile(staged, "new.go", []byte(header), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := unix.Renameat2(unix.AT_FDCWD, dir, unix.AT_FDCWD, dir, unix.RENAME_EXCHANGE); errors.Is(err, unix.EINVAL) {
		t.Skip("the file system of temporary folders exchanges no folders")
	}
	if err := swap(staged, dir); err != nil {
		t.Fatal(err)
	}
	expect(t, dir, tree("new.go", header))
	expect(t, staged, tree("old.go", header))
}

func TestSwapIntoAnEmptyPlace(t *testing.T) {
	dir := folder(t, nil)
	staged := dir + ".new-1"
	if err := swap(staged, dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is not there took its place: %v", err)
	}
	if err := writeFile(staged, "new.go", []byte(header), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := swap(staged, dir); err != nil {
		t.Fatal(err)
	}
	expect(t, dir, tree("new.go", header))
}
