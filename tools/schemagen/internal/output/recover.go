package output

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// A run that is killed leaves a folder beside dir: dir's name, stagedInfix and
// digits. It holds what was to become dir, or what dir was before. With
// setAsideSuffix it is what dir was, on systems that take two steps to put a
// folder in another's place.
const (
	stagedInfix    = ".new-"
	setAsideSuffix = ".old"
)

var leftoverName = regexp.MustCompile(`^[0-9]+(\.old)?$`)

// Recover clears away what killed runs left beside dir. Where they left no dir,
// it is put back as it was before them. What belongs to a run that still goes on
// is left alone, and so is everything where nobody can tell.
func Recover(dir string) error {
	left, err := leftovers(dir)
	if err != nil {
		return err
	}
	for _, folder := range left {
		if err := recoverFrom(folder, dir); err != nil {
			return err
		}
	}
	return nil
}

func recoverFrom(folder, dir string) error {
	if staged, ok := strings.CutSuffix(folder, setAsideSuffix); ok && !exists(dir) {
		if isAtWork(staged) {
			return nil
		}
		return os.Rename(folder, dir)
	}
	release, err := claim(folder)
	if err != nil {
		// It is another run's, or nobody can tell whose.
		return nil
	}
	defer release()
	return os.RemoveAll(folder)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// isAtWork says that a run is between its two steps: it has set the old folder
// aside, and is about to put staged in its place.
func isAtWork(staged string) bool {
	release, err := claim(staged)
	if err == nil {
		release()
	}
	return err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errors.ErrUnsupported)
}

// leftovers are the folders beside dir that some run made.
func leftovers(dir string) ([]string, error) {
	parent := filepath.Dir(dir)
	entries, err := os.ReadDir(parent)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []string
	for _, entry := range entries {
		suffix, ok := strings.CutPrefix(entry.Name(), filepath.Base(dir)+stagedInfix)
		if ok && entry.IsDir() && leftoverName.MatchString(suffix) {
			found = append(found, filepath.Join(parent, entry.Name()))
		}
	}
	return found, nil
}
