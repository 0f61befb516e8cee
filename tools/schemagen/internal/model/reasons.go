package model

import (
	"bytes"
	"go/ast"
	"go/token"
	"strings"

	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// reasons returns what the comments of a file give as reasons, by the line that each is
// about: its own, or the next if it has a line to itself.
func reasons(set *token.FileSet, file *ast.File, content []byte) map[int]string {
	found := map[int]string{}
	lines := bytes.Split(content, []byte("\n"))
	for _, group := range file.Comments {
		for _, c := range group.List {
			reason, ok := strings.CutPrefix(c.Text, kinds.ReasonMark)
			if reason = strings.TrimSpace(reason); !ok || reason == "" {
				continue
			}
			line := set.Position(c.Pos()).Line
			if bytes.HasPrefix(bytes.TrimSpace(lines[line-1]), []byte("//")) {
				line = set.Position(group.End()).Line + 1
			}
			found[line] = reason
		}
	}
	return found
}
