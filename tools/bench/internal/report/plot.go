package report

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
)

// Chart is a drawing of one panel or several side by side, which share a legend.
type Chart struct {
	Title, Subtitle string
	Panels          []Panel
}

// Panel has lines over two logarithmic axes. Y says what they are about, and X what is
// below them.
type Panel struct {
	Y, X string
	// Lines of the same place in each panel are of the same name. The last one is ours.
	Lines []Line
}

// Line is one line of a panel. What stands after a colon in its name is a detail.
type Line struct {
	Name   string
	Points []Point
}

// Point is a figure Y at X, both above 0.
type Point struct{ X, Y float64 }

// The measures of a chart, in pixels: of a panel, and of what stands around it.
const (
	panelWidth, panelHeight   = 475, 322
	narrowWidth               = 300
	left, right, top, between = 70, 215, 78, 78
	bottom                    = 56
)

// stroke is how a line is drawn. The name is that of a style.
type stroke struct{ name, dashes string }

// strokes are told apart by people who see few colours, too.
var (
	strokes = []stroke{{"first", ""}, {"second", "7 4"}}
	ours    = stroke{"ours", ""}
)

// strokeOf is that of the i-th of lines, of which the last one is ours.
func strokeOf(lines []Line, i int) stroke {
	if i == len(lines)-1 {
		return ours
	}
	return strokes[i%len(strokes)]
}

// style has colours for a light and for a dark surrounding, whichever there is.
const style = `<style>
.back{fill:#fff} .ink{fill:#1b1b1b} .soft{fill:#555} .main{stroke:#d4d4d4} .faint{stroke:#f1f1f1}
.first{stroke:#c8553d} .second{stroke:#5b5f97} .ours{stroke:#0b6e4f} circle.first{fill:#c8553d} circle.second{fill:#5b5f97} circle.ours{fill:#0b6e4f}
@media (prefers-color-scheme:dark){
.back{fill:#0d1117} .ink{fill:#e6edf3} .soft{fill:#9da7b3} .main{stroke:#3a424c} .faint{stroke:#20262d}
.first{stroke:#ef8a72} .second{stroke:#a3a8ea} .ours{stroke:#3fc496} circle.first{fill:#ef8a72} circle.second{fill:#a3a8ea} circle.ours{fill:#3fc496}
}
</style>
`

// margin is what a panel shows above and below its lines, in powers of ten.
const margin = 0.15

// axes turn what is measured into pixels, both in powers of ten.
type axes struct {
	minX, maxX, minY, maxY float64
	// left and width are where the panel is.
	left, width float64
}

func axesOf(lines []Line, left, width float64) axes {
	a := axes{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1), left, width}
	for _, l := range lines {
		for _, p := range l.Points {
			x, y := math.Log10(p.X), math.Log10(p.Y)
			a.minX, a.maxX, a.minY, a.maxY = min(a.minX, x), max(a.maxX, x), min(a.minY, y), max(a.maxY, y)
		}
	}
	a.minY, a.maxY = a.minY-margin, a.maxY+margin
	if a.minX == a.maxX { // a single place stands in the middle
		a.minX, a.maxX = a.minX-margin, a.maxX+margin
	}
	return a
}

func (a axes) x(at float64) float64 {
	return a.left + (math.Log10(at)-a.minX)/(a.maxX-a.minX)*a.width
}

func (a axes) y(at float64) float64 {
	return top + (a.maxY-math.Log10(at))/(a.maxY-a.minY)*panelHeight
}

// SVG draws the chart.
func (c Chart) SVG() string {
	wide := float64(panelWidth)
	if len(c.Panels) > 1 {
		wide = narrowWidth
	}
	end := left + float64(len(c.Panels))*(wide+between) - between
	width, height := end+right, top+panelHeight+bottom
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" font-family="system-ui, Helvetica, Arial, sans-serif" font-size="13" role="img" aria-label="%s">`+"\n",
		width, height, html.EscapeString(c.Title))
	b.WriteString(style)
	fmt.Fprintf(&b, `<rect class="back" width="%.0f" height="%d"/>`+"\n", width, height)
	text(&b, left, 26, `font-size="16" font-weight="600" class="ink"`, c.Title)
	text(&b, left, 46, `class="soft"`, c.Subtitle)
	for i, p := range c.Panels {
		p.draw(&b, left+float64(i)*(wide+between), wide)
	}
	legend(&b, end+18, c.Panels[0].Lines)
	b.WriteString("</svg>\n")
	return b.String()
}

