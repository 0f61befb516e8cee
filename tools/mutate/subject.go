package main

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

const module = "github.com/partywall/partywall"

// subject is a package, or some files of one, and the packages whose tests are to
// notice what is wrong with it.
type subject struct {
	name string
	// dir is the package's folder, files those of it that count: all if there are none.
	dir   string
	files []string
	// suites are folders of packages with tests, the package's own first.
	suites []string
	// bound is the share of mutants that must be noticed, in percent; 0 for none.
	bound int
}

var subjects = []subject{
	{name: "auth", dir: "api/auth", suites: []string{"api/auth", "api/rest", "api/server"}, bound: 90},
	{name: "rest", dir: "api/rest", suites: []string{"api/rest", "api/server"}, bound: 90},
	{name: "raw", dir: "api/internal/raw", suites: []string{"api/internal/raw", "api/rest", "api/server"}, bound: 90},
	{name: "runtime", dir: "api/runtime", suites: []string{"api/runtime", "api/internal/raw", "api/rest", "api/server"}, bound: 90},
	{name: "store", dir: "api/store", suites: []string{"api/store", "api/internal/raw"}, bound: 90},
	{name: "meta", dir: "api/meta", suites: []string{"api/meta", "api/internal/raw", "api/auth"}, bound: 90},
	{name: "check", dir: "api/check", suites: []string{"api/check", "api/wire", "api/auth"}, bound: 90},
	{name: "wire", dir: "api/wire", suites: []string{"api/wire", "api/internal/raw", "api/runtime"}, bound: 90},
	{name: "tenant", dir: "api/tenant", suites: []string{"api/tenant", "api/rest", "api/server", "api/fleet"}},
	{
		name: "indexes", dir: "api/fleet/indexes", suites: []string{"api/fleet/indexes", "api/fleet"},
		files: []string{"compare.go", "inspect.go", "refusal.go", "duplicates.go", "stored.go"},
		bound: 90,
	},
	{
		name: "plans", dir: "api/fleet/migrate", suites: []string{"api/fleet/migrate", "api/fleet"},
		files: []string{"plan.go", "latest.go", "fingerprint.go"},
		bound: 90,
	},
	{
		name: "fleet", dir: "api/fleet", suites: []string{"api/fleet"},
		files: []string{"counts.go", "indexes.go"},
		bound: 90,
	},
	{
		name: "visit", dir: "api/fleet/visit", suites: []string{"api/fleet"},
		files: []string{"tenants.go"},
		bound: 90,
	},
	{
		name: "schemagen's model", dir: "tools/schemagen/internal/model",
		suites: []string{"tools/schemagen/internal/model", "tools/schemagen/pipeline"},
		bound:  90,
	},
}

// importPath is the package's.
func (s *subject) importPath() string { return path.Join(module, s.dir) }

// has says whether a file of the package counts.
func (s *subject) has(file string) bool {
	return len(s.files) == 0 || slices.Contains(s.files, file)
}

// choose are the subjects with the names in list, all where it is empty.
func choose(list string) ([]subject, error) {
	if list == "" {
		return subjects, nil
	}
	var chosen []subject
	for name := range strings.SplitSeq(list, ",") {
		at := slices.IndexFunc(subjects, func(s subject) bool { return s.name == strings.TrimSpace(name) })
		if at < 0 {
			var names []string
			for _, s := range subjects {
				names = append(names, s.name)
			}
			return nil, fmt.Errorf("no subject is called %q; there are %s", name, strings.Join(names, ", "))
		}
		chosen = append(chosen, subjects[at])
	}
	return chosen, nil
}
