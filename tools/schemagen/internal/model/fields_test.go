package model

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/partywall/partywall/schema/def"
)

func TestFieldNameMistakes(t *testing.T) {
	named := func(names ...string) []def.Collection {
		var fields []def.Field
		for _, name := range names {
			fields = append(fields, def.Field{Name: name, Type: def.String})
		}
		return []def.Collection{person(fields...)}
	}
	stamped := func(name string) []def.Collection {
		return one(person(def.Field{Name: name, Type: def.Time}), func(c *def.Collection) { c.Timestamps = true })
	}
	within := func(name string) []def.Collection {
		return field(def.Field{Type: def.Object(object("Part", def.Field{Name: name, Type: def.String}))})
	}
	checkMistakes(t, []mistaken{
		{"right", named("a", "userId", "createdAt", "updatedAt"), nil},
		{"empty", named("a", ""), []string{
			`schema: Person field 2: has no Name; write the Name it is stored under`,
		}},
		{"two empty", named("", ""), []string{
			`schema: Person field 1: has no Name; write the Name it is stored under`,
			`schema: Person field 2: has no Name; write the Name it is stored under`,
		}},
		{"two without a letter", named("_", "__"), []string{
			`schema: Person._: the name "_" does not fit BSON and Go; write a letter from a to z, then letters, digits and _ only`,
			`schema: Person.__: the name "__" does not fit BSON and Go; write a letter from a to z, then letters, digits and _ only`,
		}},
		{"twice", named("a", "a"), []string{
			`schema: Person.a: is declared twice; write it once`,
		}},
		{"same Go name", named("userId", "user_id"), []string{
			`schema: Person.user_id: the Go name UserID is also that of "userId"; write a name that differs in letters or digits`,
		}},
		{"same Go name as two", named("userId", "user_id", "user_Id"), []string{
			`schema: Person.user_id: the Go name UserID is also that of "userId"; write a name that differs in letters or digits`,
			`schema: Person.user_Id: the Go name UserID is also that of "userId"; write a name that differs in letters or digits`,
		}},
		{"twice, and the same Go name", named("userId", "user_id", "userId"), []string{
			`schema: Person.user_id: the Go name UserID is also that of "userId"; write a name that differs in letters or digits`,
			`schema: Person.userId: is declared twice; write it once`,
		}},
		{"dot", named("a.b"), []string{
			`schema: Person.a.b: the name "a.b" does not fit BSON and Go; write a letter from a to z, then letters, digits and _ only`,
		}},
		{"dollar", named("$a"), []string{
			`schema: Person.$a: the name "$a" does not fit BSON and Go; write a letter from a to z, then letters, digits and _ only`,
		}},
		{"zero byte", named("a\x00"), []string{
			`schema: Person.a\x00: the name "a\x00" does not fit BSON and Go; write a letter from a to z, then letters, digits and _ only`,
		}},
		{"digit first", named("1a"), []string{
			`schema: Person.1a: the name "1a" does not fit BSON and Go; write a letter from a to z, then letters, digits and _ only`,
		}},
		{"longest", named(strings.Repeat("a", 64)), nil},
		{"too long", named(strings.Repeat("a", 65)), []string{
			`schema: Person.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: the name has 65 bytes; write at most 64`,
		}},
		{"_id", named("_id"), []string{
			`schema: Person._id: the name "_id" is reserved; write another name`,
		}},
		{"id", named("id"), []string{
			`schema: Person.id: the name "id" is reserved; write another name`,
		}},
		{"_rev", named("_rev"), []string{
			`schema: Person._rev: the name "_rev" is reserved; write another name`,
		}},
		{"rev", named("rev"), []string{
			`schema: Person.rev: the name "rev" is reserved; write another name`,
		}},
		{"__v", named("__v"), []string{
			`schema: Person.__v: the name "__v" is reserved; write another name`,
		}},
		{"createdAt", stamped("createdAt"), []string{
			`schema: Person.createdAt: the name "createdAt" is reserved where Timestamps is set; write no such field: the repository maintains it`,
		}},
		{"updatedAt", stamped("updatedAt"), []string{
			`schema: Person.updatedAt: the name "updatedAt" is reserved where Timestamps is set; write no such field: the repository maintains it`,
		}},
		{"updated_at", stamped("updated_at"), []string{
			`schema: Person.updated_at: the Go name UpdatedAt is that of a generated member; write another name`,
		}},
		{"generated ID", named("Id"), []string{
			`schema: Person.Id: the Go name ID is that of a generated member; write another name`,
		}},
		{"generated Rev", named("Rev"), []string{
			`schema: Person.Rev: the Go name Rev is that of a generated member; write another name`,
		}},
		{"generated AppendBSON", named("appendBSON"), []string{
			`schema: Person.appendBSON: the Go name AppendBSON is that of a generated member; write another name`,
		}},
		{"generated UnmarshalBSON", named("unmarshalBSON"), []string{
			`schema: Person.unmarshalBSON: the Go name UnmarshalBSON is that of a generated member; write another name`,
		}},
		{"generated AppendJSON", named("append_json"), []string{
			`schema: Person.append_json: the Go name AppendJSON is that of a generated member; write another name`,
		}},
		{"generated MarshalJSON", named("marshalJSON"), []string{
			`schema: Person.marshalJSON: the Go name MarshalJSON is that of a generated member; write another name`,
		}},
		{"generated MarshalBSON", named("marshalBSON"), []string{
			`schema: Person.marshalBSON: the Go name MarshalBSON is that of a generated member; write another name`,
		}},
		{"id within an object", within("id"), nil},
		{"method within an object", within("appendBSON"), []string{
			`schema: Part.appendBSON: the Go name AppendBSON is that of a generated member; write another name`,
		}},
		{"no doc", []def.Collection{{Name: "people", Entity: "Person", Doc: "Person is one.", Fields: []def.Field{{Name: "userId", Type: def.Int}}}}, nil},
		{"doc of something else", []def.Collection{person(def.Field{Name: "userId", Type: def.Int, Doc: "userId is one."})}, []string{
			`schema: Person.userId: the Doc does not start with "UserID"; write "UserID …"`,
		}},
	})
}

