package report

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// Line is one line of a plot.
type Line struct {
	Name   string
	Points []Point
}

// Point is a cost in µs at a number of documents.
type Point struct{ Documents, Micros float64 }

// The plot's measures, in pixels.
const (
	width, height            = 760, 440
	left, right, top, bottom = 70, 215, 62, 56
)

// strokes are told apart by people who see few colours, too.
var strokes = []struct{ colour, dashes string }{{"#c8553d", ""}, {"#5b5f97", "7 4"}, {"#0b6e4f", ""}}

// margin is what the plot shows above and below its lines, in powers of ten.
const margin = 0.15

// axes turn what is measured into pixels, both in powers of ten.
type axes struct{ minX, maxX, minY, maxY float64 }

func axesOf(lines []Line) axes {
	a := axes{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)}
	for _, l := range lines {
		for _, p := range l.Points {
			x, y := math.Log10(p.Documents), math.Log10(p.Micros)
			a = axes{min(a.minX, x), max(a.maxX, x), min(a.minY, y), max(a.maxY, y)}
		}
	}
	a.minY, a.maxY = a.minY-margin, a.maxY+margin
	return a
}

func (a axes) x(documents float64) float64 {
	return left + (math.Log10(documents)-a.minX)/(a.maxX-a.minX)*(width-left-right)
}

func (a axes) y(micros float64) float64 {
	return top + (a.maxY-math.Log10(micros))/(a.maxY-a.minY)*(height-top-bottom)
}

// Plot draws lines over logarithmic axes, as SVG.
func Plot(title string, lines []Line) string {
	a := axesOf(lines)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, Helvetica, Arial, sans-serif" font-size="13">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	text(&b, left, 26, `font-size="16" font-weight="600" fill="#1b1b1b"`, title)
	text(&b, left, 46, `fill="#555"`, "CPU of the server's process, µs for each request; both axes logarithmic")
	a.grid(&b)
	for i, l := range lines {
		a.line(&b, l, strokes[i%len(strokes)].colour, strokes[i%len(strokes)].dashes)
	}
	legend(&b, lines)
	b.WriteString("</svg>\n")
	return b.String()
}

func text(b *strings.Builder, x, y float64, attributes, content string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" %s>%s</text>`+"\n", x, y, attributes, html.EscapeString(content))
}

// grid draws lines at round numbers, and labels every third.
func (a axes) grid(b *strings.Builder) {
	for power := math.Floor(a.minY); power <= a.maxY; power++ {
		for step := 1.0; step < 10; step++ {
			micros := step * math.Pow(10, power)
			if at := math.Log10(micros); at < a.minY || at > a.maxY {
				continue
			}
			switch step {
			case 1, 2, 5:
				a.level(b, micros, "#d4d4d4")
				text(b, left-10, a.y(micros)+4, `text-anchor="end" fill="#444"`, fmt.Sprintf("%.0f", micros))
			default:
				a.level(b, micros, "#f1f1f1")
			}
		}
	}
	for _, documents := range []float64{1, 10, 100, 1000} {
		x := a.x(documents)
		fmt.Fprintf(b, `<path d="M%.1f %d V%d" stroke="#e2e2e2"/>`+"\n", x, top, height-bottom)
		text(b, x, height-bottom+20, `text-anchor="middle" fill="#444"`, fmt.Sprintf("%.0f", documents))
	}
	text(b, (left+width-right)/2, height-bottom+42, `text-anchor="middle" fill="#444"`, "documents in the answer")
}

func (a axes) level(b *strings.Builder, micros float64, colour string) {
	fmt.Fprintf(b, `<path d="M%d %.1f H%d" stroke="%s"/>`+"\n", left, a.y(micros), width-right, colour)
}

func (a axes) line(b *strings.Builder, l Line, colour, dashes string) {
	var path strings.Builder
	for i, p := range l.Points {
		command := "L"
		if i == 0 {
			command = "M"
		}
		fmt.Fprintf(&path, "%s%.1f %.1f ", command, a.x(p.Documents), a.y(p.Micros))
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="2.5" stroke-dasharray="%s"/>`+"\n", strings.TrimSpace(path.String()), colour, dashes)
	for _, p := range l.Points {
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>`+"\n", a.x(p.Documents), a.y(p.Micros), colour)
	}
}

// legend names the lines: what comes before a colon, and below it the rest.
func legend(b *strings.Builder, lines []Line) {
	const x, lineHeight = width - right + 18, 38
	for i, l := range lines {
		stroke, y := strokes[i%len(strokes)], float64(top+16+i*lineHeight)
		fmt.Fprintf(b, `<path d="M%d %.1f h26" stroke="%s" stroke-width="2.5" stroke-dasharray="%s"/>`+"\n", x, y-4, stroke.colour, stroke.dashes)
		name, detail, _ := strings.Cut(l.Name, ": ")
		text(b, x+34, y, `fill="#1b1b1b"`, name)
		text(b, x+34, y+15, `font-size="11" fill="#666"`, detail)
	}
}
