package main

import (
	"encoding/json"
	"errors"
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
	docs = b.folder(docs)
	text := heading() + missedBy(measured).markdown()
	for _, s := range measured {
		text += s.Markdown()
	}
	return errors.Join(writeFiles(docs, measured), os.WriteFile(filepath.Join(docs, document), []byte(text), 0o644))
}

// document is the report's name.
const document = "benchmarks.md"

func (b *bench) folder(docs string) string {
	if filepath.IsAbs(docs) {
		return docs
	}
	return filepath.Join(b.root, docs)
}

// writeFiles writes what sections have beside the report.
func writeFiles(docs string, measured []report.Section) error {
	for _, s := range measured {
		for name, content := range s.Files {
			if err := os.WriteFile(filepath.Join(docs, name), []byte(content), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeRequest makes the file from which tenantctl capacity knows what a request takes,
// with the digits that benchmarks.md has. It stays as it is where lists were not measured.
func (b *bench) writeRequest(path string) error {
	if b.request == 0 {
		return nil
	}
	cpu, err := strconv.ParseFloat(strconv.FormatFloat(b.request, 'g', 3, 64), 64)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(capacity.Measured{
		Request: "GET /api/users, 10 users, each request logged", CPU: time.Duration(cpu),
		Processor: processor(), Cores: runtime.NumCPU(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Source: "docs/benchmarks.md, Lists over HTTP: 10 documents, each request logged",
	}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

// machine says where this was measured, and with what.
func machine() string {
	return fmt.Sprintf("Measured on %s, %d cores, with %s on %s/%s.", processor(), runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

func heading() string {
	return fmt.Sprintf(`# Benchmarks

%s Compared with: %s.

`+"`make bench`"+` measures again and writes this file; `+"`go -C tools/bench run . -run lists`"+` measures one part of it and writes nothing, or that part with `+"`-merge`"+`.

Ratios say how many times as much CPU time (user and system, of the process that does the work) the peer takes as ours; figures are for
one operation. The sides take turns within one run, in slices of equal length: shown are the medians of the slices, and as the spread
the least and the greatest ratio among them. Ratios hold from machine to machine better than times do. Both sides work on the same documents
and give the same JSON, which is checked before anything is measured.

![CPU for each request against documents in the answer](benchmarks.svg)
`, machine(), strings.Join(versions(), ", "))
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
