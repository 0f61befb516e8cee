package kinds

import (
	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

// Func is a function of the runtime or of the generated package that an operation
// calls.
type Func struct {
	// name is the whole name. of returns the function for a type; it is nil for a
	// method, which belongs to the operation's first argument.
	name string
	of   func(t *Type) *jen.Statement
	// elements reports whether the last argument is the function for the elements'
	// type.
	elements bool
	// whole reports whether an appending function needs no other for the value.
	whole bool
}

// method returns a method of the reader or request that an operation reads from.
func method(name string) Func { return Func{name: name} }

// wireFunc returns a function of api/wire.
func wireFunc(name string) Func {
	return Func{name: name, of: func(*Type) *jen.Statement { return code.Wire(name) }}
}

// typedFunc returns a function of api/wire with the Go type as type argument.
func typedFunc(name string) Func {
	return Func{name: name, of: func(t *Type) *jen.Statement { return code.Wire(name).Types(t.GoType()) }}
}

// elementsFunc returns a function of api/wire that takes the elements' function.
func elementsFunc(name string) Func {
	f := wireFunc(name)
	f.elements = true
	return f
}

// wholeFunc returns a function of api/wire that takes a value as it is, and no function for
// it.
func wholeFunc(name string) Func {
	f := wireFunc(name)
	f.whole = true
	return f
}

// runtimeFunc returns a function of api/runtime.
func runtimeFunc(name string) Func {
	return Func{name: name, of: func(*Type) *jen.Statement { return code.Runtime(name) }}
}

// ownFunc returns a function of the generated package, called prefix and the name
// of the value object.
func ownFunc(prefix string) Func {
	return Func{name: prefix, of: func(t *Type) *jen.Statement { return jen.Id(prefix + t.Struct.Go) }}
}

// Operation is something that generated code does with values of any type.
type Operation struct {
	pick func(*Codec) Func
	// params are the parameters of a function that does it, result is its result,
	// args are the arguments passed on.
	params func(t *Type) []jen.Code
	result func(t *Type) jen.Code
	args   []string
	// receiver is the type of the first argument, for methods.
	receiver string
	// each is the operation on elements, nil for the same.
	each *Operation
}

// The operations on values.
var (
	// Append appends a member to a BSON document: dst, key, v.
	Append = Operation{
		pick:   func(c *Codec) Func { return c.Append },
		params: func(t *Type) []jen.Code { return []jen.Code{dst(), jen.Id("key").String(), value(t)} },
		result: func(*Type) jen.Code { return jen.Index().Byte() },
		args:   []string{"dst", "key", "v"},
	}
	// Size returns the number of bytes that Append appends: key, v.
	Size = Operation{
		pick:   func(c *Codec) Func { return c.Size },
		params: func(t *Type) []jen.Code { return []jen.Code{jen.Id("key").String(), value(t)} },
		result: func(*Type) jen.Code { return jen.Int() },
		args:   []string{"key", "v"},
	}
	// AppendGiven is Append of a member, unless the value stands for a missing one;
	// SizeGiven is its size.
	AppendGiven = Operation{
		pick:   func(c *Codec) Func { return c.AppendGiven.or(c.Append) },
		params: Append.params, result: Append.result, args: Append.args, each: &Append,
	}
	SizeGiven = Operation{
		pick:   func(c *Codec) Func { return c.SizeGiven.or(c.Size) },
		params: Size.params, result: Size.result, args: Size.args, each: &Size,
	}
	// Read reads a value from r, a wire.Reader.
	Read = Operation{
		pick:     func(c *Codec) Func { return c.Read },
		params:   func(*Type) []jen.Code { return []jen.Code{from("Reader")} },
		result:   func(t *Type) jen.Code { return t.GoType() },
		args:     []string{"r"},
		receiver: "Reader",
	}
	// Transcode appends the JSON of the value at r, a wire.Reader, to dst.
	Transcode = Operation{
		pick:     func(c *Codec) Func { return c.Transcode },
		params:   func(*Type) []jen.Code { return []jen.Code{from("Reader"), dst()} },
		result:   func(*Type) jen.Code { return jen.Index().Byte() },
		args:     []string{"r", "dst"},
		receiver: "Reader",
	}
	// Marshal appends the JSON of v to dst.
	Marshal = Operation{
		pick:   func(c *Codec) Func { return c.Marshal },
		params: func(t *Type) []jen.Code { return []jen.Code{dst(), value(t)} },
		result: func(*Type) jen.Code { return jen.Index().Byte() },
		args:   []string{"dst", "v"},
	}
	// ReadJSON reads a value from r, a wire.JSONReader.
	ReadJSON = Operation{
		pick:     func(c *Codec) Func { return c.ReadJSON },
		params:   func(*Type) []jen.Code { return []jen.Code{from("JSONReader")} },
		result:   func(t *Type) jen.Code { return t.GoType() },
		args:     []string{"r"},
		receiver: "JSONReader",
	}
)

func dst() jen.Code            { return jen.Id("dst").Index().Byte() }
func value(t *Type) jen.Code   { return jen.Id("v").Add(t.GoType()) }
func from(typ string) jen.Code { return jen.Id("r").Op("*").Add(code.Wire(typ)) }

// Of returns the function that does o with values of t, as a value.
func (o Operation) Of(t *Type) *jen.Statement {
	f := o.pick(&t.Codec)
	switch {
	case f.of == nil:
		return jen.Parens(jen.Op("*").Add(code.Wire(o.receiver))).Dot(f.name)
	case f.elements:
		var args []jen.Code
		for _, name := range o.args {
			args = append(args, jen.Id(name))
		}
		return jen.Func().Params(o.params(t)...).Add(o.result(t)).Block(jen.Return(o.Call(t, args...)))
	}
	return f.of(t)
}

// Call returns a call that does o with a value of t.
func (o Operation) Call(t *Type, args ...jen.Code) *jen.Statement {
	f := o.pick(&t.Codec)
	switch {
	case f.of == nil:
		return jen.Add(args[0]).Dot(f.name).Call(args[1:]...)
	case f.elements:
		args = append(args[:len(args):len(args)], o.elements().Of(t.Elem))
	}
	return f.of(t).Call(args...)
}

func (o Operation) elements() Operation {
	if o.each != nil {
		return *o.each
	}
	return o
}

// or returns f, or otherwise if f is none.
func (f Func) or(otherwise Func) Func {
	if f.name == "" {
		return otherwise
	}
	return f
}

// AppendJSONMember returns a call that appends v, a value of f, as a member of a JSON object;
// args are the arguments before it.
func (f *Field) AppendJSONMember(v jen.Code, args ...jen.Code) *jen.Statement {
	function, standard := f.Type.JSONMember, "AppendJSONMember"
	switch {
	case f.IsOptional():
		function, standard = f.Type.OptionalJSONMember, "AppendJSONOptional"
	case f.IsOmitted():
		standard = "AppendJSONGiven"
	}
	args = append(args, v)
	switch {
	case function.of == nil:
		return code.Wire(standard).Call(append(args, Marshal.Of(f.Type))...)
	case function.elements:
		args = append(args, Marshal.Of(f.Type.Elem))
	}
	return function.of(f.Type).Call(args...)
}

// GoType returns the Go type as written in the generated package.
func (t *Type) GoType() *jen.Statement { return t.Go(t, Local) }

// valueField returns the store.Field of a kind that has no field type of its own.
func valueField(t *Type, entity, name jen.Code) *jen.Statement {
	return code.Runtime("NewField").Types(entity, t.GoType()).Call(name, t.Value(t))
}

// namedField returns a call of a function that needs only the path.
func namedField(function string) func(*Type, jen.Code, jen.Code) *jen.Statement {
	return func(_ *Type, entity, name jen.Code) *jen.Statement {
		return code.Runtime(function).Types(entity).Call(name)
	}
}
