package emit

import (
	"go/format"
	"strings"
	"testing"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// things returns a collection with one field of each sort that its own functions
// tell apart.
func things() *model.Collection {
	return &model.Collection{
		Name: "things", Package: "things", Title: "Things", Entity: "Thing",
		Doc: "Thing is one.", Source: "schema/thing.go",
		Access: def.Access{Read: "read", Create: "write", Update: "write", Delete: "delete"},
		Fields: []*kinds.Field{
			with(field("code", "Code", stringType), func(f *kinds.Field) {
				f.Required, f.Immutable, f.Pattern = true, true, `\d+`
			}),
			address("email", "Email"),
			with(field("count", "Count", intType), func(f *kinds.Field) { f.Default = int64(3) }),
			with(field("state", "State", stateType), func(f *kinds.Field) { f.Default = "on" }),
			with(field("done", "Done", boolType), func(f *kinds.Field) { f.Required = true }),
			field("tags", "Tags", set(stringType)),
			field("rich", "Rich", richType),
		},
		Paths:      []*model.Path{{Name: "_id", Go: "ID", Type: objectIDType}},
		Structs:    []*kinds.Struct{rich},
		Enums:      []*kinds.Enum{state, level},
		Timestamps: true,
	}
}

func TestDocument(t *testing.T) {
	check(t, []statement{
		{"with timestamps", document(things()), `
func (n *New) document() Thing {
	now := wire.Now()
	return Thing{
		ID:        runtime.IDOrNew(n.ID),
		Code:      n.Code,
		Email:     n.Email,
		Count:     n.Count.Or(3),
		State:     n.State.Or(StateOn),
		Done:      n.Done,
		Tags:      n.Tags,
		Rich:      n.Rich,
		CreatedAt: now,
		UpdatedAt: now,
		rev:       1,
	}
}`},
		{"without timestamps", document(&model.Collection{Entity: "Bare", Fields: []*kinds.Field{x(intType)}}), `
func (n *New) document() Bare {
	return Bare{
		ID:  runtime.IDOrNew(n.ID),
		X:   n.X,
		rev: runtime.FirstRev(),
	}
}`},
	})
}

func TestChanges(t *testing.T) {
	check(t, []statement{
		{"of a document", changes("Patch", things().Fields), `
func (p Patch) changes() runtime.Changes {
	var c runtime.Changes
	runtime.Apply(&c, "email", p.Email, ruleEmailOfThing.Append)
	runtime.Apply(&c, "count", p.Count, wire.AppendInt)
	runtime.Apply(&c, "state", p.State, wire.AppendString)
	runtime.Apply(&c, "done", p.Done, wire.AppendBool)
	runtime.ApplySet(&c, "tags", p.Tags, wire.AppendString)
	runtime.ApplyObject(&c, "rich", p.Rich, RichPatch.apply)
	return c
}`},
		{"of a value object", changes("RichPatch", rich.Fields), `
func (p RichPatch) apply(c *runtime.Changes, prefix string) {
	runtime.Require(c, prefix, "name", p.Name.Kind() != store.ChangeNone)
	runtime.Apply(c, prefix+"level", p.Level, wire.AppendString)
	runtime.Apply(c, prefix+"name", p.Name, wire.AppendString)
}`},
	})
}

func TestChecks(t *testing.T) {
	check(t, []statement{
		{"of a document", checkDocument(things()), `
func (d *Thing) check(errs *check.FieldErrors) {
	ruleCodeOfThing.Check(errs, "/code", d.Code)
	runtime.CheckOptional(errs, "/email", d.Email, ruleEmailOfThing.Check)
	enumStateValue.Check(errs, "/state", d.State)
	ruleTagsOfThing.Check(errs, "/tags", d.Tags)
	runtime.CheckOptional(errs, "/rich", d.Rich, checkRich)
}`},
		{"of a patch", checkPatch(things()), `
func (p *Patch) check(errs *check.FieldErrors) {
	runtime.CheckChange(errs, "/email", p.Email, false, ruleEmailOfThing.Check)
	runtime.CheckChange(errs, "/state", p.State, false, enumStateValue.Check)
	runtime.CheckChange(errs, "/done", p.Done, true, nil)
	runtime.CheckChange(errs, "/tags", p.Tags, false, ruleTagsOfThing.Check)
	runtime.CheckChange(errs, "/rich", p.Rich, false, checkRichPatch)
}`},
		{"of a value object", checkStruct(rich), `
func checkRich(errs *check.FieldErrors, at string, v Rich) {
	if v.Level != "" {
		enumLevel.Check(errs, at+"/level", v.Level)
	}
	ruleNameOfRich.Check(errs, at+"/name", v.Name)
}`},
		{"of a value object's patch", checkStructPatch(rich), `
func checkRichPatch(errs *check.FieldErrors, at string, p RichPatch) {
	runtime.CheckChange(errs, at+"/level", p.Level, false, enumLevel.Check)
	runtime.CheckChange(errs, at+"/name", p.Name, true, ruleNameOfRich.Check)
}`},
		{"constraints", jen.Var().Defs(rules(things())...), `
var (
	ruleCodeOfThing  = check.Text{Required: true, Pattern: regexp.MustCompile(` + "`^(?:\\d+)$`" + `)}
	ruleEmailOfThing = wire.Text{Text: check.Text{Format: check.Email}}
	ruleTagsOfThing  = check.Set[string]{Each: check.AnyText}
	ruleNameOfRich   = check.Text{Required: true}
)`},
	})
}

func TestReadBodies(t *testing.T) {
	check(t, []statement{
		{"of a new document", readNew(things()), `
func (n *New) read(r *wire.JSONReader, _ *runtime.Secrets) {
	r.Object(func(name string) bool {
		switch name {
		case "code":
			n.Code = r.String()
		case "email":
			n.Email = wire.ReadOptional(r, (*wire.JSONReader).String)
		case "count":
			n.Count = wire.ReadOptional(r, (*wire.JSONReader).Int)
		case "state":
			n.State = wire.ReadOptional(r, enumStateValue.ReadJSON)
		case "done":
			n.Done = r.Bool()
		case "tags":
			n.Tags = wire.ReadJSONSet(r, (*wire.JSONReader).String)
		case "rich":
			n.Rich = wire.ReadOptional(r, readJSONRich)
		case "_id", "createdAt", "updatedAt":
			r.ReadOnly()
		default:
			return false
		}
		return true
	}, "code", "done")
}`},
		{"of a patch", readPatch(&model.Collection{Entity: "Thing", Fields: []*kinds.Field{
			with(required(intType), func(f *kinds.Field) { f.Immutable = true }), required(secretType),
		}}), `
func (p *Patch) read(r *wire.JSONReader, secrets *runtime.Secrets) {
	r.Object(func(name string) bool {
		switch name {
		case "x":
			secrets.ReadChange(r, &ruleXOfThing, &p.X)
		case "_id", "x":
			r.ReadOnly()
		default:
			return false
		}
		return true
	})
}`},
		{"of a value object", readJSONStruct(rich), `
func readJSONRich(r *wire.JSONReader) Rich {
	v := defaultRich()
	r.Object(func(name string) bool {
		switch name {
		case "level":
			v.Level = wire.Keep(r, v.Level, enumLevel.ReadJSON)
		case "name":
			v.Name = r.String()
		default:
			return false
		}
		return true
	}, "name")
	return v
}`},
	})
}

func TestPathParser(t *testing.T) {
	parser := func(p *kinds.Type) jen.Code { return p.Parse(p) }
	check(t, []statement{
		{"String", parser(stringType), `runtime.ParseString`},
		{"Email", parser(emailType), `runtime.ParseFolded(&ruleXOfThing)`},
		{"Bool", parser(boolType), `runtime.ParseBool`},
		{"Int", parser(intType), `runtime.ParseInt`},
		{"Float", parser(floatType), `runtime.ParseFloat`},
		{"Time", parser(timeType), `runtime.ParseTime`},
		{"ObjectID", parser(objectIDType), `runtime.ParseObjectID`},
		{"Enum", parser(stateType), `
runtime.ParseEnum(enumStateValue)`},
		{"NamedEnum", parser(namedType), `
runtime.ParseEnum(enumLevel)`},
	})
}

func TestPathValue(t *testing.T) {
	value := func(p *kinds.Type) jen.Code { return p.Value(p) }
	check(t, []statement{
		{"String", value(stringType), `wire.StringValue[string]`},
		{"Email", value(emailType), `ruleXOfThing.Value`},
		{"Bool", value(boolType), `wire.BoolValue`},
		{"Int", value(intType), `wire.IntValue`},
		{"Float", value(floatType), `wire.FloatValue`},
		{"Time", value(timeType), `wire.TimeValue`},
		{"Enum", value(stateType), `wire.StringValue[StateValue]`},
		{"NamedEnum", value(namedType), `wire.StringValue[Level]`},
	})
}

func TestFieldOf(t *testing.T) {
	field := func(t *kinds.Type) jen.Code { return t.Field(t, jen.Id("Thing"), jen.Lit("x")) }
	check(t, []statement{
		{"String", field(stringType), `runtime.NewTextField[Thing]("x")`},
		{"Email", field(emailType), `runtime.NewFoldedField[Thing]("x", &ruleXOfThing)`},
		{"Bool", field(boolType), `runtime.NewField[Thing, bool]("x", wire.BoolValue)`},
		{"Time", field(timeType), `runtime.NewTimeField[Thing]("x")`},
		{"ObjectID", field(objectIDType), `runtime.NewObjectIDField[Thing]("x")`},
		{"Ref", field(&kinds.Type{Kind: kindOf(def.KindRef)}), `runtime.NewObjectIDField[Thing]("x")`},
		{"Enum", field(stateType), `runtime.NewEnumField[Thing, StateValue]("x")`},
	})
}

func TestFields(t *testing.T) {
	name := &model.Path{Name: "name", Go: "Name", Type: stringType}
	count := &model.Path{Name: "count", Go: "Count", Type: intType}
	due := &model.Path{Name: "due", Go: "Due", Type: timeType}
	keys := func(paths ...*model.Path) []model.Key {
		list := make([]model.Key, len(paths))
		for i, p := range paths {
			list[i].Path = p
		}
		return list
	}
	c := &model.Collection{
		Entity: "Thing",
		Paths:  []*model.Path{name, count, due},
		Indexes: []*model.Index{
			{Name: "n", Keys: keys(name, count), Unique: true},
			{Name: "s", Keys: keys(count), Sparse: true, Unique: true},
			{Name: "o", Keys: keys(count), Sparse: true},
			{Name: "e", Keys: keys(due), Expires: true},
			{Name: "p", Keys: keys(count), Unique: true, Partial: []model.Condition{{Path: name, Value: "x"}}},
			{Name: "g", Keys: keys(count), Unique: true, Partial: []model.Condition{{Path: count, Op: def.Greater, Value: int64(1)}}},
		},
	}
	check(t, []statement{
		{"other variables", unindexedVars(&model.Collection{Entity: "Thing", Unindexed: []*model.Path{{Name: "a.b", Go: "AB", Type: boolType}}}), `
// The paths without an index. Filters on them must be wrapped in Unindexed.
var (
	AB = runtime.NewField[Thing, bool]("a.b", wire.BoolValue)
)`},
		{"no others", unindexedVars(c), ``},
		{"variables", indexedVars(c), `
// The indexed paths, to build filters and sorts from.
var (
	// Name is the path name, served by n.
	Name = runtime.NewTextField[Thing]("name")
	// Count is the path count, served by n and s and p.
	Count = runtime.NewField[Thing, int64]("count", wire.IntValue)
	// Due is the path due.
	Due = runtime.NewTimeField[Thing]("due")
)`},
		{"Unindexed", unindexed(), `
// Unindexed lets a query use f although no index serves it: any paths, Ne,
// store.Or and store.Not. The database scans what the rest of the query
// selects, or the whole collection if there is no rest.
func Unindexed(f Filter) Filter {
	return store.Unindexed(f)
}`},
	})
	want := "_id, name then count, count (if the query filters on count) or count (if name equals x)"
	if have := servedList(c); have != want {
		t.Errorf("served are %s, want %s", have, want)
	}
}

func TestIndex(t *testing.T) {
	a := &model.Path{Name: "a", Go: "A", Type: stringType}
	b := &model.Path{Name: "b.c", Go: "BC", Type: intType, Many: true}
	declared := func(x *model.Index) jen.Code {
		return jen.Id("_").Op("=").Add(code.OrEmpty(jen.Index().Add(code.Meta("Index")), []jen.Code{index(x)}))
	}
	check(t, []statement{
		{"plain", declared(&model.Index{Name: "a_1", Keys: []model.Key{{Path: a}}}), `
_ = []meta.Index{
	{Name: "a_1", Keys: []meta.Key{{Path: "a"}}},
}`},
		{"of every trait", declared(&model.Index{
			Name: "a_1_b.c_-1", Keys: []model.Key{{Path: a}, {Path: b, Descending: true}}, Unique: true, Sparse: true, Doc: "Why it is there",
		}), `
_ = []meta.Index{
	// Why it is there.
	{Name: "a_1_b.c_-1", Keys: []meta.Key{{Path: "a"}, {Path: "b.c", Descending: true}}, Unique: true, Sparse: true},
}`},
		{"none", indexes(&model.Collection{}), `
// indexes are the collection's indexes besides the one on _id.
var indexes = []meta.Index{}`},
	})
}

func TestFieldData(t *testing.T) {
	of := func(f *kinds.Field) jen.Code {
		return jen.Id("_").Op("=").Add(code.Literal(jen.Index().Add(code.Meta("Field")), fieldData(&model.Collection{Private: true}, f)))
	}
	check(t, []statement{
		{"text", of(defaulted(stringType, "some")), `
_ = []meta.Field{
	{Name: "x", Kind: "String", Text: true, Parse: runtime.ParseString, Default: "some"},
}`},
		{"text with a rule", of(with(x(stringType), func(f *kinds.Field) { f.MaxLen = 3 })), `
_ = []meta.Field{
	{Name: "x", Kind: "String", Text: true, Parse: runtime.ParseString, Optional: true, Rule: &ruleXOfThing},
}`},
		{"reserved", of(with(x(secretType), func(f *kinds.Field) { f.SetBy = []string{"owner", "super"} })), `
_ = []meta.Field{
	{Name: "x", Kind: "Secret", Optional: true, SetBy: []string{"owner", "super"}},
}`},
		{"a list", of(x(list(stateType))), `
_ = []meta.Field{
	{Name: "x", Kind: "List", Optional: true, Rule: &ruleXOfThing, Elem: &meta.Field{Kind: "Enum", Values: enumStateValue.Texts(), Parse: runtime.ParseEnum(enumStateValue)}},
}`},
		{"a reference", of(x(&kinds.Type{Kind: kindOf(def.KindRef), Collection: "people"})), `
_ = []meta.Field{
	{Name: "x", Kind: "Ref", Collection: "people", Parse: runtime.ParseObjectID, Optional: true},
}`},
		{"entries", of(x(&kinds.Type{Kind: kindOf(def.KindMap), Elem: intType})), `
_ = []meta.Field{
	{Name: "x", Kind: "Map", Optional: true, Rule: &ruleXOfThing, IsMap: true, Elem: &meta.Field{Kind: "Int", Parse: runtime.ParseInt}},
}`},
		{"an object", of(x(&kinds.Type{Kind: kindOf(def.KindObject), Struct: &kinds.Struct{Go: "Point", Fields: []*kinds.Field{field("a", "A", intType), field("b", "B", boolType)}}})), `
_ = []meta.Field{
	{Name: "x", Kind: "Object", Optional: true, Fields: []meta.Field{
		{Name: "a", Kind: "Int", Parse: runtime.ParseInt, Optional: true},
		{Name: "b", Kind: "Bool", Parse: runtime.ParseBool, Optional: true},
	}},
}`},
	})
}

func TestReads(t *testing.T) {
	check(t, []statement{
		{"by several _ids", getMany(things()), `
// GetMany reads the documents with the given _ids in one query, for example to
// follow references. The map lacks documents that do not exist and those that
// do not fit the schema; for each of the latter the error, returned along with
// the map, joins a *store.DocumentError.
func (r Repository) GetMany(ctx context.Context, ids ...bson.ObjectID) (map[bson.ObjectID]*Thing, error) {
	return runtime.GetMany[Thing](ctx, r.docs, wire.ObjectIDValue, ids...)
}`},
		{"how many", count(), `
// Count returns the number of documents that match f. The error is a
// *store.InvalidError if no index serves f.
func (r Repository) Count(ctx context.Context, f Filter) (int64, error) {
	return runtime.Count(ctx, r.docs, f)
}`},
		{"whether any", exists(things()), `
// Exists reports whether any Thing matches f. It returns the errors that Count
// does.
func (r Repository) Exists(ctx context.Context, f Filter) (bool, error) {
	return runtime.HasAny(ctx, r.docs, f)
}`},
	})
}

func TestWrites(t *testing.T) {
	c := things()
	at := func(p string) model.Key { return model.Key{Path: &model.Path{Name: p, Go: "Email", Type: stringType}} }
	c.Indexes = []*model.Index{
		{Name: "e", Keys: []model.Key{at("email")}, Unique: true},
		{Name: "p", Keys: []model.Key{at("other")}, Unique: true, Partial: []model.Condition{{Path: at("x").Path, Op: def.Exists}}},
		{Name: "n", Keys: []model.Key{at("third")}},
	}
	check(t, []statement{
		{"one", create(c), `
// Create stores a new Thing and returns it as stored. The error is a
// *store.InvalidError if it does not fit the schema, and a
// *store.DuplicateError if a unique key is taken.
func (r Repository) Create(ctx context.Context, n New) (*Thing, error) {
	return runtime.Create(ctx, r.docs, n.document(), (*Thing).check)
}`},
		{"one with references", create(&model.Collection{Entity: "Thing", Refs: []model.Ref{{Path: "owner", Collection: "owners"}}}), `
// Create stores a new Thing and returns it as stored. The error is a
// *store.InvalidError if it does not fit the schema or refers to a document
// that does not exist, and a *store.DuplicateError if a unique key is taken.
func (r Repository) Create(ctx context.Context, n New) (*Thing, error) {
	return runtime.Create(ctx, r.docs, n.document(), (*Thing).check)
}`},
		{"several", createMany(c), `
// CreateMany stores a new Thing for each of ns and returns them as stored. All
// are checked before any is written: if one is invalid, the error is a
// *store.InvalidError whose pointers begin with its position (/3 is the
// fourth). If the database refuses some, for example because a unique key is
// taken, the others are stored, the error is a *store.BulkError, and the
// results at the positions it names are nil.
func (r Repository) CreateMany(ctx context.Context, ns []New) ([]*Thing, error) {
	return runtime.CreateMany(ctx, r.docs, ns, (*New).document, (*Thing).check)
}`},
		{"by a key", upsert(c, c.Indexes[0]), `
// UpsertByEmail stores a new Thing unless ByEmail finds one with n's key. If
// it does, the members that n gives are changed, except _id, createdAt and
// immutable ones, and the rest stays: n's ID and defaults apply to a new
// document only. A member that is missing from n is not removed; use Update
// for that. It returns the errors that Create does; a *store.DuplicateError is
// about another unique key.
func (r Repository) UpsertByEmail(ctx context.Context, n New) (stored *Thing, created bool, err error) {
	return runtime.Upsert(ctx, r.docs, n.document(), (*Thing).check, n.given(), "email")
}`},
	})
	if keys := upsertable(c); len(keys) != 1 || keys[0].Name != "e" {
		t.Errorf("upsertable by %v", keys)
	}
}

func TestGetBy(t *testing.T) {
	path := func(name, goName string) model.Key {
		return model.Key{Path: &model.Path{Name: name, Go: goName, Type: stringType}}
	}
	lookup := func(keys ...model.Key) jen.Code {
		return getBy(&model.Collection{Entity: "Thing"}, &model.Index{Name: "i", Keys: keys, Unique: true})
	}
	check(t, []statement{
		{"one key", lookup(path("name", "Name")), `
// ByName reads a Thing by the unique index i. It returns the errors that Get
// does.
func (r Repository) ByName(ctx context.Context, name string) (*Thing, error) {
	return runtime.GetBy(ctx, r.docs, Name.Eq(name))
}`},
		{"keys whose names are taken", lookup(path("r", "R"), path("ctx", "CTX"), path("type", "Type"), path("string", "String")), `
// ByRAndCTXAndTypeAndString reads a Thing by the unique index i. It returns
// the errors that Get does.
func (r Repository) ByRAndCTXAndTypeAndString(ctx context.Context, rValue string, ctxValue string, typeValue string, stringValue string) (*Thing, error) {
	return runtime.GetBy(ctx, r.docs, store.And(R.Eq(rValue), CTX.Eq(ctxValue), Type.Eq(typeValue), String.Eq(stringValue)))
}`},
	})
}

func TestParameter(t *testing.T) {
	for name, want := range map[string]string{
		"Name": "name", "ID": "id", "HTTPPort": "httpPort", "RoleName": "roleName", "Range": "rangeValue", "Len": "lenValue",
		"Store": "storeValue",
	} {
		if have := parameter(name, []string{"store"}); have != want {
			t.Errorf("%s: %s, want %s", name, have, want)
		}
	}
}

func TestFilesOfACollection(t *testing.T) {
	served, admin, private := things(), things(), things()
	admin.Admin, private.Private = true, true
	for _, test := range []struct {
		name       string
		collection *model.Collection
		reads      bool
	}{{"served", served, true}, {"Admin", admin, false}, {"Private", private, false}} {
		t.Run(test.name, func(t *testing.T) {
			all := &strings.Builder{}
			for _, f := range Collection(test.collection, "example.com/gen") {
				text := &strings.Builder{}
				if err := f.Go.Render(text); err != nil {
					t.Fatal(err)
				}
				if _, err := format.Source([]byte(text.String())); err != nil {
					t.Errorf("%s: %v", f.Path, err)
				}
				if !strings.HasPrefix(text.String(), "// Code generated by schemagen from schema/thing.go. DO NOT EDIT.\n//go:build !generate\n\n") {
					t.Errorf("%s begins otherwise than generated files do", f.Path)
				}
				all.WriteString(text.String())
			}
			for _, name := range []string{"runtime.DecodeNew", "runtime.DecodePatch", "readJSONRich", ") read ("} {
				if have := strings.Contains(all.String(), name); have != test.reads {
					t.Errorf("%s is there: %v, want %v", name, have, test.reads)
				}
			}
		})
	}
}
