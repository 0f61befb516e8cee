// Package buildinfo identifies the build of a binary.
package buildinfo

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// runtimeModule is the module that contains the runtime.
const runtimeModule = "github.com/partywall/partywall"

// The linker sets these in a release (-X), to the same values from a clone as from
// sources without history. Nothing else writes them.
var (
	// releaseVersion is the main module's version.
	releaseVersion string
	// releaseCommit is the commit that was checked out.
	releaseCommit string
)

// Line returns the output of --version: the binary's name, the module it was built
// from with its version, and the toolchain.
func Line(name string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return fmt.Sprintf("%s of an unknown build, %s", name, runtime.Version())
	}
	return line(name, released(info, releaseVersion, releaseCommit))
}

// released returns info with what the linker set.
func released(info *debug.BuildInfo, version, commit string) *debug.BuildInfo {
	if version == "" {
		return info
	}
	release := *info
	release.Main.Version, release.Main.Replace = version, nil
	release.Settings = []debug.BuildSetting{{Key: "vcs.revision", Value: commit}}
	return &release
}

func line(name string, info *debug.BuildInfo) string {
	text := fmt.Sprintf("%s of %s %s%s", name, info.Main.Path, version(&info.Main), commit(info.Settings))
	for _, dep := range info.Deps {
		if dep.Path == runtimeModule {
			text += fmt.Sprintf(", with %s %s", dep.Path, version(dep))
		}
	}
	return text + ", " + info.GoVersion
}

// version returns the version of a module, or of the one that replaces it.
func version(m *debug.Module) string {
	if m.Replace != nil {
		m = m.Replace
	}
	if m.Version == "" {
		return "(devel)"
	}
	return m.Version
}

// commit returns the commit of the working copy, if the build recorded one.
func commit(settings []debug.BuildSetting) string {
	revision, changed := "", ""
	for _, s := range settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", changed since"
		}
	}
	if revision == "" {
		return ""
	}
	return fmt.Sprintf(" (commit %.12s%s)", revision, changed)
}
