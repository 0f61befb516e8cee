package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// progress says how far a run is: a bar on a terminal, elsewhere a line now and
// then. How many tenants there are is known at the end only, so it counts.
type progress struct {
	bars *mpb.Progress
	bar  *mpb.Bar

	out  io.Writer
	name string
	last time.Time
}

// progressEvery is the time between two lines where there is no terminal.
const progressEvery = 10 * time.Second

func (t *terminal) progress(name string) *progress {
	p := &progress{out: t.err, name: name, last: time.Now()}
	if file, ok := t.err.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		p.bars = mpb.New(mpb.WithOutput(file))
		p.bar = p.bars.AddSpinner(0, mpb.AppendDecorators(decor.CurrentNoUnit(" %d tenants"), decor.Elapsed(decor.ET_STYLE_GO, decor.WCSyncSpace)))
	}
	return p
}

func (p *progress) set(done int) {
	if p.bar != nil {
		p.bar.SetCurrent(int64(done))
		return
	}
	if time.Since(p.last) >= progressEvery {
		p.last = time.Now()
		_, _ = fmt.Fprintf(p.out, "%s: %d tenants\n", p.name, done)
	}
}

func (p *progress) end() {
	if p.bar != nil {
		p.bar.SetTotal(-1, true)
		p.bars.Wait()
	}
}
