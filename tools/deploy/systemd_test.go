package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const units = "systemd"

// unit is what the service's file says, by section and key, in order.
func unit(t *testing.T) map[string][]string {
	t.Helper()
	settings, section := map[string][]string{}, ""
	for line := range strings.Lines(read(t, filepath.Join(units, "partywall.service"))) {
		line = strings.TrimSpace(line)
		key, value, ok := strings.Cut(line, "=")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "["):
			section = line
		case !ok:
			t.Errorf("%q is no setting", line)
		default:
			settings[section+key] = append(settings[section+key], value)
		}
	}
	return settings
}

// unitEnvironment is what the service has, with the example of its file.
func unitEnvironment(t *testing.T) map[string]string {
	t.Helper()
	env := map[string]string{}
	lines := strings.Split(read(t, filepath.Join(units, "partywall.env.example")), "\n")
	for _, line := range append(lines, unit(t)["[Service]Environment"]...) {
		if name, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			env[name] = value
		}
	}
	return env
}

// TestUnit holds the service to the API that it starts.
func TestUnit(t *testing.T) {
	t.Parallel()
	u, env := unit(t), unitEnvironment(t)
	holdVariables(t, "api", env)
	grace, err := time.ParseDuration(u["[Service]TimeoutStopSec"][0])
	if err != nil {
		t.Fatal(err)
	}
	holdGrace(t, env, grace)
	for key, want := range map[string]string{
		"[Service]ExecReload": "/bin/kill -HUP $MAINPID", "[Service]User": "partywall", "[Service]Restart": "on-failure",
		"[Service]EnvironmentFile": "/etc/partywall/partywall.env", "[Unit]StartLimitIntervalSec": "0",
	} {
		if !slices.Equal(u[key], []string{want}) {
			t.Errorf("%s is %q, want %q", key, u[key], want)
		}
	}
	if !strings.Contains(read(t, filepath.Join(units, "partywall.sysusers")), "\nu "+u["[Service]User"][0]+" - ") {
		t.Error("nobody makes the service's user")
	}
	// What a reload reads has to be the file itself: credentials are copied at the start.
	if !strings.HasPrefix(env["AUTH_KEYS_FILE"], "/etc/partywall/") {
		t.Errorf("the keys are read from %s", env["AUTH_KEYS_FILE"])
	}
}

// TestUnitByItsReader lets systemd read the service, and say what it may.
func TestUnitByItsReader(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	dir := t.TempDir()
	// The program and its environment are not installed here.
	text := strings.NewReplacer(
		unit(t)["[Service]ExecStart"][0], program(t, "api"), unit(t)["[Service]EnvironmentFile"][0], filepath.Join(dir, "env"),
	).Replace(read(t, filepath.Join(units, "partywall.service")))
	file := filepath.Join(dir, "partywall.service")
	for name, text := range map[string]string{file: text, filepath.Join(dir, "env"): ""} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("systemd-analyze", "verify", file).CombinedOutput(); err != nil || len(out) > 0 { // #nosec G204
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	// In tenths of ten: what is left is that it serves the network from the machine's own root.
	const most = "12"
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold="+most, file).CombinedOutput() // #nosec G204
	if err != nil {
		t.Errorf("systemd-analyze security: %v\n%s", err, out)
	}
}

// TestUnitsServers runs the API with the environment of the service.
func TestUnitsServers(t *testing.T) {
	t.Parallel()
	env := unitEnvironment(t)
	out, code := run(t, "api", env)
	if code != 2 || !strings.Contains(out, "ADMIN_TOKEN:") {
		t.Errorf("the example's secrets would do: exit %d\n%s", code, out)
	}
	env["ADMIN_TOKEN"], env["METRICS_TOKEN"] = strings.Repeat("a", 48), strings.Repeat("m", 48)
	holdServing(t, env)
}
