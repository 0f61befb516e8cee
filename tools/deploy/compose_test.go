package deploy_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"

	"github.com/partywall/partywall/api/testdb/scripted"
)

// composed is compose.yaml with keys of its own, read as docker compose reads it.
func composed(t *testing.T) *types.Project {
	t.Helper()
	dir := filepath.Dir(secrets(t))
	for _, name := range []string{"compose.yaml", "haproxy.cfg", "replica-set.js"} {
		copyFile(t, name, filepath.Join(dir, name))
	}
	options, err := cli.NewProjectOptions(
		[]string{filepath.Join(dir, "compose.yaml")}, cli.WithWorkingDirectory(dir), cli.WithEnv([]string{"VERSION=v1.2.3"}),
		cli.WithEnvFiles(), cli.WithDotEnv, cli.WithProfiles([]string{"operators"}),
	)
	if err != nil {
		t.Fatal(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// environment is what a container has in its own.
func environment(s types.ServiceConfig) map[string]string {
	env := map[string]string{}
	for name, value := range s.Environment {
		if value != nil {
			env[name] = *value
		}
	}
	return env
}

func service(t *testing.T, p *types.Project, name string) types.ServiceConfig {
	t.Helper()
	s, ok := p.Services[name]
	if !ok {
		t.Fatalf("there is no service %s", name)
	}
	return s
}

func TestComposition(t *testing.T) {
	t.Parallel()
	p := composed(t)
	for name, s := range p.Services {
		holdImage(t, s.Image)
		if name != "proxy" && len(s.Ports) > 0 {
			t.Errorf("%s publishes ports", name)
		}
	}
	for _, name := range []string{"api-1", "api-2"} {
		s := service(t, p, name)
		env := environment(s)
		holdVariables(t, "api", env)
		holdGrace(t, env, time.Duration(*s.StopGracePeriod))
		holdMemory(t, env, int64(s.MemLimit))
		holdConfined(t, s)
		holdMigrated(t, p, s)
		if port(t, env, "ADDR") != "8080" || port(t, env, "ADMIN_ADDR") != "8081" {
			t.Errorf("%s listens at %s and %s", name, port(t, env, "ADDR"), port(t, env, "ADMIN_ADDR"))
		}
		trusted := netip.MustParsePrefix(env["TRUSTED_PROXIES"]).String()
		if front := p.Networks["front"].Ipam.Config[0].Subnet; front != trusted {
			t.Errorf("%s trusts proxies of %s; the proxy is in %s", name, trusted, front)
		}
	}
	for _, name := range []string{"migrate", "tenantctl"} {
		s := service(t, p, name)
		holdVariables(t, "tenantctl", environment(s))
		holdConfined(t, s)
	}
}

// holdConfined looks whether a container of ours may no more than it needs.
func holdConfined(t *testing.T, s types.ServiceConfig) {
	t.Helper()
	if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || s.User == "" {
		t.Errorf("%s is not confined: %+v", s.Name, s)
	}
}

// holdMigrated looks whether a server starts after the run that its version needs, on
// the database that it serves from.
func holdMigrated(t *testing.T, p *types.Project, s types.ServiceConfig) {
	t.Helper()
	for _, step := range []string{"migrate", "replica-set"} {
		if condition := s.DependsOn[step].Condition; condition != types.ServiceConditionCompletedSuccessfully {
			t.Errorf("%s waits until %s is %q", s.Name, step, condition)
		}
		if step == "migrate" {
			uri := environment(s)["MONGO_URI"]
			s = service(t, p, step)
			if environment(s)["MONGO_URI"] != uri {
				t.Errorf("another database is migrated")
			}
		}
	}
	for _, member := range []string{"mongo-1", "mongo-2", "mongo-3"} {
		if service(t, p, "replica-set").DependsOn[member].Condition != types.ServiceConditionHealthy {
			t.Errorf("%s is not waited for", member)
		}
		if script := read(t, "replica-set.js"); !strings.Contains(script, `"`+member+`:27017"`) || !strings.Contains(environment(service(t, p, "api-1"))["MONGO_URI"], member+":27017") {
			t.Errorf("%s is not everywhere a member of the replica set", member)
		}
	}
}

// TestComposedServers runs the API with the environment of its container.
func TestComposedServers(t *testing.T) {
	t.Parallel()
	holdServing(t, environment(service(t, composed(t), "api-1")))
}

// TestComposeKeys makes keys twice: they stay, and nobody else may read them.
func TestComposeKeys(t *testing.T) {
	t.Parallel()
	dir := secrets(t)
	first := read(t, filepath.Join(dir, "auth-keys")) + read(t, filepath.Join(dir, "tokens.env"))
	if out, err := exec.Command("./compose-keys", filepath.Dir(dir)).CombinedOutput(); err != nil { // #nosec G204
		t.Fatalf("a second time: %v\n%s", err, out)
	} else if strings.Contains(string(out), strings.TrimSpace(read(t, filepath.Join(dir, "auth-keys")))) {
		t.Error("the key is printed")
	}
	if second := read(t, filepath.Join(dir, "auth-keys")) + read(t, filepath.Join(dir, "tokens.env")); second != first {
		t.Error("the keys changed")
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(read(t, filepath.Join(dir, "auth-keys"))))
	if err != nil || len(key) != 32 {
		t.Errorf("the key has %d bytes, %v", len(key), err)
	}
	for name, most := range map[string]os.FileMode{"": 0o700, "auth-keys": 0o600, "tokens.env": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != most {
			t.Errorf("%q: mode %v, %v", name, info.Mode(), err)
		}
	}
	if text := read(t, filepath.Join(filepath.Dir(dir), ".env")); strings.Count(text, "PARTYWALL_USER=") != 1 {
		t.Errorf("the user of the containers: %q", text)
	}
	for _, name := range []string{"secrets/auth-keys", "secrets/tokens.env", ".env"} {
		if out, err := exec.Command("git", "check-ignore", name).CombinedOutput(); err != nil { // #nosec G204
			t.Errorf("git takes %s: %v %s", name, err, out)
		}
	}
}

// TestReplicaSetScript runs the script in mongosh: where there is no replica set yet,
// and only there, it initiates one of all servers.
func TestReplicaSetScript(t *testing.T) {
	t.Parallel()
	shell, err := exec.LookPath("mongosh")
	if err != nil {
		t.Skip("mongosh is not installed")
	}
	const notYetInitialized, unauthorized = 94, 13
	for code, initiates := range map[int32]bool{notYetInitialized: true, unauthorized: false} {
		srv := scripted.Start(t, scripted.ReplicaSet(), scripted.Version(8))
		srv.On("replSetGetStatus").Fail(scripted.Error{Code: code})
		script := filepath.Join(t.TempDir(), "replica-set.js")
		address := strings.TrimSuffix(strings.TrimPrefix(strings.Split(srv.URI(), "?")[0], "mongodb://"), "/")
		text := strings.Replace(read(t, "replica-set.js"), "localhost:27017", address, 1)
		if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		// The scripted server has no such command: both times it ends in an error.
		out, err := exec.Command(shell, "--quiet", "--nodb", script).CombinedOutput() // #nosec G204
		if err == nil {
			t.Errorf("an error is passed over:\n%s", out)
		}
		initiated := false
		for _, c := range srv.Commands() {
			if sent := fmt.Sprint(c); strings.Contains(sent, "replSetInitiate") {
				initiated = true
				for _, member := range []string{"mongo-1:27017", "mongo-2:27017", "mongo-3:27017"} {
					if !strings.Contains(sent, member) {
						t.Errorf("%s is no member: %s", member, sent)
					}
				}
			}
		}
		if initiated != initiates {
			t.Errorf("after error %d it is initiated: %v\n%s", code, initiated, out)
		}
	}
}
