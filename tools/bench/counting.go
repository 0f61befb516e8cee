package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

// operation is a request that may take most commands.
type operation struct {
	what string
	most int
	// prepare makes ready what is asked, ask asks it.
	prepare preparation
	// peer is what the same is compared with, nil for nothing.
	peer preparation
}

type preparation func() (ask func() error, err error)

// count is the row of an operation.
func (c *tally) count(o operation) (report.Row, error) {
	all, err := c.sent(o.prepare)
	if err != nil {
		return report.Row{}, err
	}
	var sent, behind []string
	for _, command := range all {
		if strings.HasPrefix(command, "list") {
			// The server looks after unique indexes, every ten minutes, while no request waits.
			behind = append(behind, command)
			continue
		}
		sent = append(sent, command)
	}
	ours := countedCommands(sent)
	if len(behind) > 0 {
		ours += "; behind it " + strings.Join(behind, ", ")
	}
	row := report.Bound(o.what, ours, fmt.Sprintf("≤ %d", o.most), len(sent) <= o.most)
	if o.peer != nil {
		all, err = c.sent(o.peer)
		row.Peer = summed(all)
	}
	return row, err
}

// sent asks once for what may be remembered, and returns the commands that the second time takes.
func (c *tally) sent(prepare preparation) (commands []string, err error) {
	for range 2 {
		ask, err := prepare()
		if err != nil {
			return nil, err
		}
		c.database.Reset()
		if err := ask(); err != nil {
			return nil, err
		}
	}
	return texts(c.database.Commands()), nil
}

// texts are the names of commands, and the collections that they are about.
func texts(sent []scripted.Command) (list []string) {
	for _, command := range sent {
		list = append(list, strings.TrimSpace(command.Name+" "+command.Collection))
	}
	return list
}

// names are the names of commands alone.
func names(sent []scripted.Command) (list []string) {
	for _, command := range sent {
		list = append(list, command.Name)
	}
	return list
}

func countedCommands(texts []string) string {
	return fmt.Sprintf("%d: %s", len(texts), strings.Join(texts, ", "))
}

// summed is the same where equal ones are many: the most frequent first.
func summed(texts []string) string {
	times := map[string]int{}
	for _, text := range texts {
		times[text]++
	}
	var parts []string
	for _, text := range slices.SortedFunc(maps.Keys(times), func(a, b string) int {
		return cmp.Or(times[b]-times[a], strings.Compare(a, b))
	}) {
		parts = append(parts, fmt.Sprintf("%d %s", times[text], text))
	}
	return fmt.Sprintf("%d: %s", len(texts), strings.Join(parts, ", "))
}