func TestFieldTypeMistakes(t *testing.T) {
	part := object("Part", text)
	nested := object("S00", text)
	for i := range 24 {
		nested = object("S"+string(rune('A'+i)), def.Field{Name: "s", Type: def.Object(nested)})
	}
	lists := def.Int
	for range 25 {
		lists = def.List(lists)
	}
	cycle := object("Cycle", def.Field{Name: "next"})
	cycle.Fields[0].Type = def.Type{Kind: def.KindObject, Struct: &cycle}
	flat := object("Flat", def.Field{Name: "lists", Type: def.Int})
	for range 22 {
		flat.Fields[0].Type = def.List(flat.Fields[0].Type)
	}
	typed := func(t def.Type) []def.Collection { return field(def.Field{Type: t}) }
	indexOn := func(path string, t def.Type) []def.Collection {
		return one(typed(t)[0], func(c *def.Collection) { c.Indexes = []def.Index{{Keys: []string{path}}} })
	}
	checkMistakes(t, []mistaken{
		{"required bool", field(def.Field{Type: def.Bool, Required: true}), nil},
		{"none", typed(def.Type{}), []string{
			`schema: Person.x: has no Type; write one of package def's, such as def.String`,
		}},
		{"unknown kind", typed(def.Type{Kind: "UnknownKind"}), []string{
			`schema: Person.x: has no Type; write one of package def's, such as def.String`,
		}},
		{"list of nothing", typed(def.Type{Kind: def.KindList}), []string{
			`schema: Person.x: is a List of no type; write def.List(def.String), or another type`,
		}},
		{"list of no type", typed(def.List(def.Type{})), []string{
			`schema: Person.x: has no Type; write one of package def's, such as def.String`,
		}},
		{"lists within each other", typed(def.Map(def.List(def.Map(def.Set(def.Int))))), nil},
		{"set of set", typed(def.Set(def.Set(def.Int))), []string{
			`schema: Person.x: is a Set of Set, whose values cannot be compared; write a List of Set`,
		}},
		{"map of nothing", typed(def.Type{Kind: def.KindMap}), []string{
			`schema: Person.x: is a Map of no type; write def.Map(def.String), or another type`,
		}},
		{"map of secret", typed(def.Map(def.Secret)), []string{
			`schema: Person.x: is a Map of a Secret, which can only be a field of the collection itself; write a Secret as a field of the collection`,
		}},
		{"lists too deep", typed(lists), []string{
			`schema: Person.x: nests more than 24 Objects, Lists, Sets and Maps; write a flatter document`,
		}},
		{"ref", typed(def.List(def.Ref("people"))), nil},
		{"ref to nothing", typed(def.Ref("")), []string{
			`schema: Person.x: is a Ref to "", which is not declared; write "people"`,
		}},
		{"ref in a map of an unknown collection", typed(def.Map(def.Ref("persons"))), []string{
			`schema: Person.x.*: is a Ref to "persons", which is not declared; write "people"`,
		}},
		{"ref to another database", append(typed(def.Ref("tenants")), def.Collection{
			Name: "tenants", Entity: "Tenant", Doc: "Tenant is one.", Scope: def.Admin, Fields: documented([]def.Field{text}),
		}), []string{
			`schema: Person.x: is a Ref to "tenants", which lives in another database; write a Ref to a collection of the same Scope`,
		}},
		{"ref beside another database", append([]def.Collection{{
			Name: "tenants", Entity: "Tenant", Doc: "Tenant is one.", Scope: def.Admin, Fields: documented([]def.Field{text}),
		}}, typed(def.Ref("people"))...), nil},
		{"set of object", typed(def.Set(def.Object(part))), []string{
			`schema: Person.x: is a Set of Object, whose values cannot be compared; write a List of Object`,
		}},
		{"set of float", typed(def.Set(def.Float)), []string{
			`schema: Person.x: is a Set of Float, whose values cannot be compared; write a List of Float`,
		}},
		{"list of secret", typed(def.List(def.Secret)), []string{
			`schema: Person.x: is a List of a Secret, which can only be a field of the collection itself; write a Secret as a field of the collection`,
		}},
		{"set of secret", typed(def.Set(def.Secret)), []string{
			`schema: Person.x: is a Set of a Secret, which can only be a field of the collection itself; write a Secret as a field of the collection`,
		}},
		{"secret in an object", typed(def.Object(object("Part", def.Field{Name: "key", Type: def.Secret}))), []string{
			`schema: Part.key: a Secret can only be a field of the collection itself; write it as a field of the collection`,
		}},
		{"object of nothing", typed(def.Type{Kind: def.KindObject}), []string{
			`schema: Person.x: is an Object without a Struct; write def.Object(…) of one`,
		}},
		{"index through an object of nothing", indexOn("x.a", def.Type{Kind: def.KindObject}), []string{
			`schema: Person.x: is an Object without a Struct; write def.Object(…) of one`,
		}},
		{"index on a secret in an object", indexOn("x.key", def.Object(object("Part", def.Field{Name: "key", Type: def.Secret}))), []string{
			`schema: Part.key: a Secret can only be a field of the collection itself; write it as a field of the collection`,
		}},
		{"index on no type", indexOn("x", def.Type{}), []string{
			`schema: Person.x: has no Type; write one of package def's, such as def.String`,
		}},
		{"24 objects deep", typed(nested.Fields[0].Type), nil},
		{"25 objects deep", typed(def.Object(nested)), []string{
			`schema: SA.s: nests more than 24 Objects, Lists, Sets and Maps; write a flatter document`,
		}},
		{"24 objects deep in two ways", []def.Collection{person(
			def.Field{Name: "short", Type: nested.Fields[0].Type.Struct.Fields[0].Type},
			def.Field{Name: "long", Type: nested.Fields[0].Type},
		)}, nil},
		{"deep in two ways", []def.Collection{person(
			def.Field{Name: "short", Type: nested.Fields[0].Type},
			def.Field{Name: "long", Type: def.Object(nested)},
		)}, []string{
			`schema: SX.s: nests more than 24 Objects, Lists, Sets and Maps; write a flatter document`,
		}},
		{"24 lists and objects deep in two ways", []def.Collection{person(
			def.Field{Name: "short", Type: def.Object(flat)},
			def.Field{Name: "long", Type: def.List(def.Object(flat))},
		)}, nil},
		{"lists and objects too deep in the second way", []def.Collection{person(
			def.Field{Name: "short", Type: def.Object(flat)},
			def.Field{Name: "long", Type: def.List(def.List(def.Object(flat)))},
		)}, []string{
			`schema: Person.long: nests more than 24 Objects, Lists, Sets and Maps; write a flatter document`,
		}},
		{"cycle", typed(def.Object(cycle)), []string{
			`schema: Cycle.next: is a Cycle within a Cycle; write a Struct of another Name`,
		}},
	})
}

