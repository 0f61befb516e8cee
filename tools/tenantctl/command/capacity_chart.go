package command

import (
	"fmt"
	"html"
	"strings"

	"github.com/partywall/partywall/api/capacity"
)

// Dimensions of the chart, in pixels.
const (
	chartWidth, chartEdge = 800, 28
	barsWidth             = chartWidth - 2*chartEdge
	headHeight, rowHeight = 84, 74
	groupHeight           = 34
	barHeight             = 16
	footHeight            = 20
	noteHeight            = 18
)

// widestShare is the largest share that a bar shows in its length.
const widestShare = 2.0

// chartStyle has colours for light and dark backgrounds. What runs out first and
// what does not fit is also said in words, for readers who cannot tell the colours
// apart.
const chartStyle = `<style>
text { font-family: system-ui, "Segoe UI", Helvetica, Arial, sans-serif; font-size: 14px; fill: #1f2328 }
.title { font-size: 18px; font-weight: 600 } .name { font-weight: 600 } .small { font-size: 12px }
.muted { fill: #57606a } .end { text-anchor: end } .middle { text-anchor: middle }
.ground { fill: #ffffff } .track { fill: #e7eaee } .bar { fill: #5b7fa6 } .first { fill: #b4690e } .over { fill: #c4314b }
.all { stroke: #1f2328; stroke-width: 1.5; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .muted { fill: #9da7b3 }
.ground { fill: #0d1117 } .track { fill: #262c36 } .bar { fill: #7ba3cf } .first { fill: #e0a44a } .over { fill: #ff7b86 }
.all { stroke: #e6edf3 }
}
</style>
`

// chart is an SVG under construction.
type chart struct {
	svg strings.Builder
	// scale is the number of pixels for a share of 1, y the position of the next
	// line.
	scale, y float64
}

// capacityChart draws how much of each resource is used.
func capacityChart(r *capacityReport) string {
	c := &chart{}
	notes := append(r.notes(), fmt.Sprintf("a request: %s (%s)", r.Measured.CPU, r.Measured.Request), "measured by make bench on "+r.Measured.Machine())
	height, widest := headHeight+len(notes)*noteHeight+footHeight, 1.0
	for _, cluster := range r.Clusters {
		height += len(cluster.Resources) * rowHeight
		if cluster.Cluster != "" {
			height += groupHeight
		}
		for _, resource := range cluster.Resources {
			widest = max(widest, min(resource.Share, widestShare))
		}
	}
	c.scale = barsWidth / widest
	c.line(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s">`, chartWidth, height, html.EscapeString(chartTitle(r)))
	c.svg.WriteString(chartStyle)
	c.line(`<rect class="ground" width="%d" height="%d"/>`, chartWidth, height)
	c.head(r)
	for _, cluster := range r.Clusters {
		c.cluster(&cluster)
	}
	for _, note := range notes {
		c.y += noteHeight
		c.text(chartEdge, "small muted", note)
	}
	c.svg.WriteString("</svg>\n")
	return c.svg.String()
}

func (c *chart) line(format string, args ...any) {
	fmt.Fprintf(&c.svg, format+"\n", args...)
}

func (c *chart) text(x float64, class, content string) {
	c.line(`<text x="%.1f" y="%.1f" class="%s">%s</text>`, x, c.y, class, html.EscapeString(content))
}

// chartTitle returns the chart's title.
func chartTitle(r *capacityReport) string {
	if r.Tier == nil {
		return "How much is taken"
	}
	return "How much of " + r.Tier.Name + " is taken"
}

func (c *chart) head(r *capacityReport) {
	c.y = 34
	c.text(chartEdge, "title", chartTitle(r))
	if first := r.Clusters[0]; first.Cluster == "" {
		c.y += 22
		c.text(chartEdge, "muted", first.flags())
	}
	c.y = headHeight - 6
	c.text(min(chartEdge+c.scale, chartWidth-chartEdge), "small muted end", "all that may be taken")
	c.y = headHeight
}

func (c *chart) cluster(cluster *clusterPlan) {
	if cluster.Cluster != "" {
		c.y += groupHeight / 2
		c.text(chartEdge, "muted", "cluster "+cluster.Cluster+": "+cluster.flags())
		c.y += groupHeight / 2
	}
	for _, r := range cluster.Resources {
		c.resource(&r, r.Name == cluster.Binds)
	}
}

func (c *chart) resource(r *capacity.Resource, binds bool) {
	top := c.y
	c.y = top + 18
	class, title := "bar", r.Title
	switch {
	case !r.Fits():
		class = "over"
	case binds || r.Tight:
		class = "first"
	}
	if v := verdict(r, binds); v != "" {
		title += ": " + v
	}
	c.text(chartEdge, "name", title)
	c.text(chartWidth-chartEdge, "end", fmt.Sprintf("%s of %s, %s", amount(r.Taken), amount(r.Of), percent(r.Share)))
	c.y = top + 26
	c.line(`<rect class="track" x="%d" y="%.1f" width="%d" height="%d" rx="3"/>`, chartEdge, c.y, barsWidth, barHeight)
	if length := c.scale * min(r.Share, widestShare); length > 0 {
		c.line(`<rect class="%s" x="%d" y="%.1f" width="%.1f" height="%d" rx="3"/>`, class, chartEdge, c.y, max(length, 2), barHeight)
	}
	c.line(`<path class="all" d="M%.1f %.1f v%d"/>`, chartEdge+c.scale, c.y-4, barHeight+8)
	c.y = top + 58
	c.text(chartEdge, "small muted", fmt.Sprintf("up to %s; then %s", r.Until, r.Then))
	c.y = top + rowHeight
}
