package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// built is a set of test binaries in which every mutant can be made.
type built struct {
	bySubject map[string][]*mistake
	suites    []*suite
}

// suite is a package's tests.
type suite struct {
	// dir is the package's folder, in which its tests run.
	dir, binary string
}

// build builds the tests of all subjects. Mutants that do not compile, as a
// comparison may not whose operands have types of their own, are left out.
func build(ctx context.Context, dir string, subjects []subject) (*built, error) {
	sources, bySubject, err := load(ctx, subjects)
	if err != nil {
		return nil, err
	}
	var packages []string
	for _, s := range subjects {
		packages = append(packages, s.importPath())
	}
	overlay := filepath.Join(dir, "overlay.json")
	for {
		if err := writeOverlay(dir, overlay, sources); err != nil {
			return nil, err
		}
		_, err := command(ctx, "go", append([]string{"build", "-gcflags=-e", "-overlay", overlay}, packages...)...)
		if err == nil {
			break
		}
		if !removeRefused(sources, err.Error()) {
			return nil, err
		}
	}
	b := &built{bySubject: map[string][]*mistake{}}
	kept := map[int]bool{}
	for _, s := range sources {
		for _, m := range s.mutants {
			kept[m.id] = true
		}
	}
	for name, mutants := range bySubject {
		b.bySubject[name] = slices.DeleteFunc(mutants, func(m *mistake) bool { return !kept[m.id] })
	}
	b.suites, err = buildSuites(ctx, dir, overlay, subjects)
	return b, err
}

func writeOverlay(dir, overlay string, sources []*source) error {
	replace := map[string]string{}
	for i, s := range sources {
		s.copy = filepath.Join(dir, strconv.Itoa(i)+".go")
		if err := os.WriteFile(s.copy, s.render(), 0o600); err != nil {
			return err
		}
		replace[s.path] = s.copy
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	return os.WriteFile(overlay, text, 0o600)
}

// complaint is what the compiler says of a line.
var complaint = regexp.MustCompile(`(?m)^([^\s:]+\.go):(\d+):`)

// removeRefused takes away the mutants on lines that the compiler refused, and
// answers false if there are none there.
func removeRefused(sources []*source, said string) bool {
	refused := map[string]bool{}
	for _, match := range complaint.FindAllStringSubmatch(said, -1) {
		refused[match[1]+":"+match[2]] = true
	}
	removed := false
	for _, s := range sources {
		before := len(s.mutants)
		s.mutants = slices.DeleteFunc(s.mutants, func(m *mistake) bool {
			return refused[s.copy+":"+strconv.Itoa(m.line)]
		})
		removed = removed || len(s.mutants) < before
	}
	return removed
}

// buildSuites builds the tests that the subjects name, each once.
func buildSuites(ctx context.Context, dir, overlay string, subjects []subject) ([]*suite, error) {
	var suites []*suite
	var errs []error
	for _, s := range subjects {
		for _, folder := range s.suites {
			if slices.ContainsFunc(suites, func(other *suite) bool { return other.dir == folder }) {
				continue
			}
			binary := filepath.Join(dir, strings.ReplaceAll(folder, "/", "_")+".test")
			if _, err := command(ctx, "go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", binary, "./"+folder); err != nil {
				errs = append(errs, fmt.Errorf("build the tests of %s: %w", folder, err))
			}
			suites = append(suites, &suite{dir: folder, binary: binary})
		}
	}
	return suites, errors.Join(errs...)
}

// of are the subject's mutants whose name contains match.
func (b *built) of(s subject, match string) []*mistake {
	var list []*mistake
	for _, m := range b.bySubject[s.name] {
		if strings.Contains(m.name, match) {
			list = append(list, m)
		}
	}
	return list
}

// sample are n of mutants that seed chooses, all for 0.
func sample(mutants []*mistake, n int, seed uint64) []*mistake {
	if n == 0 || n >= len(mutants) {
		return mutants
	}
	chosen := slices.Clone(mutants)
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a sample that can be drawn again
	random.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] })
	chosen = chosen[:n]
	slices.SortFunc(chosen, func(a, b *mistake) int { return a.id - b.id })
	return chosen
}