func TestFieldRightsMistakes(t *testing.T) {
	checkMistakes(t, []mistaken{
		{"immutable", staff(def.Field{Name: "x", Type: def.Int, Immutable: true, SetBy: []string{"super"}}), nil},
		{"unknown role", staff(def.Field{Name: "x", Type: def.Int, SetBy: []string{"root"}}), []string{
			`schema: User.x: SetBy lists the unknown role "root"; write "super" or "basic"`,
		}},
		{"role twice", staff(def.Field{Name: "x", Type: def.Int, SetBy: []string{"super", "super"}}), []string{
			`schema: User.x: SetBy lists the role "super" twice; write it once`,
		}},
		{"no roles declared", field(def.Field{Type: def.Int, SetBy: []string{"root"}}), nil},
		{"required", staff(def.Field{Name: "x", Type: def.Int, SetBy: []string{"super"}, Required: true}), []string{
			`schema: User.x: is Required but has SetBy: nobody else could create the document; write a Default, or no Required`,
		}},
		{"in a struct, and wrong otherwise", staff(def.Field{Name: "x", Type: def.Object(object("Part",
			def.Field{Name: "n", Type: def.Int, SetBy: []string{"root", "root"}, Required: true}))}), []string{
			`schema: Part.n: SetBy is only for fields of the collection itself; write it on the field that holds the Object`,
		}},
		{"in a struct", field(def.Field{Type: def.Object(object("Part", def.Field{Name: "n", Type: def.Int, SetBy: []string{"super"}}))}), []string{
			`schema: Part.n: SetBy is only for fields of the collection itself; write it on the field that holds the Object`,
		}},
	})
}

