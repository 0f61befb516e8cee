package partywall_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/partywall/partywall"

// listed is what go list says of a package.
type listed struct {
	ImportPath    string
	Imports, Deps []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	touchSources(t)
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p listed
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

// touchSources looks at every source file: go test keeps a result for as long as
// what the test itself looked at stays the same, and knows nothing of what
// go list reads.
func touchSources(t *testing.T) {
	t.Helper()
	for _, pattern := range []string{"*.go", "*/*.go", "*/*/*.go", "*/*/*/*.go", "*/*/*/*/*.go", "*/*/*/*/*/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if _, err := os.Stat(file); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestWhoMayImportWhom holds the layout together. Each rule names the packages it
// is about by how their path begins, and what they, or nobody but they, import.
func TestWhoMayImportWhom(t *testing.T) {
	const driver, migrate = "go.mongodb.org/mongo-driver/v2", "github.com/golang-migrate/migrate/v4"
	under := func(path string, roots ...string) bool {
		return slices.ContainsFunc(roots, func(root string) bool { return path == root || strings.HasPrefix(path, root+"/") })
	}
	own := func(names ...string) []string {
		var paths []string
		for _, name := range names {
			paths = append(paths, module+"/"+name)
		}
		return paths
	}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module+"/")
		only := func(allowed ...string) {
			for _, dep := range p.Imports {
				if strings.Contains(dep, ".") && !under(dep, allowed...) {
					t.Errorf("%s imports %s", name, dep)
				}
			}
		}
		never := func(why string, forbidden ...string) {
			for _, dep := range p.Deps {
				if under(dep, forbidden...) {
					t.Errorf("%s depends on %s: %s", name, dep, why)
				}
			}
		}
		switch {
		case under(name, "schema"):
			only(own("schema/def")...)
			never("schema compiles with gen deleted", own("gen", "api", "tools")...)
		case name == "gen":
			only(own("gen", "api/runtime")...)
		case under(name, "gen"):
			only(append(own("api/check", "api/wire", "api/store", "api/runtime", "api/meta"), driver+"/bson")...)
			never("generated code stands below what runs it", append(own("api/tenant", "api/rest", "schema", "tools"), "github.com/labstack/echo")...)
			for _, dep := range p.Deps {
				if under(dep, own("gen")...) {
					t.Errorf("%s depends on another collection's package: %s", name, dep)
				}
			}
		case name == "api/buildinfo", name == "api/capacity", name == "api/internal/renewal":
			only()
		case name == "api/check":
			// What addresses and passwords look like is Unicode's and IDNA's to say.
			only(driver+"/bson", "golang.org/x/text/unicode/norm", "golang.org/x/text/currency", "golang.org/x/net/idna")
		case name == "api/wire":
			only(append(own("api/check"), driver+"/bson")...)
		case name == "api/meta":
			only(append(own("api/check", "api/wire"), driver+"/bson")...)
		case name == "api/store":
			only(append(own("api/check", "api/wire", "api/meta", "api/internal/handle"), driver+"/bson")...)
		case name == "api/internal/raw":
			only(append(own("api/check", "api/wire", "api/meta", "api/store", "api/internal/handle"), driver)...)
		case name == "api/runtime":
			only(append(own("api/check", "api/wire", "api/meta", "api/store", "api/internal/raw"), driver+"/bson")...)
		case name == "api/internal/handle":
			only(driver)
		case name == "api/tenant":
			only(append(own("gen/tenants", "api/store", "api/meta", "api/internal"), driver)...)
		case name == "api/fleet":
			only(append(own("gen/tenants", "api/tenant", "api/store", "api/meta", "api/internal", "api/fleet"), driver)...)
		case name == "api/fleet/indexes":
			only(append(own("api/store", "api/meta", "api/wire", "api/internal/raw"), driver)...)
		case name == "api/fleet/documents":
			only(append(own("api/check", "api/wire", "api/meta", "api/store", "api/internal/raw"), driver+"/bson")...)
		case name == "api/fleet/visit":
			only(own("api/tenant", "api/store")...)
		case name == "api/fleet/migrate":
			only(append(own("gen/tenants", "gen/runs", "gen/leases", "api/tenant", "api/store", "api/meta", "api/wire", "api/internal", "api/fleet/script", "api/fleet/steps", "api/fleet/indexes", "api/fleet/visit"), driver, migrate)...)
		case name == "api/fleet/script":
			only(append(own("api/store", "api/meta", "api/internal/raw", "api/fleet/steps"), driver, migrate+"/source")...)
		case name == "api/fleet/steps":
			only(append(own("api/check", "api/meta", "api/wire", "api/internal/raw"), driver)...)
		case under(name, "api/testdb/scripted"):
			only(append(own("api/testdb/scripted"), driver+"/bson", driver+"/x/mongo/driver/wiremessage")...)
		case under(name, "tools/schemagen"):
			never("the generator runs when gen is broken or gone", own("gen", "api/store", "api/runtime")...)
		case name == "api/auth":
			never("who may what does not depend on where", append(own("api/tenant", "api/rest", "schema"), "github.com/labstack/echo")...)
		}
		if under(name, "api", "gen") {
			never("what runs does not know how it was made", own("tools")...)
		}
		if slices.Contains(p.Imports, module+"/api/internal/handle") && !under(name, "api/tenant", "api/store", "api/internal/raw", "api/fleet") {
			t.Errorf("%s makes or opens handles", name)
		}
		if slices.Contains(p.Imports, module+"/api/runtime") && !under(name, "gen") {
			t.Errorf("%s calls what only generated code does", name)
		}
		if slices.ContainsFunc(p.Imports, func(dep string) bool { return under(dep, own("api/testdb", "api/server/servertest")...) }) && !under(name, "api/testdb", "api/server/servertest") {
			t.Errorf("%s imports a server for tests", name)
		}
		if slices.ContainsFunc(p.Imports, func(dep string) bool { return under(dep, "github.com/labstack/echo/v4") }) && !under(name, "api/rest", "api/server") {
			t.Errorf("%s knows the HTTP framework", name)
		}
	}
}

// TestRootModuleStaysLight keeps what only development needs out of go.mod.
func TestRootModuleStaysLight(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, heavy := range []string{"FerretDB", "golangci", "modernc.org", "go.mongodb.org/mongo-driver v1"} {
		if strings.Contains(string(text), heavy) {
			t.Errorf("go.mod requires %s", heavy)
		}
	}
}

// TestWhatMustNotCompile shows that the wall is the compiler's business.
func TestWhatMustNotCompile(t *testing.T) {
	t.Parallel()
	snippets := map[string]struct{ imports, body, says string }{
		"making a handle": {
			`"github.com/partywall/partywall/api/store"; "go.mongodb.org/mongo-driver/v2/mongo"`,
			`var db *mongo.Database; _ = store.Tenant{db: db}`, "db",
		},
		"a tenant's collection in the admin database": {
			`"github.com/partywall/partywall/api/store"; "github.com/partywall/partywall/gen/users"`,
			`_ = users.In(store.Admin{})`, "store.Admin",
		},
		"an admin collection in a tenant's database": {
			`"github.com/partywall/partywall/api/store"; "github.com/partywall/partywall/gen/tenants"`,
			`_ = tenants.In(store.Tenant{})`, "store.Tenant",
		},
		"a database's name instead of a handle": {
			`"github.com/partywall/partywall/gen/users"`,
			`_ = users.In("acme")`, "cannot use",
		},
		"another collection's filter": {
			`"github.com/partywall/partywall/gen/tenants"; "github.com/partywall/partywall/gen/users"`,
			`_ = users.Query{Where: tenants.Name.Eq("acme")}`, "cannot use",
		},
		"a value of another type": {
			`"github.com/partywall/partywall/gen/users"`,
			`_ = users.CreatedAt.Gt("yesterday")`, "cannot use",
		},
		"a repository without a handle": {
			`"github.com/partywall/partywall/api/store"; "github.com/partywall/partywall/gen/users"`,
			`var d store.Documents; _ = users.Repository{docs: d}`, "docs",
		},
		"a handle that the resolver made": {
			`"github.com/partywall/partywall/api/store"; "github.com/partywall/partywall/gen/users"`,
			`_ = users.In(store.Tenant{})`, "",
		},
	}
	// One build of a package for each: what several import is compiled once.
	files, packages := map[string]string{}, map[string]string{}
	for name, snippet := range snippets {
		folder := "snippet/" + strings.ReplaceAll(strings.ReplaceAll(name, "'", ""), " ", "_")
		packages[name] = module + "/" + folder
		files[folder+"/snippet.go"] = fmt.Sprintf("package snippet\nimport (%s)\nfunc _() { %s }\n", snippet.imports, snippet.body)
	}
	out, err := build(t, files, slices.Collect(maps.Values(packages))...)
	if err == nil {
		t.Fatal("all of it compiles")
	}
	for name, snippet := range snippets {
		// The compiler puts a package's name above its mistakes.
		_, mistakes, refused := strings.Cut(out, "# "+packages[name]+"\n")
		mistakes, _, _ = strings.Cut(mistakes, "\n# ")
		if refused != (snippet.says != "") || !strings.Contains(mistakes, snippet.says) {
			t.Errorf("%s: refused is %v\n%s", name, refused, mistakes)
		}
	}
}

// TestHandlesAreInternal: nobody outside of api opens one.
func TestHandlesAreInternal(t *testing.T) {
	t.Parallel()
	out, err := build(t, map[string]string{"snippet/snippet.go": `package snippet
import ("github.com/partywall/partywall/api/internal/handle"; "github.com/partywall/partywall/api/store")
func _() { _ = handle.OpenTenant(store.Tenant{}) }`}, "./snippet")
	if err == nil || !strings.Contains(out, "use of internal package") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestGeneratedCodeIsPinned takes code that was generated for another version of
// the runtime: it must not compile, and the line must say what to do.
func TestGeneratedCodeIsPinned(t *testing.T) {
	t.Parallel()
	const file = "gen/users/doc.go"
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	older := regexp.MustCompile(`runtime\.Runtime\d+`).ReplaceAll(source, []byte("runtime.Runtime0"))
	out, err := build(t, map[string]string{file: string(older)}, "./gen/users")
	if err == nil || !strings.Contains(out, "undefined: runtime.Runtime0") {
		t.Errorf("%v\n%s", err, out)
	}
	if !regexp.MustCompile(`// [^\n]*run\s+(// )?go generate\s[^\n]*\n(// [^\n]*\n)?const _ = runtime\.Runtime`).Match(source) {
		t.Errorf("%s does not say what to do", file)
	}
}

// build builds packages as if files, by their paths, had such sources.
func build(t *testing.T, files map[string]string, packages ...string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	overlay := map[string]string{}
	for path, source := range files {
		file := filepath.Join(dir, fmt.Sprintf("%d.go", len(overlay)))
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay[filepath.Join(root, path)] = file
	}
	text, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(list, text, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", append([]string{"build", "-overlay", list}, packages...)...).CombinedOutput()
	return string(out), err
}
