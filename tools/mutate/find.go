package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// mistake is a mutant, at one place of a source.
type mistake struct {
	id int
	// name tells it from others without a line's number, which moves: the file, the
	// function, and what is done there.
	name string
	file string
	line int
	// edits make the mistake possible.
	edits []edit
}

// edit replaces length bytes at offset with text.
type edit struct {
	offset, length int
	text           string
	// behind is for what closes an expression: at one offset it comes before what opens
	// the next, and the innermost comes first.
	behind bool
}

// finder walks a file and notes where mistakes can be made.
type finder struct {
	fset *token.FileSet
	info *types.Info
	// path is the file's, from the module's root; source its text.
	path   string
	source []byte

	stack []ast.Node
	names map[string]int
	next  func() int
	found []*mistake
}

// find walks the file.
func (f *finder) find(file *ast.File) []*mistake {
	ast.Inspect(file, func(n ast.Node) bool {
		if n == nil {
			f.stack = f.stack[:len(f.stack)-1]
			return true
		}
		if skipped(n) {
			return false
		}
		f.visit(n)
		f.stack = append(f.stack, n)
		return true
	})
	return f.found
}

// skipped are the parts of a file that hold nothing to be done: types, constants
// and imports.
func skipped(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GenDecl:
		return n.Tok == token.CONST || n.Tok == token.IMPORT || n.Tok == token.TYPE
	case *ast.FuncType, *ast.ArrayType, *ast.MapType, *ast.StructType, *ast.InterfaceType:
		return true
	}
	return false
}

func (f *finder) visit(n ast.Node) {
	switch n := n.(type) {
	case *ast.BlockStmt:
		f.statements(n.List)
	case *ast.CommClause:
		f.statements(n.Body)
	case *ast.IfStmt:
		f.condition(n.Cond, true, true)
	case *ast.ForStmt:
		if n.Cond != nil { // always true would never end
			f.condition(n.Cond, false, true)
		}
	case *ast.CaseClause:
		f.cases(n)
		f.statements(n.Body)
	case *ast.BinaryExpr:
		f.binary(n)
	case *ast.ReturnStmt:
		f.results(n)
	case *ast.Ident:
		f.truth(n)
	case *ast.BasicLit:
		f.number(n)
	}
}

// parent is the node around the one that is visited.
func (f *finder) parent() ast.Node {
	if len(f.stack) == 0 {
		return nil
	}
	return f.stack[len(f.stack)-1]
}

// statements can be left out.
func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		removable := false
		switch s := s.(type) {
		case *ast.ExprStmt:
			call, ok := s.X.(*ast.CallExpr)
			removable = ok && f.text(call.Fun) != "panic"
		case *ast.AssignStmt:
			removable = s.Tok != token.DEFINE && !discards(s)
		case *ast.IncDecStmt:
			removable = true
		case *ast.BranchStmt:
			removable = s.Tok == token.CONTINUE || s.Tok == token.BREAK
		case *ast.ReturnStmt:
			removable = len(s.Results) == 0
		}
		if removable {
			f.wrap(s, "left out", func(id int) (string, string) {
				return fmt.Sprintf("if mutant.Keep(%d) { ", id), " }"
			})
		}
	}
}

// discards says that an assignment only says that a value is not needed.
func discards(s *ast.AssignStmt) bool {
	for _, left := range s.Lhs {
		if name, ok := left.(*ast.Ident); !ok || name.Name != "_" {
			return false
		}
	}
	return true
}

// condition can be true or false whatever it says.
func (f *finder) condition(e ast.Expr, always, never bool) {
	if f.isConstant(e) || !f.is(e, types.IsBoolean) {
		return
	}
	if always {
		f.wrap(e, "always", call("True"))
	}
	if never {
		f.wrap(e, "never", call("False"))
	}
}

// cases of a switch without a tag are conditions; of one with a tag, a case can be
// missing.
func (f *finder) cases(c *ast.CaseClause) {
	body, ok := f.parent().(*ast.BlockStmt)
	if !ok || len(f.stack) < 2 || body == nil {
		return
	}
	s, ok := f.stack[len(f.stack)-2].(*ast.SwitchStmt)
	if !ok {
		return
	}
	for _, e := range c.List {
		if s.Tag == nil {
			f.condition(e, true, true)
		} else if f.is(e, types.IsString|types.IsInteger) {
			f.wrap(e, "missing case", call("Other"+f.instance(s.Tag)))
		}
	}
}

func (f *finder) binary(e *ast.BinaryExpr) {
	if f.isConstant(e) {
		return
	}
	switch e.Op {
	case token.LAND:
		f.condition(e.X, true, false)
		f.condition(e.Y, true, false)
	case token.LOR:
		f.condition(e.X, false, true)
		f.condition(e.Y, false, true)
	case token.LSS, token.LEQ, token.GTR, token.GEQ:
		if f.is(e.X, types.IsOrdered) && f.is(e.Y, types.IsOrdered) {
			f.operator(e, "Compare", "other bound")
		}
	case token.EQL, token.NEQ:
		if f.isValue() {
			f.condition(e, true, true)
		}
	case token.ADD, token.SUB, token.MUL, token.QUO, token.REM:
		if f.is(e, types.IsInteger) {
			f.operator(e, "Arithmetic", "opposite operator")
		}
	}
}

// isValue says that the visited expression is assigned or given to somebody, rather
// than part of a condition.
func (f *finder) isValue() bool {
	switch f.parent().(type) {
	case *ast.AssignStmt, *ast.CallExpr, *ast.KeyValueExpr, *ast.CompositeLit:
		return true
	}
	return false
}

