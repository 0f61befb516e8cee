package openapi

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// kindOf returns the kind of that name.
func kindOf(name def.Kind) *kinds.Kind {
	kind, ok := kinds.Of(name)
	if !ok {
		panic("there is no kind " + name)
	}
	return kind
}

// newSchema returns a served collection with a field of every type, an Admin one
// and a Private one.
func newSchema() *model.Schema {
	level := &kinds.Enum{Go: "Level", Values: []kinds.EnumValue{{Go: "LevelLow", Value: "low"}, {Go: "LevelHigh", Value: "high"}}}
	inner := &kinds.Struct{Go: "Inner", Doc: "Inner is one.", Fields: []*kinds.Field{
		{Name: "level", Go: "Level", Doc: "Level is one.", Type: &kinds.Type{Kind: kindOf(def.KindNamedEnum), Enum: level}, Default: "low"},
		{Name: "note", Go: "Note", Doc: "Note is one.", Type: &kinds.Type{Kind: kindOf(def.KindString)}, Required: true},
		{Name: "origin", Go: "Origin", Doc: "Origin is one.", Type: &kinds.Type{Kind: kindOf(def.KindString)}, Immutable: true},
	}}
	object := &kinds.Type{Kind: kindOf(def.KindObject), Struct: inner}
	text := &kinds.Type{Kind: kindOf(def.KindString)}
	number := &kinds.Type{Kind: kindOf(def.KindInt)}
	id := &model.Path{Name: "_id", Go: "ID", Type: &kinds.Type{Kind: kindOf(def.KindObjectID)}}
	path := func(name string, t *kinds.Type) *model.Path { return &model.Path{Name: name, Type: t} }
	count, levels, tags := path("count", number), path("inner.level", &kinds.Type{Kind: kindOf(def.KindNamedEnum), Enum: level}), path("tags", text)
	tags.Many = true
	limit, title := path("limit", number), path("title", text)
	index := func(paths ...*model.Path) *model.Index {
		x := &model.Index{}
		for _, p := range append(paths, id) {
			x.Keys = append(x.Keys, model.Key{Path: p})
		}
		return x
	}
	thing := &model.Collection{
		Name: "small_things", Package: "smallthings", Title: "Small things", Entity: "Thing", Doc: "Thing is one.",
		Access:     def.Access{Read: "look", Create: "make", Update: "change", Delete: "drop"},
		Timestamps: true,
		Fields: []*kinds.Field{
			{Name: "code", Go: "Code", Doc: "Code is one.", Type: text, Required: true, Immutable: true, Pattern: "[a-z]+"},
			{Name: "email", Go: "Email", Doc: "Email is one.", Type: text, Required: true, Format: def.Email, SetBy: []string{"super"}},
			{Name: "password", Go: "Password", Doc: "Password is one.", Type: &kinds.Type{Kind: kindOf(def.KindSecret)}, Required: true, MinLen: 8, MaxLen: 256},
			{Name: "pin", Go: "Pin", Doc: "Pin is one.", Type: &kinds.Type{Kind: kindOf(def.KindSecret)}},
			{Name: "count", Go: "Count", Doc: "Count is one.", Type: number, Default: int64(3), Min: int64(1), Max: int64(9)},
			{Name: "share", Go: "Share", Doc: "Share is one.", Type: &kinds.Type{Kind: kindOf(def.KindFloat)}},
			{Name: "done", Go: "Done", Doc: "Done is one.", Type: &kinds.Type{Kind: kindOf(def.KindBool)}},
			{Name: "due", Go: "Due", Doc: "Due is one.", Type: &kinds.Type{Kind: kindOf(def.KindTime)}, Min: time.Unix(0, 0).UTC()},
			{Name: "start", Go: "Start", Doc: "Start is one.", Type: &kinds.Type{Kind: kindOf(def.KindTime)}, Default: time.Unix(0, 0).UTC()},
			{Name: "owner", Go: "Owner", Doc: "Owner is one.", Type: &kinds.Type{Kind: kindOf(def.KindObjectID)}},
			{Name: "level", Go: "Level", Doc: "Level is one.", Type: &kinds.Type{Kind: kindOf(def.KindNamedEnum), Enum: level}},
			{Name: "inner", Go: "Inner", Doc: "Inner is one.", Type: object},
			{Name: "inners", Go: "Inners", Doc: "Inners are some.", Type: &kinds.Type{Kind: kindOf(def.KindList), Elem: object}, MaxLen: 4},
			{Name: "tags", Go: "Tags", Doc: "Tags are some.", Type: &kinds.Type{Kind: kindOf(def.KindSet), Elem: text}},
			{Name: "maker", Go: "Maker", Doc: "Maker is one.", Type: &kinds.Type{Kind: kindOf(def.KindRef), Collection: "small_things"}},
			{Name: "makers", Go: "Makers", Doc: "Makers are some.", Type: &kinds.Type{Kind: kindOf(def.KindList), Elem: &kinds.Type{Kind: kindOf(def.KindRef), Collection: "drafts"}}},
			{Name: "names", Go: "Names", Doc: "Names are some.", Type: &kinds.Type{Kind: kindOf(def.KindMap), Elem: text}, MaxLen: 9},
		},
		Structs: []*kinds.Struct{inner},
		Enums:   []*kinds.Enum{level},
		Paths:   []*model.Path{id, count, levels, tags, limit, title},
		Indexes: []*model.Index{index(count), index(levels), index(tags), index(title, limit)},
		Refs:    []model.Ref{{Path: "maker", Collection: "small_things", Expandable: true}, {Path: "makers", Collection: "drafts"}},
	}
	hidden := func(name, entity string) *model.Collection {
		return &model.Collection{
			Name: name, Package: name, Title: entity, Entity: entity, Doc: entity + " is one.",
			Fields: []*kinds.Field{{Name: "secretPlan", Go: "SecretPlan", Doc: "SecretPlan is one.", Type: text}},
			Paths:  []*model.Path{id},
		}
	}
	admin, private := hidden("ledgers", "Ledger"), hidden("drafts", "Draft")
	admin.Admin, private.Private = true, true
	return &model.Schema{Collections: []*model.Collection{admin, thing, private}}
}

