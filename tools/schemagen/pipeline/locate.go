package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// location is the module and the folder to write.
type location struct {
	// root is the module's root folder, out the folder to write.
	root, out string
	// genPath is the import path of out.
	genPath string
}

// locate finds the module that the working folder belongs to, and refuses folders
// that cannot be meant.
func locate(cfg Config) (location, error) {
	root, name, err := findModule()
	if err != nil {
		return location{}, err
	}
	at := location{root: root, out: filepath.Join(root, cfg.Out), genPath: path.Join(name, filepath.ToSlash(cfg.Out))}
	if err := checkFolders(cfg, at); err != nil {
		return location{}, err
	}
	return at, nil
}

func checkFolders(cfg Config, at location) error {
	out, source := filepath.Clean(cfg.Out), filepath.Clean(cfg.Source)
	if out == "." || !filepath.IsLocal(out) {
		return fmt.Errorf("the folder %q is not within the module in %s; write one such as gen", cfg.Out, at.root)
	}
	if err := module.CheckImportPath(at.genPath); err != nil {
		return fmt.Errorf("the folder %q cannot hold Go packages: %w", cfg.Out, err)
	}
	if source == out || strings.HasPrefix(source, out+string(filepath.Separator)) {
		return fmt.Errorf("the folder %q holds the declarations in %q; write another one, such as gen", cfg.Out, cfg.Source)
	}
	if info, err := os.Lstat(at.out); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is not a folder; remove it, and the generator makes one", at.out)
	}
	if _, err := os.Stat(filepath.Join(at.root, source)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the module in %s has no folder %q with declarations; run the generator within the module that has one", at.root, cfg.Source)
	}
	return nil
}

// findModule returns the root folder and the path of the module that the working
// folder belongs to.
func findModule() (root, name string, err error) {
	start, err := os.Getwd()
	if err != nil {
		return "", "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		switch {
		case err == nil:
			if name = modfile.ModulePath(text); name == "" {
				return "", "", fmt.Errorf("%s declares no module", filepath.Join(dir, "go.mod"))
			}
			return dir, name, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", "", err
		case dir == filepath.Dir(dir):
			return "", "", fmt.Errorf("there is no go.mod in %s or above; run the generator within a Go module", start)
		}
	}
}
