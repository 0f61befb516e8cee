package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	lockName  = "lock"
	runPrefix = "run-"

	// maxSocketPath leaves room for the shortest sun_path of the supported systems, 104 bytes.
	maxSocketPath = 100

	// unusable are the characters that SQLite reads as part of a URI, and those that hide a folder from a glob.
	unusable = `%?#*[\`
)

// errLocked says that another server holds the lock of the folder.
var errLocked = errors.New("locked")

// folder is the data folder of one server, locked for as long as the server lives.
type folder struct {
	path string
	run  string // a folder of mode 0700, private to this process, removed at the end
	lock *os.File
}

// openFolder creates the folder if it is missing, locks it and removes what earlier processes left behind in it.
func openFolder(dir string) (*folder, error) {
	path, err := createFolder(dir)
	if err != nil {
		return nil, err
	}
	lock, err := lockFile(filepath.Join(path, lockName))
	if errors.Is(err, errLocked) {
		return nil, fmt.Errorf("embedded server: the data folder %s is in use by another server; stop that one, or choose another folder", path)
	}
	if err != nil {
		return nil, fmt.Errorf("embedded server: cannot lock the data folder %s: %w", path, err)
	}
	f := &folder{path: path, lock: lock}
	if err := f.prepare(); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

func createFolder(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("embedded server: no data folder is named; set Config.Dir")
	}
	path, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("embedded server: data folder %s: %w", dir, err)
	}
	if strings.ContainsAny(path, unusable) {
		return "", fmt.Errorf("embedded server: the data folder %s has one of %s in its path, which SQLite cannot open; choose another folder", path, unusable)
	}
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", fmt.Errorf("embedded server: cannot create the data folder: %w", err)
	}
	return path, nil
}

func (f *folder) prepare() error {
	if err := f.removeOldRuns(); err != nil {
		return err
	}
	if err := recoverDatabases(f.path); err != nil {
		return err
	}
	run, err := f.makeRun()
	if err != nil {
		return fmt.Errorf("embedded server: cannot create a folder for the socket: %w", err)
	}
	f.run = run
	return nil
}

// removeOldRuns removes the socket folders of processes that were killed. Nobody uses them: the lock is ours.
func (f *folder) removeOldRuns() error {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return fmt.Errorf("embedded server: cannot read the data folder: %w", err)
	}
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), runPrefix) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(f.path, entry.Name())); err != nil {
			return fmt.Errorf("embedded server: cannot remove what an earlier server left: %w", err)
		}
	}
	return nil
}

// makeRun makes the folder of the socket, in the data folder if the path is short enough for a socket, so that a
// killed process leaves nothing elsewhere.
func (f *folder) makeRun() (string, error) {
	for _, parent := range []string{f.path, os.TempDir()} {
		if len(socketPath(filepath.Join(parent, runPrefix+"4294967295"))) <= maxSocketPath {
			return os.MkdirTemp(parent, runPrefix)
		}
	}
	return os.MkdirTemp("/tmp", runPrefix)
}

func socketPath(run string) string { return filepath.Join(run, "db.sock") }

func (f *folder) socket() string { return socketPath(f.run) }

// close removes the private folder and gives the lock back. The lock file stays: removing it would let two
// servers hold locks on two files of the same name.
func (f *folder) close() error {
	var removed error
	if f.run != "" {
		removed = os.RemoveAll(f.run)
	}
	if err := errors.Join(removed, f.lock.Close()); err != nil {
		return fmt.Errorf("embedded server: closing the data folder %s: %w", f.path, err)
	}
	return nil
}