// tree is decoded JSON.
type tree = map[string]any

func newDocument(t *testing.T) (text []byte, document tree) {
	t.Helper()
	text, err := Document(newSchema())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return text, document
}

// at returns what stands in a tree behind the given names.
func at(t *testing.T, in any, names ...string) any {
	t.Helper()
	for _, name := range names {
		members, _ := in.(tree)
		if members[name] == nil {
			t.Fatalf("there is no %s among %v", name, slices.Sorted(maps.Keys(members)))
		}
		in = members[name]
	}
	return in
}

func properties(t *testing.T, document tree, schema string) tree {
	t.Helper()
	return at(t, document, "components", "schemas", schema, "properties").(tree)
}

// walk calls visit with every object of a tree.
func walk(in any, visit func(tree)) {
	switch in := in.(type) {
	case tree:
		visit(in)
		for _, v := range in {
			walk(v, visit)
		}
	case []any:
		for _, v := range in {
			walk(v, visit)
		}
	}
}

func TestDocumentIsTheSameEachTime(t *testing.T) {
	first, _ := newDocument(t)
	second, _ := newDocument(t)
	if !bytes.Equal(first, second) {
		t.Error("two documents of one schema differ")
	}
	if !bytes.HasSuffix(first, []byte("}\n")) {
		t.Error("the document does not end in a line break")
	}
}

func TestReferencesResolve(t *testing.T) {
	_, document := newDocument(t)
	found := 0
	walk(document, func(o tree) {
		ref, ok := o["$ref"].(string)
		if !ok {
			return
		}
		found++
		path, ok := strings.CutPrefix(ref, "#/components/")
		kind, name, _ := strings.Cut(path, "/")
		if !ok {
			t.Errorf("%s leads out of the components", ref)
			return
		}
		at(t, document, "components", kind, name)
	})
	if found == 0 {
		t.Error("there are no references")
	}
}

