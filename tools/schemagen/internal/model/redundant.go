package model

import (
	"fmt"
	"strings"
)

// keepMark begins the comment that says why a redundant index stays.
const keepMark = "// keep: "

// checkRedundant warns of indexes that are not worth their file, and of reasons to keep others.
func (x *indexer) checkRedundant() {
	o := x.overlap()
	used := map[int]bool{} // lines, of which one may have several indexes
	for i, index := range o.all {
		reason := index.at.reason(keepMark)
		switch problem := o.problem(i); {
		case problem == "":
		case reason != "":
			used[index.at.line] = true
		default:
			x.warn(index.at, problem, "remove it, or say beside it why it stays: "+keepMark+"reason", true)
		}
	}
	for _, index := range x.done {
		if index.at.reason(keepMark) != "" && !used[index.at.line] {
			x.warn(index.at, "has a reason to stay, and needs none", "remove the comment", false)
		}
	}
}

// problem says how the i-th index is redundant, and what is lost without it; empty if it is not.
func (o overlap) problem(i int) string {
	if !o.redundant[i] {
		return ""
	}
	x := o.all[i]
	if j := o.beside(i, resolvedIndex.isServedBy); j >= 0 {
		return fmt.Sprintf("the index %s begins with the same keys, and serves all that it does", o.all[j].Name) + o.direction(i, j)
	}
	if j := o.beside(i, resolvedIndex.extends); j >= 0 {
		return fmt.Sprintf("begins with the keys of the index %s, which no two documents share: it adds only filters and sorts by %s behind them",
			o.all[j].Name, x.behind(o.all[j])) + o.direction(i, j)
	}
	return ""
}

// direction says what it means that the j-th index has the keys of the i-th in the opposite directions,
// if it has.
func (o overlap) direction(i, j int) string {
	switch _, reversed := begin(o.all[i].Keys, o.all[j].Keys); {
	case !reversed:
		return ""
	case i < j && o.all[i].isTotal():
		return "; that it runs the other way round is seen only where no sort is given"
	}
	return "; that it runs the other way round makes no difference"
}

// behind lists the keys of x behind those of other, and the _id that pages of an Exact index are sorted by.
func (x resolvedIndex) behind(other resolvedIndex) string {
	var names []string
	for _, k := range x.Keys[len(other.Keys):] {
		names = append(names, k.Path.Name)
	}
	if x.Exact {
		names = append(names, idPath)
	}
	return strings.Join(names, " and ")
}
