// Package code has the pieces of Go that every emitter writes: qualified names of
// the runtime, literals and comments.
package code

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/dave/jennifer/jen"
)

// Import paths that generated code uses, and the runtime's module.
const (
	BSONPath    = "go.mongodb.org/mongo-driver/v2/bson"
	Module      = "github.com/partywall/partywall"
	CheckPath   = Module + "/api/check"
	WirePath    = Module + "/api/wire"
	StorePath   = Module + "/api/store"
	RuntimePath = Module + "/api/runtime"
	MetaPath    = Module + "/api/meta"
)

// Check returns an exported name of api/check.
func Check(name string) *jen.Statement { return jen.Qual(CheckPath, name) }

// Wire returns an exported name of api/wire.
func Wire(name string) *jen.Statement { return jen.Qual(WirePath, name) }

// Store returns an exported name of api/store.
func Store(name string) *jen.Statement { return jen.Qual(StorePath, name) }

// Runtime returns an exported name of api/runtime.
func Runtime(name string) *jen.Statement { return jen.Qual(RuntimePath, name) }

// Meta returns an exported name of api/meta.
func Meta(name string) *jen.Statement { return jen.Qual(MetaPath, name) }

// BSON returns an exported name of the driver's package bson.
func BSON(name string) *jen.Statement { return jen.Qual(BSONPath, name) }

// Literal returns a composite literal with one member a line, in the given order.
func Literal(typ jen.Code, members ...jen.Code) *jen.Statement {
	return jen.Add(typ).Custom(jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}, members...)
}

// OrEmpty returns a literal, on one line if it has no members.
func OrEmpty(typ jen.Code, members []jen.Code) *jen.Statement {
	if len(members) == 0 {
		return jen.Add(typ).Values()
	}
	return Literal(typ, members...)
}

// Member returns one line of a keyed literal.
func Member(name string, value jen.Code) jen.Code { return jen.Id(name).Op(":").Add(value) }

// OrNil returns c, or nil in Go if c is nil.
func OrNil(c jen.Code) jen.Code {
	if c == nil {
		return jen.Nil()
	}
	return c
}

// RawLiteral returns a string literal in backquotes if that is possible and saves
// escapes.
func RawLiteral(s string) *jen.Statement {
	if strings.ContainsAny(s, `"\`) && strconv.CanBackquote(s) {
		return jen.Op("`" + s + "`")
	}
	return jen.Lit(s)
}

// Sentences returns a doc comment, each sentence group a line.
func Sentences(format string, args ...any) *jen.Statement {
	return jen.Comment(Wrap(fmt.Sprintf(format, args...)))
}

// commentWidth is the maximum width of a comment's text, without the slashes.
const commentWidth = 77

// Wrap breaks text into lines of at most commentWidth characters, and marks each
// as a comment. Line breaks in text begin a new line.
func Wrap(text string) string {
	var lines []string
	for paragraph := range strings.SplitSeq(text, "\n") {
		line := "//"
		for _, word := range strings.Fields(paragraph) {
			if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > commentWidth+2 && line != "//" {
				lines = append(lines, line)
				line = "//"
			}
			line += " " + word
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