func TestDefaultMistakes(t *testing.T) {
	strict := def.Struct{Name: "Strict", Doc: "Strict is one.", Fields: []def.Field{{Name: "must", Type: def.Int, Required: true, Doc: "Must is one."}}}
	part := object("Part", text)
	called := def.Struct{Name: "Called", Doc: "Called is one.", Fields: []def.Field{{Name: "by", Type: def.ObjectID, Default: def.Caller, Doc: "By is one."}}}
	given := func(t def.Type, v any) []def.Collection { return field(def.Field{Type: t, Default: v}) }
	today := time.Date(time.Now().Year(), time.Now().Month(), time.Now().Day(), 0, 0, 0, 0, time.UTC)
	noon := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	checkMistakes(t, []mistaken{
		{"required", field(def.Field{Type: def.Int, Default: 1, Required: true}), []string{
			`schema: Person.x: is Required, so its Default is never used; write one of the two`,
		}},
		{"string", given(def.String, 1), []string{
			`schema: Person.x: the Default is of Go type int, not String; write a string`,
		}},
		{"bool", given(def.Bool, "true"), []string{
			`schema: Person.x: the Default is of Go type string, not Bool; write true or false`,
		}},
		{"int", given(def.Int, 1.5), []string{
			`schema: Person.x: the Default is of Go type float64, not Int; write an integer`,
		}},
		{"float", given(def.Float, "1"), []string{
			`schema: Person.x: the Default is of Go type string, not Float; write a number`,
		}},
		{"float not finite", given(def.Float, math.Inf(1)), []string{
			`schema: Person.x: the Default is +Inf; write a finite number`,
		}},
		{"float not a number", given(def.Float, math.NaN()), []string{
			`schema: Person.x: the Default is NaN; write a finite number`,
		}},
		{"time", given(def.Time, "2024-05-01"), []string{
			`schema: Person.x: the Default is of Go type string, not Time; write a time.Time`,
		}},
		{"time too precise", given(def.Time, noon.Add(time.Microsecond)), []string{
			`schema: Person.x: the Default is more precise than a BSON date; write a constant of whole milliseconds`,
		}},
		{"now", given(def.Time, time.Now()), []string{
			`schema: Person.x: the Default is made by time.Now and would change whenever code is generated; write a constant, such as time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)`,
		}},
		{"today", given(def.Time, today), nil},
		{"latest time", given(def.Time, time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)), nil},
		{"time too late", given(def.Time, noon.AddDate(8000, 0, 0)), []string{
			`schema: Person.x: the Default is in the year 10024, in UTC; write one from 0 to 9999, as JSON writes them`,
		}},
		{"enum type", given(def.Enum("a", "b"), 1), []string{
			`schema: Person.x: the Default is of Go type int, not Enum; write a string`,
		}},
		{"enum member", given(def.Enum("a", "b", "c"), "d"), []string{
			`schema: Person.x: the Default "d" is not one of the enum's values; write "a", "b" or "c"`,
		}},
		{"enum without members", given(def.Enum(), "d"), []string{
			`schema: Person.x: the enum has no values; write at least one`,
		}},
		{"enum of one member", given(def.Enum("a"), "b"), []string{
			`schema: Person.x: the Default "b" is not one of the enum's values; write "a"`,
		}},
		{"enum with a length", field(def.Field{Type: def.Enum("a"), MinLen: 2, Default: "a"}), []string{
			`schema: Person.x: MinLen is for String, Secret, Bytes, List, Set, Map and Any, not Enum; write no MinLen`,
		}},
		{"int with a length", field(def.Field{Type: def.Int, MinLen: 2, Default: 3}), []string{
			`schema: Person.x: MinLen is for String, Secret, Bytes, List, Set, Map and Any, not Int; write Min`,
		}},
		{"named enum member", given(def.NamedEnum("Level", "low", "high"), "mid"), []string{
			`schema: Person.x: the Default "mid" is not one of the enum's values; write "low" or "high"`,
		}},
		{"secret", given(def.Secret, "x"), []string{
			`schema: Person.x: Secret cannot have a Default; write no Default`,
		}},
		{"any", given(def.Any, "x"), []string{
			`schema: Person.x: Any cannot have a Default; write no Default`,
		}},
		{"any with bounds", field(def.Field{Type: def.Any, MinLen: 5, MaxLen: 1 << 20}), nil},
		{"any with values", field(def.Field{Type: def.Any, Min: 1, Pattern: "a"}), []string{
			`schema: Person.x: Min is for Int, Float, Decimal and Time, not Any; write MinLen`,
			`schema: Person.x: Pattern is for String, not Any; write no Pattern`,
		}},
		{"list of any", given(def.List(def.Any), []any{}), nil},
		{"list of any that is given", given(def.List(def.Any), []any{1}), []string{
			`schema: Person.x: the Default has an element 0 that is of type Any, which no default can hold; write an empty one`,
		}},
		{"set of any", field(def.Field{Type: def.Set(def.Any)}), []string{
			`schema: Person.x: is a Set of Any, whose values cannot be compared; write a List of Any`,
		}},
		{"list", given(def.List(def.Int), []int{1}), nil},
		{"list of one too many kinds", given(def.List(def.Int), []any{1, "a"}), []string{
			`schema: Person.x: the Default has an element 1 that is of Go type string, not Int; write an integer`,
		}},
		{"list of another value", given(def.List(def.Enum("a", "b")), []string{"c"}), []string{
			`schema: Person.x: the Default has an element 0 that is "c", which is not one of the enum's values; write one of a, b`,
		}},
		{"list of what no literal is", given(def.List(def.ObjectID), []string{"x"}), []string{
			`schema: Person.x: the Default has an element 0 that is of type ObjectID, which no default can hold; write an empty one`,
		}},
		{"short list", field(def.Field{Type: def.List(def.Int), MinLen: 2, Default: []int{1}}), []string{
			`schema: Person.x: the Default has 1 elements, fewer than MinLen 2; write a longer Default`,
		}},
		{"long map", field(def.Field{Type: def.Map(def.Int), MaxLen: 1, Default: map[string]int{"a": 1, "b": 2}}), []string{
			`schema: Person.x: the Default has 2 elements, more than MaxLen 1; write a shorter Default`,
		}},
		{"map", given(def.Map(def.List(def.String)), map[string][]string{"a": {"b"}}), nil},
		{"map of others", given(def.Map(def.Int), map[string]string{"a": "b"}), []string{
			`schema: Person.x: the Default has an entry "a" that is of Go type string, not Int; write an integer`,
		}},
		{"no map", given(def.Map(def.Int), map[int]int{}), []string{
			`schema: Person.x: the Default is of Go type map[int]int, not Map; write a map of its entries, such as map[string]string{}`,
		}},
		{"set", given(def.Set(def.Int), 1), []string{
			`schema: Person.x: the Default is of Go type int, not Set; write a slice of its elements, such as []string{}`,
		}},
		{"object", given(def.Object(part), "x"), []string{
			`schema: Person.x: the Default is of Go type string, not Object; write def.FieldDefaults`,
		}},
		{"made", given(def.Time, def.Now), nil},
		{"made of another kind", given(def.Time, def.NewUUID), []string{
			`schema: Person.x: the Default is a new UUID, but the field is a date and time; write a Default of the field's type, or none`,
		}},
		{"made for a reference", given(def.Ref("people"), def.NewObjectID), []string{
			`schema: Person.x: the Default is a new ObjectID, but the field is the _id of a document of people; write a Default of the field's type, or none`,
		}},
		{"caller", given(def.ObjectID, def.Caller), nil},
		{"caller of a string", given(def.String, def.Caller), []string{
			`schema: Person.x: the Default is the user who creates the document, but the field is text; write a field of type ObjectID, or a reference to users`,
		}},
		{"caller of another reference", given(def.Ref("people"), def.CallerOnWrite), []string{
			`schema: Person.x: the Default is the user who changed the document last, but the field is the _id of a document of people; write a field of type ObjectID, or a reference to users`,
		}},
		{"required caller", field(def.Field{Type: def.ObjectID, Default: def.Caller, Required: true}), []string{
			`schema: Person.x: the Default is the user who creates the document, but operators, who may write too, are no users, and the field is Required; write no Required`,
		}},
		{"caller by a role", field(def.Field{Type: def.ObjectID, Default: def.Caller, SetBy: []string{"owner"}}), []string{
			`schema: Person.x: the Default is the user who creates the document, which requests cannot set themselves; write neither WriteOnly nor SetBy`,
		}},
		{"last caller that stays", field(def.Field{Type: def.ObjectID, Default: def.CallerOnWrite, Immutable: true}), []string{
			`schema: Person.x: the Default is the user who changed the document last, but the field is Immutable; write def.Caller, or no Immutable`,
		}},
		{"caller within an object", given(def.Object(called), def.FieldDefaults), []string{
			`schema: Called.by: the Default is the user who creates the document, but the field is one of an object in it; write the field into the collection`,
		}},
		{"object of its fields' defaults", given(def.Object(part), def.FieldDefaults), nil},
		{"object with a required member", given(def.Object(strict), def.FieldDefaults), []string{
			`schema: Person.x: has def.FieldDefaults, but Strict.must is Required and has none; write a Default for Strict.must, or no Default here`,
		}},
		{"fields' defaults of a string", given(def.String, def.FieldDefaults), []string{
			`schema: Person.x: the Default is of Go type def.fieldDefaults, not String; write a string`,
		}},
		{"object id", given(def.ObjectID, "x"), []string{
			`schema: Person.x: ObjectID cannot have a Default; write no Default, or one that is made, such as def.NewObjectID`,
		}},
		{"below", field(def.Field{Type: def.Int, Min: 3, Max: 5, Default: 2}), []string{
			`schema: Person.x: the Default 2 is below Min 3; write a Default within the bounds`,
		}},
		{"above", field(def.Field{Type: def.Float, Min: 3, Max: 5, Default: 5.5}), []string{
			`schema: Person.x: the Default 5.5 is above Max 5; write a Default within the bounds`,
		}},
		{"time below", field(def.Field{Type: def.Time, Min: noon, Default: noon.Add(-time.Hour)}), []string{
			`schema: Person.x: the Default 2024-05-01T11:00:00Z is below Min 2024-05-01T12:00:00Z; write a Default within the bounds`,
		}},
		{"the zero time", given(def.Time, time.Time{}), nil},
		{"the zero decimal", given(def.Decimal, "0E-6176"), []string{
			`schema: Person.x: the Default "0E-6176" is no number; write "0"`,
		}},
		{"a decimal that is 0", given(def.Decimal, "0.00"), nil},
		{"not UTF-8", given(def.String, "caf\xe9"), []string{
			`schema: Person.x: the Default "caf\xe9" is not UTF-8, or has a zero byte; write text that JSON can represent`,
		}},
		{"a zero byte", given(def.String, "a\x00"), []string{
			`schema: Person.x: the Default "a\x00" is not UTF-8, or has a zero byte; write text that JSON can represent`,
		}},
		{"on the bounds", field(def.Field{Type: def.Int, Min: 3, Max: 3, Default: 3}), nil},
		{"short", field(def.Field{Type: def.String, MinLen: 3, Default: "éé"}), []string{
			`schema: Person.x: the Default "éé" is shorter than MinLen 3; write a longer Default`,
		}},
		{"long", field(def.Field{Type: def.String, MaxLen: 3, Default: "four"}), []string{
			`schema: Person.x: the Default "four" is longer than MaxLen 3; write a shorter Default`,
		}},
		{"longer than one", field(def.Field{Type: def.String, MaxLen: 1, Default: "ab"}), []string{
			`schema: Person.x: the Default "ab" is longer than MaxLen 1; write a shorter Default`,
		}},
		{"characters, not bytes", field(def.Field{Type: def.String, MaxLen: 3, Default: "ééé"}), nil},
		{"pattern", field(def.Field{Type: def.String, Pattern: "a|b", Default: "ab"}), []string{
			`schema: Person.x: the Default "ab" does not match the Pattern "a|b"; write a Default that does`,
		}},
		{"pattern that does not compile", field(def.Field{Type: def.String, Pattern: "[a", Default: "a"}), []string{
			`schema: Person.x: the Pattern "[a" does not compile: missing closing ]; write a regular expression as package regexp reads them`,
		}},
		{"email", field(def.Field{Type: def.String, Format: def.Email, Default: "ada"}), []string{
			`schema: Person.x: the Default "ada" is not as the field is stored; write it as its Format, Trim, Lower and Upper make it`,
		}},
		{"email not folded", field(def.Field{Type: def.String, Format: def.Email, Default: "Ada@example.com"}), []string{
			`schema: Person.x: the Default "Ada@example.com" is not as the field is stored; write it as its Format, Trim, Lower and Upper make it`,
		}},
		{"email not composed", field(def.Field{Type: def.String, Format: def.Email, Default: "cafe\u0301@example.com"}), []string{
			"schema: Person.x: the Default \"cafe\u0301@example.com\" is not as the field is stored; write it as its Format, Trim, Lower and Upper make it",
		}},
		{"email whose domain is not in ASCII", field(def.Field{Type: def.String, Format: def.Email, Default: "ada@münchen.de"}), []string{
			`schema: Person.x: the Default "ada@münchen.de" is not as the field is stored; write it as its Format, Trim, Lower and Upper make it`,
		}},
		{"email with a dot at the end", field(def.Field{Type: def.String, Format: def.Email, Default: "ada@example.com."}), []string{
			`schema: Person.x: the Default "ada@example.com." is not as the field is stored; write it as its Format, Trim, Lower and Upper make it`,
		}},
		{"email with a character that only formats", field(def.Field{Type: def.String, Format: def.Email, Default: "a\u00adda@example.com"}), []string{
			`schema: Person.x: the Default "a\u00adda@example.com" is not as the field is stored; write it as its Format, Trim, Lower and Upper make it`,
		}},
		{"email in another script", field(def.Field{Type: def.String, Format: def.Email, Default: "café@xn--mnchen-3ya.de"}), nil},
		{"right email", field(def.Field{Type: def.String, Format: def.Email, Default: "ada@example.com"}), nil},
	})
}