func TestOperationIDsAreUnique(t *testing.T) {
	_, document := newDocument(t)
	seen := map[string]bool{}
	walk(document["paths"], func(o tree) {
		id, ok := o["operationId"].(string)
		if ok && seen[id] {
			t.Errorf("%s is the operationId of two operations", id)
		}
		seen[id] = true
	})
}

func TestAnswersHoldNoSecret(t *testing.T) {
	_, document := newDocument(t)
	for schema, want := range map[string]bool{"Thing": false, "Thing.New": true, "Thing.Patch": true} {
		if _, have := properties(t, document, schema)["password"]; have != want {
			t.Errorf("%s has the password: %v, want %v", schema, have, want)
		}
	}
	walk(document["paths"], func(o tree) {
		answers, _ := o["responses"].(tree)
		walk(answers, func(o tree) {
			if o["format"] == "password" || o["writeOnly"] == true {
				t.Errorf("an answer holds a Secret: %v", o)
			}
		})
	})
}

func TestPatchesAllowNullWhereAMemberMayGo(t *testing.T) {
	_, document := newDocument(t)
	want := map[string]map[string]bool{
		"Thing.Patch": {
			"_id": false, "code": false, "createdAt": false, "updatedAt": false,
			"email": false, "password": false, "pin": true, "count": true, "share": true, "done": true, "due": true, "start": true,
			"owner": true, "level": true, "inner": true, "inners": true, "tags": true, "maker": true, "makers": true, "names": true,
		},
		"Thing.Inner.Patch": {"level": true, "note": false, "origin": false},
	}
	for schema, want := range want {
		have := map[string]bool{}
		for name, property := range properties(t, document, schema) {
			have[name] = allowsNull(property.(tree))
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Errorf("%s (-want +have):\n%s", schema, diff)
		}
	}
	if object := at(t, document, "components", "schemas", "Thing.Patch").(tree); object["required"] != nil {
		t.Error("a patch requires members")
	}
}

func allowsNull(property tree) bool {
	choices, _ := property["anyOf"].([]any)
	return slices.ContainsFunc(choices, func(c any) bool { return c.(tree)["type"] == "null" })
}

func TestOperationsNameTheirPermission(t *testing.T) {
	_, document := newDocument(t)
	have := map[string]any{}
	for path, operations := range at(t, document, "paths").(tree) {
		for method, operation := range operations.(tree) {
			if o, ok := operation.(tree); ok && o["x-permission"] != nil {
				have[method+" "+path] = o["x-permission"]
			}
		}
	}
	want := map[string]any{
		"get /api/small_things":         "look",
		"post /api/small_things":        "make",
		"get /api/small_things/{id}":    "look",
		"patch /api/small_things/{id}":  "change",
		"delete /api/small_things/{id}": "drop",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("permissions (-want +have):\n%s", diff)
	}
}

func TestUnservedCollectionsAreAbsent(t *testing.T) {
	text, _ := newDocument(t)
	for _, name := range []string{"ledgers", "Ledger", "drafts", "Draft", "secretPlan"} {
		if bytes.Contains(text, []byte(name)) {
			t.Errorf("the document names %s", name)
		}
	}
}

