package buildinfo

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestLine(t *testing.T) {
	own := debug.Module{Path: runtimeModule, Version: "v1.2.3"}
	for want, info := range map[string]debug.BuildInfo{
		"api of github.com/partywall/partywall v1.2.3, go1.99": {Main: own},
		"api of github.com/partywall/partywall (devel) (commit 0123456789ab, changed since), go1.99": {
			Main: debug.Module{Path: runtimeModule},
			Settings: []debug.BuildSetting{
				{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.modified", Value: "true"},
			},
		},
		"api of github.com/partywall/partywall v1.2.3 (commit 01234567), go1.99": {
			Main:     own,
			Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "01234567"}, {Key: "vcs.modified", Value: "false"}},
		},
		"api of shop.example/shop v0.1.0, with github.com/partywall/partywall v1.2.3, go1.99": {
			Main: debug.Module{Path: "shop.example/shop", Version: "v0.1.0"},
			Deps: []*debug.Module{{Path: "example.org/else", Version: "v9.0.0"}, &own},
		},
		"api of shop.example/shop v0.1.0, with github.com/partywall/partywall v1.2.4, go1.99": {
			Main: debug.Module{Path: "shop.example/shop", Version: "v0.1.0"},
			Deps: []*debug.Module{{Path: runtimeModule, Version: "v1.2.3", Replace: &debug.Module{Path: "fork.example/partywall", Version: "v1.2.4"}}},
		},
	} {
		info.GoVersion = "go1.99"
		if got := line("api", &info); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := Line("api"); !strings.HasPrefix(got, "api of ") || !strings.HasSuffix(got, runtime.Version()) {
		t.Errorf("of this test: %q", got)
	}
}

// TestReleased holds what a release says to what the linker was told, whatever the
// build saw besides.
func TestReleased(t *testing.T) {
	info := &debug.BuildInfo{
		GoVersion: "go1.99",
		Main:      debug.Module{Path: runtimeModule, Version: "(devel)"},
		Settings:  []debug.BuildSetting{{Key: "vcs.revision", Value: "fedcba9876543210"}, {Key: "vcs.modified", Value: "true"}},
	}
	for _, c := range []struct{ version, commit, want string }{
		{"v1.2.3", "0123456789abcdef", "api of github.com/partywall/partywall v1.2.3 (commit 0123456789ab), go1.99"},
		{"v1.2.3", "", "api of github.com/partywall/partywall v1.2.3, go1.99"},
		{"", "", "api of github.com/partywall/partywall (devel) (commit fedcba987654, changed since), go1.99"},
	} {
		if got := line("api", released(info, c.version, c.commit)); got != c.want {
			t.Errorf("%q and %q: %q, want %q", c.version, c.commit, got, c.want)
		}
	}
	if info.Main.Version != "(devel)" {
		t.Errorf("what was read is changed: %v", info.Main)
	}
}
