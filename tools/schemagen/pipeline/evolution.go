package pipeline

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/partywall/partywall/tools/schemagen/internal/evolve"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
	"github.com/partywall/partywall/tools/schemagen/internal/output"
)

// ErrOwed is returned by a check if stored documents are not what the declarations say, and
// no migration makes them so.
var ErrOwed = errors.New("stored documents are owed a migration")

// evolution is how the declarations differ from the baseline.
type evolution struct {
	evolve.Result
	// folder has the baseline, of which stored is the content.
	folder string
	stored []byte
	newest evolve.Migration
}

// settle compares the declarations with the baseline.
func settle(cfg Config, at location, schema *model.Schema) (*evolution, error) {
	e := &evolution{folder: filepath.Join(at.root, cfg.Source)}
	var err error
	e.stored, err = os.ReadFile(filepath.Join(e.folder, evolve.BaselineFile))
	var baseline *evolve.Schema
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		if baseline, err = evolve.Decode(e.stored); err != nil {
			return nil, fmt.Errorf("%s: %w", displayPath(cfg.Source, evolve.BaselineFile), err)
		}
	}
	e.newest, err = evolve.Newest(os.DirFS(filepath.Join(at.root, cfg.Migrations)))
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	e.Result = evolve.Settle(baseline, evolve.Describe(schema), e.newest)
	return e, nil
}

// report says which reasons are idle to who checks, and what changed to who generates.
func (e *evolution) report(cfg Config) error {
	if !cfg.Check {
		return e.Report(cfg.Notes)
	}
	return reportLines(cfg.Report, e.Idle)
}

// owedError returns what is owed as an error for who checks, and notes it for who generates.
func (e *evolution) owedError(cfg Config) error {
	if len(e.Owed) == 0 {
		return nil
	}
	text := evolve.Owed(e.Owed, cfg.Command)
	if cfg.Check {
		return fmt.Errorf("%w:\n%s", ErrOwed, text)
	}
	_, err := fmt.Fprintf(cfg.Notes, "%v:\n%s\n", ErrOwed, text)
	return err
}

// write makes the baseline what it is to be; a check only reports that it is not.
func (e *evolution) write(cfg Config) error {
	content := evolve.Encode(e.Baseline)
	if bytes.Equal(content, e.stored) {
		return nil
	}
	mark := "~"
	if e.stored == nil {
		mark = "+"
	}
	if _, err := fmt.Fprintln(cfg.Report, mark, displayPath(cfg.Source, evolve.BaselineFile)); err != nil {
		return err
	}
	if cfg.Check {
		return ErrStale
	}
	return output.Replace(e.folder, evolve.BaselineFile, content)
}

// Migration writes the files of a migration called name, with what stored documents are owed as
// its elements.
func Migration(cfg Config, name string) error {
	cfg = cfg.withDefaults()
	at, schema, err := load(cfg)
	if err != nil {
		return err
	}
	e, err := settle(cfg, at, schema)
	if err != nil {
		return err
	}
	files, err := evolve.Files(name, e.newest, e.Owed)
	if err != nil {
		return err
	}
	if err := create(filepath.Join(at.root, cfg.Migrations), files); err != nil {
		return err
	}
	return reportMigration(cfg, files)
}

// create writes files of which none is there yet.
func create(folder string, files []evolve.File) error {
	for _, f := range files {
		name := filepath.Join(folder, f.Name)
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return cmp.Or(err, fmt.Errorf("%s: %w; give the migration another name", name, fs.ErrExist))
		}
	}
	for _, f := range files {
		if err := output.Replace(folder, f.Name, f.Content); err != nil {
			return err
		}
	}
	return nil
}

// reportMigration names the files, and says which members a person has to choose.
func reportMigration(cfg Config, files []evolve.File) error {
	for _, f := range files {
		name := displayPath(cfg.Migrations, f.Name)
		if _, err := fmt.Fprintln(cfg.Report, "+", name); err != nil {
			return err
		}
	}
	if !bytes.Contains(files[0].Content, []byte(": null")) {
		return nil
	}
	_, err := fmt.Fprintf(cfg.Notes, "%s: replace each null by what is to be; tenantctl refuses the file until then\n", displayPath(cfg.Migrations, files[0].Name))
	return err
}
