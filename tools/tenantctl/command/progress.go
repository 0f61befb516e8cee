package command

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// progress shows the progress of a run: a bar on a terminal, elsewhere an
// occasional line.
type progress struct {
	// bars is nil without a terminal, bar until there is something to show.
	bars *mpb.Progress
	bar  *mpb.Bar

	out  io.Writer
	name string
	last time.Time
}

// progressInterval is the time between two lines without a terminal.
const progressInterval = 10 * time.Second

func (t *terminal) progress(name string) *progress {
	p := &progress{out: t.err, name: name, last: time.Now()}
	if file, ok := t.err.(*os.File); ok && term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb" {
		p.bars = mpb.New(mpb.WithOutput(file))
	}
	return p
}

var elapsed = decor.Elapsed(decor.ET_STYLE_GO, decor.WCSyncSpace)

// set sets how many tenants are done, of an unknown number.
func (p *progress) set(done int) {
	if p.bars != nil && p.bar == nil {
		p.bar = p.bars.AddSpinner(0, mpb.AppendDecorators(decor.CurrentNoUnit(" %d tenants"), elapsed))
	}
	p.show(done, fmt.Sprintf("%d tenants", done))
}

// of sets how many tenants of all are done.
func (p *progress) of(done, all int) {
	if p.bars != nil && p.bar == nil {
		p.bar = p.bars.AddBar(int64(all), mpb.AppendDecorators(decor.CountersNoUnit(" %d of %d tenants"), elapsed))
	}
	p.show(done, fmt.Sprintf("%d of %d tenants", done, all))
}

func (p *progress) show(done int, text string) {
	if p.bar != nil {
		p.bar.SetCurrent(int64(done))
		return
	}
	if time.Since(p.last) >= progressInterval {
		p.last = time.Now()
		_, _ = fmt.Fprintf(p.out, "%s: %s\n", p.name, text)
	}
}

// end removes the bar.
func (p *progress) end() {
	if p.bar != nil {
		p.bar.Abort(true)
	}
	if p.bars != nil {
		p.bars.Wait()
	}
}
