package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/modfile"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
)

// TestAnotherModule builds testdata/shop as somebody who has never changed this
// repository would: a module with a schema, roles and a route of its own, that
// generates, compiles and serves.
func TestAnotherModule(t *testing.T) {
	t.Parallel()
	dir, out := builtShop(t)
	for _, file := range []string{"gen/gen.go", "gen/orders/", "gen/users/", "gen/openapi.json"} {
		if !strings.Contains(out, "+ "+file+"\n") {
			t.Errorf("go generate does not say that it adds %s:\n%s", file, out)
		}
	}
	if again := run(t, dir, offline, "go", "generate", "./..."); again != "" {
		t.Errorf("generated twice:\n%s", again)
	}
	run(t, dir, offline, "go", "vet", "./...")

	env := []string{"MONGO_URI=" + testdb.URI(t), "ADMIN_DB=" + testdb.Database(t, "shop"), "PASSWORD=correct horse"}
	for _, name := range []string{"acme", "other"} {
		testdb.DropAtEnd(provisionShop(t, dir, env, name))
	}
	shop := startShop(t, filepath.Join(dir, "bin", "shop"), env)
	owner, stranger := shop.Login(t, "acme", "bob@example.com", "correct horse"), shop.Login(t, "other", "bob@example.com", "correct horse")

	product := shop.Call(t, "POST /api/products", `{"sku":"tea","price":450}`, bearer(owner)...)
	order := shop.Call(t, "POST /api/orders", fmt.Sprintf(`{"product":%q}`, product.Member("_id")), bearer(owner)...)
	list := shop.Call(t, "GET /api/orders?state=open&expand=product", "", bearer(owner)...).List("orders")
	if len(list) != 1 || list[0]["_id"] != order.Member("_id") || !strings.Contains(fmt.Sprint(list[0]["product"]), "price:450") {
		t.Errorf("orders are %v; made were %s and %s", list, product.Text, order.Text)
	}
	clerk := hire(t, shop, owner)
	ship := "POST /api/orders/" + order.Member("_id") + "/ship"
	for _, step := range []struct {
		name, line, token string
		status            int
		want              string
	}{
		{"of another tenant", ship, stranger, 404, "not_found"},
		{"another order", "POST /api/orders/ffffffffffffffffffffffff/ship", clerk, 404, "not_found"},
		{"with the permission", ship, clerk, 200, "shipped"},
		{"again", ship, clerk, 409, "already_shipped"},
		{"what it does not permit", "GET /api/orders", clerk, 403, "forbidden"},
	} {
		if got := shop.Call(t, step.line, "", bearer(step.token)...); got.Status != step.status || got.Code()+got.Member("state") != step.want {
			t.Errorf("ship, %s: %d %s", step.name, got.Status, got.Text)
		}
	}
	withdraw(t, shop, owner)
	if got := shop.Call(t, ship, "", bearer(clerk)...); got.Status != 403 || got.Code() != "forbidden" {
		t.Errorf("ship, without the permission: %d %s", got.Status, got.Text)
	}
	ctl := filepath.Join(dir, "bin", "tenantctl")
	if out := run(t, dir, env, ctl, "migrate", "up"); !strings.Contains(out, "2 tenants: 0 were at version 0001, 2 were migrated, 0 failed") {
		t.Errorf("migrate up: %s", out)
	}
	run(t, dir, env, ctl, "migrate", "verify")
	run(t, dir, env, ctl, "indexes", "check")
	if got := shop.Call(t, "GET /api/products/"+product.Member("_id"), "", bearer(owner)...); !strings.Contains(got.Text, `"price":4500,`) {
		t.Errorf("after the migration: %s", got.Text)
	}
	if document := shop.Call(t, "GET /openapi.json", "").Text; !strings.Contains(document, `"/api/orders/{id}/ship"`) || !strings.Contains(document, `"/api/products"`) {
		t.Error("the document lacks the shop's routes")
	}
}