// results that are errors can be missing, and other ones be what they are not.
func (f *finder) results(r *ast.ReturnStmt) {
	signature := f.signature()
	if signature == nil || signature.Results().Len() != len(r.Results) {
		return
	}
	for i, e := range r.Results {
		t := signature.Results().At(i).Type()
		basic, _ := t.Underlying().(*types.Basic)
		switch {
		case types.Identical(t, types.Universe.Lookup("error").Type()):
			if f.text(e) != "nil" {
				f.wrap(e, "no error", call("NoError"))
			}
		case basic != nil && basic.Info()&types.IsBoolean != 0:
			f.condition(e, true, true)
		case basic != nil && basic.Info()&(types.IsInteger|types.IsString) != 0 && !f.isConstant(e):
			f.wrap(e, "zero", call("Other"))
		}
	}
}

// signature is that of the function that is walked.
func (f *finder) signature() *types.Signature {
	for i := len(f.stack) - 1; i >= 0; i-- {
		switch n := f.stack[i].(type) {
		case *ast.FuncLit:
			s, _ := f.info.TypeOf(n).(*types.Signature)
			return s
		case *ast.FuncDecl:
			object, _ := f.info.Defs[n.Name].(*types.Func)
			return object.Signature()
		}
	}
	return nil
}

// truth is true or false, and can be the other one.
func (f *finder) truth(name *ast.Ident) {
	if f.info.Uses[name] != types.Universe.Lookup("true") && f.info.Uses[name] != types.Universe.Lookup("false") {
		return
	}
	switch f.parent().(type) {
	case *ast.AssignStmt, *ast.CallExpr, *ast.KeyValueExpr, *ast.CompositeLit, *ast.ReturnStmt:
	default:
		return
	}
	if name.Name == "true" {
		f.wrap(name, "false", call("False"))
		return
	}
	f.wrap(name, "true", call("True"))
}

// number can be one more.
func (f *finder) number(lit *ast.BasicLit) {
	if _, named := f.info.TypeOf(lit).(*types.Named); lit.Kind != token.INT || named || !f.is(lit, types.IsInteger) {
		return
	}
	switch parent := f.parent().(type) {
	case *ast.BinaryExpr:
		if f.isConstant(parent) {
			return
		}
	case *ast.CallExpr:
		if name := f.text(parent.Fun); name == "make" || f.isConstant(parent) {
			return // how much is set aside changes nothing
		}
	case *ast.IndexExpr, *ast.SliceExpr, *ast.AssignStmt, *ast.KeyValueExpr, *ast.ReturnStmt:
	default:
		return
	}
	f.wrap(lit, "one more", call("Plus"+f.instance(lit)))
}

// instance says which type a generic function takes, where the type has a name
// everywhere: a literal says little of its own, and a number of bits to shift by
// nothing but that it is a constant.
func (f *finder) instance(e ast.Expr) string {
	if basic, ok := types.Default(f.info.TypeOf(e)).(*types.Basic); ok {
		return "[" + basic.Name() + "]"
	}
	return ""
}

func call(function string) func(int) (string, string) {
	return func(id int) (string, string) { return fmt.Sprintf("mutant.%s(%d, ", function, id), ")" }
}

// wrap notes a mutant that opens before a node and closes behind it.
func (f *finder) wrap(n ast.Node, what string, with func(id int) (opening, closing string)) {
	m := f.add(n, what)
	opening, closing := with(m.id)
	m.edits = []edit{{offset: f.offset(n.Pos()), text: opening}, {offset: f.offset(n.End()), text: closing, behind: true}}
}

// operator notes a mutant of a binary expression, which becomes a call.
func (f *finder) operator(e *ast.BinaryExpr, function, what string) {
	m := f.add(e, what)
	m.edits = []edit{
		{offset: f.offset(e.Pos()), text: fmt.Sprintf("mutant.%s(%d, %q, ", function, m.id, e.Op)},
		{offset: f.offset(e.OpPos), length: len(e.Op.String()), text: ","},
		{offset: f.offset(e.End()), text: ")", behind: true},
	}
}

func (f *finder) add(n ast.Node, what string) *mistake {
	name := fmt.Sprintf("%s %s: `%s` %s", f.path, f.function(), shorten(f.text(n)), what)
	f.names[name]++
	if again := f.names[name]; again > 1 {
		name = fmt.Sprintf("%s (%d)", name, again)
	}
	m := &mistake{id: f.next(), name: name, file: f.path, line: f.fset.Position(n.Pos()).Line}
	f.found = append(f.found, m)
	return m
}

// function is the name of the declared function that is walked, with its receiver.
func (f *finder) function() string {
	for _, n := range f.stack {
		d, ok := n.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if d.Recv == nil || len(d.Recv.List) == 0 {
			return d.Name.Name
		}
		receiver, _, _ := strings.Cut(strings.TrimPrefix(f.text(d.Recv.List[0].Type), "*"), "[")
		return receiver + "." + d.Name.Name
	}
	return "var"
}

// longestText is how much of a source a mutant's name quotes.
const longestText = 60

// shorten makes one short line of a source's text.
func shorten(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > longestText {
		return string(runes[:longestText]) + "…"
	}
	return text
}

func (f *finder) text(n ast.Node) string {
	return string(f.source[f.offset(n.Pos()):f.offset(n.End())])
}

func (f *finder) offset(p token.Pos) int { return f.fset.Position(p).Offset }

func (f *finder) isConstant(e ast.Expr) bool { return f.info.Types[e].Value != nil }

func (f *finder) is(e ast.Expr, kind types.BasicInfo) bool {
	t := f.info.TypeOf(e)
	if t == nil {
		return false
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&kind != 0
}