// What belongs to an entity is not taken for another entity, nor what every API
// has.
func TestSchemasHaveNamesOfTheirOwn(t *testing.T) {
	schema := newSchema()
	entities := []string{"Thing", "ThingInner", "ThingPatch", "NewThing", "Problem", "FieldProblem", "Invalid", "Grant"}
	for _, name := range entities[1:] {
		schema.Collections = append(schema.Collections, &model.Collection{
			Name: strings.ToLower(name), Title: name, Entity: name, Doc: name + " is one.",
			Fields: []*kinds.Field{{Name: "own", Go: "Own", Doc: "Own is one.", Type: &kinds.Type{Kind: kindOf(def.KindBool)}}},
		})
	}
	text, err := Document(schema)
	if err != nil {
		t.Fatal(err)
	}
	var document tree
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	for _, name := range entities {
		if have := at(t, document, "components", "schemas", name, "description"); have != name+" is one." {
			t.Errorf("%s is described as %q", name, have)
		}
	}
	for schema, property := range map[string]string{
		"Thing.Inner": "note", "Thing.Patch": "email", "Thing.New": "code",
		"api.Problem": "title", "api.FieldProblem": "pointer", "api.Invalid": "path", "api.Grant": "token",
	} {
		if properties(t, document, schema)[property] == nil {
			t.Errorf("%s has no %s", schema, property)
		}
	}
}

// A value object that no PATCH changes member by member has no patch of its own.
func TestOnlyChangeableObjectsHavePatches(t *testing.T) {
	schema := newSchema()
	for _, f := range schema.Collections[1].Fields {
		f.Immutable = f.Immutable || f.Name == "inner"
	}
	text, err := Document(schema)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("Thing.Inner.Patch")) {
		t.Error("the document names Thing.Inner.Patch")
	}
}

func TestProperties(t *testing.T) {
	_, document := newDocument(t)
	tests := []struct{ schema, property, want string }{
		{"Thing.New", "code", `{"type": "string", "pattern": "^(?:[a-z]+)$", "description": "Code is one."}`},
		{"Thing.New", "email", `{"type": "string", "format": "email", "description": "Email is one.", "x-set-by": ["super"]}`},
		{"Thing.New", "password", `{"type": "string", "format": "password", "writeOnly": true, "minLength": 8, "maxLength": 256, "description": "Password is one."}`},
		{"Thing.New", "pin", `{"type": "string", "format": "password", "writeOnly": true, "minLength": 1, "description": "Pin is one."}`},
		{"Thing.New", "count", `{"type": "integer", "format": "int64", "minimum": 1, "maximum": 9, "description": "Count is one.", "default": 3}`},
		{"Thing.New", "due", `{"type": "string", "format": "date-time", "description": "Due is one."}`},
		{"Thing.New", "start", `{"type": "string", "format": "date-time", "description": "Start is one.", "default": "1970-01-01T00:00:00Z"}`},
		{"Thing.New", "inners", `{"type": "array", "items": {"$ref": "#/components/schemas/Thing.Inner.New"}, "maxItems": 4, "description": "Inners are some."}`},
		{"Thing.New", "tags", `{"type": "array", "items": {"type": "string"}, "uniqueItems": true, "description": "Tags are some."}`},
		{"Thing.New", "maker", `{"type": "string", "pattern": "^[0-9a-f]{24}$", "x-ref": "small_things", "description": "Maker is one."}`},
		{"Thing.New", "names", `{"type": "object", "additionalProperties": {"type": "string"}, "propertyNames": {"pattern": "^[^$.][^.]*$", "maxLength": 255}, "maxProperties": 9, "description": "Names are some."}`},
		{"Thing.Patch", "_id", `{"type": "string", "pattern": "^[0-9a-f]{24}$", "description": "It cannot be changed: send it unchanged or leave it out."}`},
		{"Thing.Patch", "code", `{"type": "string", "description": "Code is one. It cannot be changed: send it unchanged or leave it out."}`},
		{"Thing.Patch", "count", `{"anyOf": [{"type": "integer", "format": "int64", "minimum": 1, "maximum": 9}, {"type": "null"}], "description": "Count is one."}`},
		{"Thing.Patch", "inner", `{"anyOf": [{"$ref": "#/components/schemas/Thing.Inner.Patch"}, {"type": "null"}], "description": "Inner is one."}`},
		{"Thing.Patch", "inners", `{"anyOf": [{"type": "array", "items": {"$ref": "#/components/schemas/Thing.Inner.New"}, "maxItems": 4}, {"type": "null"}], "description": "Inners are some."}`},
		{"Thing.Patch", "names", `{"anyOf": [{"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "propertyNames": {"pattern": "^[^$.][^.]*$", "maxLength": 255}}, {"type": "null"}], "description": "Names are some."}`},
		{"Thing", "maker", `{"oneOf": [{"type": "string", "pattern": "^[0-9a-f]{24}$", "x-ref": "small_things"}, {"$ref": "#/components/schemas/Thing"}], "description": "Maker is one."}`},
		{"Thing", "makers", `{"type": "array", "items": {"type": "string", "pattern": "^[0-9a-f]{24}$"}, "description": "Makers are some."}`},
		{"Thing", "tags", `{"type": "array", "items": {"type": "string"}, "description": "Tags are some."}`},
		{"Thing", "names", `{"type": "object", "additionalProperties": {"type": "string"}, "description": "Names are some."}`},
		{"Thing", "count", `{"type": "integer", "format": "int64", "description": "Count is one.", "default": 3}`},
		{"Thing", "share", `{"type": "number", "format": "double", "description": "Share is one."}`},
		{"Thing", "owner", `{"type": "string", "pattern": "^[0-9a-f]{24}$", "description": "Owner is one."}`},
		{"Thing", "level", `{"type": "string", "enum": ["low", "high"], "description": "Level is one."}`},
		{"Thing", "inner", `{"$ref": "#/components/schemas/Thing.Inner", "description": "Inner is one."}`},
		{"Thing.Inner", "level", `{"type": "string", "enum": ["low", "high"], "description": "Level is one.", "default": "low"}`},
	}
	for _, test := range tests {
		var want any
		if err := json.Unmarshal([]byte(test.want), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, properties(t, document, test.schema)[test.property]); diff != "" {
			t.Errorf("%s.%s (-want +have):\n%s", test.schema, test.property, diff)
		}
	}
}