// provisionShop makes a tenant of the shop with an owner, and returns the name of
// its database.
func provisionShop(t *testing.T, dir string, env []string, name string) string {
	t.Helper()
	return strings.TrimSpace(run(t, dir, env, filepath.Join(dir, "bin", "setup"), name, "bob@example.com"))
}

// hire makes users of the shop's kind, does with them what the product itself
// does with users, and returns the token of a clerk who may ship.
func hire(t *testing.T, shop servertest.Client, owner string) string {
	t.Helper()
	for name, body := range map[string]string{
		"a role of the product's":      `{"email":"eve@example.com","password":"correct horse","role":{"name":"super"}}`,
		"a password that is too short": `{"email":"eve@example.com","password":"12345678"}`,
		"a member of the product's":    `{"email":"eve@example.com","password":"correct horse","name":"Eve"}`,
	} {
		if got := shop.Call(t, "POST /api/users", body, bearer(owner)...); got.Status != 422 {
			t.Errorf("%s: %d %s", name, got.Status, got.Text)
		}
	}
	made := shop.Call(t, "POST /api/users", `{"email":"ada@example.com","password":"correct horse","till":7,"role":{"permission":["ship"]}}`, bearer(owner)...)
	if made.Status != 201 {
		t.Fatalf("a user: %d %s", made.Status, made.Text)
	}
	token := shop.Login(t, "acme", "ada@example.com", "correct horse")
	if got := shop.Call(t, "POST /api/password", `{"current":"correct horse","new":"too short"}`, bearer(token)...); got.Status != 422 {
		t.Errorf("a new password that is too short: %d %s", got.Status, got.Text)
	}
	if got := shop.Call(t, "POST /api/password", `{"current":"correct horse","new":"another horse"}`, bearer(token)...); got.Status != 204 {
		t.Errorf("a new password: %d %s", got.Status, got.Text)
	}
	token = shop.Login(t, "acme", "ada@example.com", "another horse")
	kept := shop.Call(t, "GET /api/users/"+made.Member("_id"), "", bearer(owner)...)
	if kept.Body["till"] != 7.0 || fmt.Sprint(kept.Body["role"]) != "map[name:clerk permission:[ship]]" {
		t.Errorf("the user is %s", kept.Text)
	}
	owners := shop.Call(t, "GET /api/users?role.name=owner", "", bearer(owner)...).List("users")
	if len(owners) != 1 {
		t.Fatalf("owners are %v", owners)
	}
	path := fmt.Sprint("/api/users/", owners[0]["_id"])
	last := append(bearer(owner), "If-Match", shop.Call(t, "GET "+path, "", bearer(owner)...).Header.Get("ETag"))
	if got := shop.Call(t, "PATCH "+path, `{"role":{"name":"dismissed"}}`, last...); got.Code() != "last_super" {
		t.Errorf("the last owner, dismissed: %d %s", got.Status, got.Text)
	}
	gone := shop.Call(t, "POST /api/users", `{"email":"cyd@example.com","password":"correct horse","role":{"name":"dismissed","permission":["read"]}}`, bearer(owner)...)
	if got := shop.Call(t, "POST /api/login?tenant=acme", `{"email":"cyd@example.com","password":"correct horse"}`); gone.Status != 201 || got.Status != 403 {
		t.Errorf("dismissed, at the login: %d %s", got.Status, got.Text)
	}
	return token
}

// withdraw takes from clerks what they are permitted.
func withdraw(t *testing.T, shop servertest.Client, owner string) {
	t.Helper()
	for _, clerk := range shop.Call(t, "GET /api/users?role.name=clerk", "", bearer(owner)...).List("users") {
		path := fmt.Sprint("/api/users/", clerk["_id"])
		match := append(bearer(owner), "If-Match", shop.Call(t, "GET "+path, "", bearer(owner)...).Header.Get("ETag"))
		if got := shop.Call(t, "PATCH "+path, `{"role":{"permission":[]}}`, match...); got.Status != 200 {
			t.Fatalf("a permission withdrawn: %d %s", got.Status, got.Text)
		}
	}
}

