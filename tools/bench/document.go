package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/partywall/partywall/api/capacity"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

// compared are the modules whose versions the report names.
var compared = []string{
	"go.mongodb.org/mongo-driver/v2", "github.com/labstack/echo/v4", "github.com/goccy/go-json", "github.com/bytedance/sonic",
}

// write makes benchmarks.md, and what sections have beside it.
func (b *bench) write(docs string, measured []report.Section) error {
	if !filepath.IsAbs(docs) {
		docs = filepath.Join(b.root, docs)
	}
	var text bytes.Buffer
	text.WriteString(heading())
	for _, s := range measured {
		for name, content := range s.Files {
			if err := os.WriteFile(filepath.Join(docs, name), []byte(content), 0o644); err != nil {
				return err
			}
		}
	}
	writeMissed(&text, measured)
	for _, s := range measured {
		s.Markdown(&text)
	}
	return os.WriteFile(filepath.Join(docs, "benchmarks.md"), text.Bytes(), 0o644)
}

// writeRequest makes the file from which tenantctl capacity knows what a request takes,
// with the digits that benchmarks.md has.
func (b *bench) writeRequest(path string) error {
	cpu, err := strconv.ParseFloat(strconv.FormatFloat(b.request, 'g', 3, 64), 64)
	if err != nil {
		return err
	}
	text, err := measuredJSON(capacity.Measured{
		Request: "GET /api/users, 10 users, each request logged", CPU: time.Duration(cpu),
		Processor: processor(), Cores: runtime.NumCPU(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Source: "docs/benchmarks.md, Lists over HTTP: 10 documents, each request logged",
	})
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

func measuredJSON(m capacity.Measured) ([]byte, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	return append(text, '\n'), err
}

func heading() string {
	return fmt.Sprintf(`# Benchmarks

Measured on %s, %d cores, with %s on %s/%s. Compared with: %s.

`+"`make bench`"+` measures again and writes this file; `+"`go -C tools/bench run . -run lists`"+` measures one part of it and writes nothing.

Ratios say how many times as much CPU time (user and system, of the process that does the work) the peer takes as ours; figures are for
one operation. The sides take turns within one run, in slices of equal length: shown are the medians of the slices, and as the spread
the least and the greatest ratio among them. Ratios hold from machine to machine better than times do. Both sides work on the same documents
and give the same JSON, which is checked before anything is measured.

![CPU for each request against documents in the answer](benchmarks.svg)
`, processor(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH, strings.Join(versions(), ", "))
}

var modelName = regexp.MustCompile(`(?m)^model name\s*:\s*(.+)$`)

// processor is the model's name where the system tells it as Linux does.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	if found := modelName.FindSubmatch(info); found != nil {
		return string(found[1])
	}
	return "an unnamed processor"
}

func versions() []string {
	var list []string
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return compared
	}
	for _, dep := range info.Deps {
		if slices.Contains(compared, dep.Path) {
			list = append(list, dep.Path+" "+dep.Version)
		}
	}
	return list
}

// writeMissed lists what misses its target, and why. Rows with one reason stand
// together.
func writeMissed(w *bytes.Buffer, measured []report.Section) {
	w.WriteString("\n## What is missed\n\n")
	var whys []string
	rows := map[string][]string{}
	for _, s := range measured {
		for _, row := range s.Missed() {
			why := reason(s.Title, row.What)
			if rows[why] == nil {
				whys = append(whys, why)
			}
			rows[why] = append(rows[why], fmt.Sprintf("  - %s: %s (%s)", s.Title, row.What, row.Target))
		}
	}
	for _, why := range whys {
		fmt.Fprintf(w, "- %s:\n%s\n", capital(why), strings.Join(rows[why], "\n"))
	}
	if len(whys) == 0 {
		w.WriteString("Nothing.\n")
	}
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
