package model

import (
	"bytes"
	"go/ast"
	"go/token"
	"strings"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// marked is where a reason is found: what begins its comment, and the line of the declaration that it
// is beside.
type marked struct {
	mark string
	line int
}

// reasons returns what the comments of a file give as reasons. A comment is about its own line, or
// the next if it has a line to itself.
func reasons(set *token.FileSet, file *ast.File, content []byte) map[marked]string {
	found := map[marked]string{}
	lines := bytes.Split(content, []byte("\n"))
	for _, group := range file.Comments {
		for _, c := range group.List {
			mark, reason := cutMark(c.Text)
			if reason == "" {
				continue
			}
			line := set.Position(c.Pos()).Line
			if bytes.HasPrefix(bytes.TrimSpace(lines[line-1]), []byte("//")) {
				line = set.Position(group.End()).Line + 1
			}
			found[marked{mark, line}] = reason
		}
	}
	return found
}

// cutMark returns the mark that a comment begins with, and the reason after it, empty if there is none.
func cutMark(comment string) (mark, reason string) {
	for _, mark := range []string{kinds.ReasonMark, keepMark} {
		if reason, ok := strings.CutPrefix(comment, mark); ok {
			return mark, strings.TrimSpace(reason)
		}
	}
	return "", ""
}