func TestRequiredMembers(t *testing.T) {
	_, document := newDocument(t)
	for schema, want := range map[string][]any{
		"Thing": {
			"_id", "code", "email", "count", "start",
		},
		"Thing.New":       {"code", "email", "password"},
		"Thing.Inner":     {"level", "note"},
		"Thing.Inner.New": {"note"},
	} {
		if diff := cmp.Diff(want, at(t, document, "components", "schemas", schema, "required")); diff != "" {
			t.Errorf("%s (-want +have):\n%s", schema, diff)
		}
	}
}

func TestListParameters(t *testing.T) {
	_, document := newDocument(t)
	var have []string
	var sorts any
	for _, p := range at(t, document, "paths", "/api/small_things", "get", "parameters").([]any) {
		name := at(t, p, "name").(string)
		have = append(have, name)
		if name == "sort" {
			sorts = at(t, p, "schema", "enum")
		}
	}
	want := []string{
		"limit", "after", "sort", "expand", "fields", "count", "_id", "_id[in]", "_id[gt]", "_id[gte]", "_id[lt]", "_id[lte]",
		"count[in]", "count[gt]", "count[gte]", "count[lt]", "count[lte]",
		"inner.level", "inner.level[in]", "inner.level[gt]", "inner.level[gte]", "inner.level[lt]", "inner.level[lte]", "tags", "tags[in]",
		"limit[in]", "limit[gt]", "limit[gte]", "limit[lt]", "limit[lte]",
		"title", "title[in]", "title[gt]", "title[gte]", "title[lt]", "title[lte]", "title[prefix]",
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("parameters (-want +have):\n%s", diff)
	}
	if diff := cmp.Diff([]any{
		"_id", "-_id", "count", "-count", "inner.level", "-inner.level", "limit", "-limit", "title", "-title",
		"count,_id", "-count,-_id", "inner.level,_id", "-inner.level,-_id", "title,limit", "-title,-limit", "title,limit,_id", "-title,-limit,-_id", "limit,_id", "-limit,-_id",
	}, sorts); diff != "" {
		t.Errorf("sorts (-want +have):\n%s", diff)
	}
}