func (p Panel) draw(b *strings.Builder, left, width float64) {
	a := axesOf(p.Lines, left, width)
	text(b, left, top-10, `class="soft" font-size="12"`, p.Y)
	a.levels(b)
	for _, at := range p.places() {
		x := a.x(at)
		fmt.Fprintf(b, `<path d="M%.1f %d v%d" class="main"/>`+"\n", x, top, panelHeight)
		text(b, x, top+panelHeight+20, `text-anchor="middle" class="soft"`, Grouped(at))
	}
	text(b, left+width/2, top+panelHeight+42, `text-anchor="middle" class="soft"`, p.X)
	for i, l := range p.Lines {
		a.line(b, l, strokeOf(p.Lines, i))
	}
}

// places are where points are, in order.
func (p Panel) places() (at []float64) {
	for _, l := range p.Lines {
		for _, point := range l.Points {
			at = append(at, point.X)
		}
	}
	slices.Sort(at)
	return slices.Compact(at)
}

func text(b *strings.Builder, x, y float64, attributes, content string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" %s>%s</text>`+"\n", x, y, attributes, html.EscapeString(content))
}

// levels draws lines at round numbers, and labels every third.
func (a axes) levels(b *strings.Builder) {
	for power := math.Floor(a.minY); power <= a.maxY; power++ {
		for step := 1.0; step < 10; step++ {
			value := step * math.Pow(10, power)
			if at := math.Log10(value); at < a.minY || at > a.maxY {
				continue
			}
			switch step {
			case 1, 2, 5:
				a.level(b, value, "main")
				text(b, a.left-10, a.y(value)+4, `text-anchor="end" class="soft"`, Grouped(value))
			default:
				a.level(b, value, "faint")
			}
		}
	}
}

func (a axes) level(b *strings.Builder, value float64, class string) {
	fmt.Fprintf(b, `<path d="M%.1f %.1f h%.0f" class="%s"/>`+"\n", a.left, a.y(value), a.width, class)
}

func (a axes) line(b *strings.Builder, l Line, s stroke) {
	var path strings.Builder
	for i, p := range l.Points {
		command := "L"
		if i == 0 {
			command = "M"
		}
		fmt.Fprintf(&path, "%s%.1f %.1f ", command, a.x(p.X), a.y(p.Y))
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" class="%s" stroke-width="2.5" stroke-dasharray="%s"/>`+"\n", strings.TrimSpace(path.String()), s.name, s.dashes)
	for _, p := range l.Points {
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="4" class="%s"/>`+"\n", a.x(p.X), a.y(p.Y), s.name)
	}
}

// legend names the lines: what comes before a colon, and below it the rest.
func legend(b *strings.Builder, x float64, lines []Line) {
	const lineHeight = 38
	for i, l := range lines {
		s, y := strokeOf(lines, i), float64(top+16+i*lineHeight)
		fmt.Fprintf(b, `<path d="M%.1f %.1f h26" class="%s" stroke-width="2.5" stroke-dasharray="%s"/>`+"\n", x, y-4, s.name, s.dashes)
		name, detail, _ := strings.Cut(l.Name, ": ")
		text(b, x+34, y, `class="ink"`, name)
		text(b, x+34, y+15, `font-size="11" class="soft"`, detail)
	}
}

// Grouped is a number with a space between thousands, as ISO 80000-1 writes it.
func Grouped(n float64) string {
	digits := fmt.Sprintf("%.0f", n)
	if n < 1 {
		return fmt.Sprintf("%g", n)
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + " " + digits[i:]
	}
	return digits
}