// shopModule is testdata/shop, generated and compiled once for all tests; said is what its
// generator said.
var shopModule struct {
	once      sync.Once
	dir, said string
	built     bool
}

// builtShop returns where the shop is, with bin/shop, bin/setup and bin/tenantctl.
// TestMain removes it.
func builtShop(t *testing.T) (dir, said string) {
	t.Helper()
	shopModule.once.Do(func() {
		dir, err := os.MkdirTemp("", "shop")
		if err != nil {
			t.Fatal(err)
		}
		shopModule.dir = dir
		root, err := filepath.Abs("../..")
		if err != nil {
			t.Fatal(err)
		}
		touch(t, filepath.Join(root, "tools", "schemagen"))
		// What these import may not be on this machine yet, where nobody has built them.
		run(t, root, nil, "go", "build", "./tools/schemagen/pipeline", "./tools/tenantctl/command")
		writeShop(t, dir)
		shopModule.said = run(t, dir, offline, "go", "generate", "./...")
		run(t, dir, offline, "go", "build", withoutSymbols, "-o", "bin/", ".", "./setup", "./tenantctl")
		shopModule.built = true
	})
	if !shopModule.built {
		t.Fatal("the shop was not built; the first test that wanted it says why")
	}
	return shopModule.dir, shopModule.said
}

// writeShop writes the module into dir, with this checkout in the place of a
// release.
func writeShop(t *testing.T, dir string) {
	t.Helper()
	if err := os.CopyFS(dir, os.DirFS("testdata/shop")); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	// The product's own requirements stand in, and its sums: nothing is looked up.
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	const product = "github.com/partywall/partywall"
	for _, err := range []error{mod.AddModuleStmt("example.com/shop"), mod.AddRequire(product, "v0.0.0"), mod.AddReplace(product, "", root, "")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if text, err = mod.Format(); err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"go.mod": text, "go.sum": sums} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// touch looks at every file below dir: go test keeps a result for as long as what
// the test itself looked at stays the same, and knows nothing of what it compiles.
func touch(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		_, err = os.Stat(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// offline makes the go command use what there is, and add to go.mod what it wants. What
// it compiles it finds again the next time, since no folder's name is in it.
var offline = []string{"GOFLAGS=-mod=mod -trimpath", "GOPROXY=off", "GOWORK=off"}

// run runs a command in dir, and returns what it prints.
func run(t *testing.T, dir string, env []string, command ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var out, said strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(command, " "), err, &out, &said)
	}
	return out.String()
}

// startShop runs the binary, and returns its API. It must end well when it is
// interrupted.
func startShop(t *testing.T, binary string, env []string) servertest.Client {
	t.Helper()
	cmd := exec.Command(binary)
	cmd.Dir = t.TempDir()
	cmd.Env = append(append(os.Environ(), env...), "AUTH_KEYS="+servertest.Key, "ADDR=127.0.0.1:0", "LOG_FORMAT=json", "LOG_LEVEL=info", "DRAIN_DELAY=0s")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	log := bufio.NewReader(stderr)
	t.Cleanup(func() {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			_ = cmd.Process.Kill()
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the shop ended with %v", err)
		}
	})
	shop := servertest.Client{Base: served(t, log)}
	go func() { _, _ = io.Copy(io.Discard, log) }()
	shop.Agree(t, []byte(shop.Call(t, "GET /openapi.json", "").Text))
	return shop
}

// served returns where the log says that the API is served.
func served(t *testing.T, log *bufio.Reader) string {
	t.Helper()
	var said strings.Builder
	for {
		line, err := log.ReadString('\n')
		said.WriteString(line)
		var entry struct{ Msg, Addr string }
		if json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "serving" {
			return "http://" + entry.Addr
		}
		if err != nil {
			t.Fatalf("the shop does not serve: %v\n%s", err, said.String())
		}
	}
}