func TestConstraintMistakes(t *testing.T) {
	noon := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	checkMistakes(t, []mistaken{
		{"min above max", field(def.Field{Type: def.Int, Min: 5, Max: 3}), []string{
			`schema: Person.x: Min 5 is above Max 3; write Min and Max the other way round`,
		}},
		{"time min above max", field(def.Field{Type: def.Time, Min: noon.Add(time.Hour), Max: noon}), []string{
			`schema: Person.x: Min 2024-05-01T13:00:00Z is above Max 2024-05-01T12:00:00Z; write Min and Max the other way round`,
		}},
		{"min of the wrong type", field(def.Field{Type: def.Int, Min: 1.5}), []string{
			`schema: Person.x: the Min is of Go type float64, not Int; write an integer`,
		}},
		{"max of the wrong type", field(def.Field{Type: def.Time, Max: 3}), []string{
			`schema: Person.x: the Max is of Go type int, not Time; write a time.Time`,
		}},
		{"bounds of the zero time", field(def.Field{Type: def.Time, Min: time.Time{}, Max: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}), []string{
			`schema: Person.x: the Min is the zero time, which stands for no bound; write another date, or nothing`,
			`schema: Person.x: the Max is in the year 10000, in UTC; write one from 0 to 9999, as JSON writes them`,
		}},
		{"bounds of a string", field(def.Field{Type: def.String, Min: 1, Max: 3}), []string{
			`schema: Person.x: Min is for Int, Float, Decimal and Time, not String; write MinLen`,
			`schema: Person.x: Max is for Int, Float, Decimal and Time, not String; write MaxLen`,
		}},
		{"bounds of a bool", field(def.Field{Type: def.Bool, Min: 1}), []string{
			`schema: Person.x: Min is for Int, Float, Decimal and Time, not Bool; write no Min`,
		}},
		{"minlen above maxlen", field(def.Field{Type: def.String, MinLen: 5, MaxLen: 3}), []string{
			`schema: Person.x: MinLen 5 is above MaxLen 3; write MinLen and MaxLen the other way round`,
		}},
		{"minlen above a maxlen of one", field(def.Field{Type: def.String, MinLen: 2, MaxLen: 1}), []string{
			`schema: Person.x: MinLen 2 is above MaxLen 1; write MinLen and MaxLen the other way round`,
		}},
		{"minlen as maxlen", field(def.Field{Type: def.String, MinLen: 3, MaxLen: 3}), nil},
		{"minlen alone", field(def.Field{Type: def.Secret, MinLen: 5}), nil},
		{"negative lengths", field(def.Field{Type: def.List(def.Int), MinLen: -1, MaxLen: -2}), []string{
			`schema: Person.x: MinLen is -1; write a positive number, or nothing for no bound`,
			`schema: Person.x: MaxLen is -2; write a positive number, or nothing for no bound`,
		}},
		{"length of an int", field(def.Field{Type: def.Int, MaxLen: 3}), []string{
			`schema: Person.x: MaxLen is for String, Secret, Bytes, List, Set, Map and Any, not Int; write Max`,
		}},
		{"length of an enum", field(def.Field{Type: def.Enum("a"), MinLen: 3}), []string{
			`schema: Person.x: MinLen is for String, Secret, Bytes, List, Set, Map and Any, not Enum; write no MinLen`,
		}},
		{"pattern of an int", field(def.Field{Type: def.Int, Pattern: "[0-9]"}), []string{
			`schema: Person.x: Pattern is for String, not Int; write no Pattern`,
		}},
		{"pattern of a list", field(def.Field{Type: def.List(def.String), Pattern: "[0-9]"}), []string{
			`schema: Person.x: Pattern is for String, not List; write no Pattern`,
		}},
		{"pattern does not compile", field(def.Field{Type: def.String, Pattern: "[a"}), []string{
			`schema: Person.x: the Pattern "[a" does not compile: missing closing ]; write a regular expression as package regexp reads them`,
		}},
		{"pattern closes a group", field(def.Field{Type: def.String, Pattern: "a)|(b"}), []string{
			`schema: Person.x: the Pattern "a)|(b" does not compile: unexpected ); write a regular expression as package regexp reads them`,
		}},
		{"format of an int", field(def.Field{Type: def.Int, Format: def.Email}), []string{
			`schema: Person.x: Format is for String, not Int; write no Format`,
		}},
		{"unknown format", field(def.Field{Type: def.String, Format: "phone"}), []string{
			`schema: Person.x: the Format "phone" is unknown; write one of package def's, such as def.Email`,
		}},
	})
}
