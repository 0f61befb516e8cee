package script_test

import (
	"strings"
	"testing"

	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/api/fleet/steps"
	"github.com/partywall/partywall/api/meta"
)

var ready = steps.All(new(meta.Collection))

// bookings is a schema with members of every form.
var bookings = []meta.Collection{{Name: "bookings", Fields: []meta.Field{
	{Name: "_id", Kind: "ObjectID"},
	{Name: "from", Kind: "Time"},
	{Name: "state", Kind: "Enum"},
	{Name: "days", Kind: "List", Elem: &meta.Field{Kind: "Time"}},
	{Name: "guest", Kind: "Object", Fields: []meta.Field{{Name: "phone", Kind: "String"}}},
	{Name: "items", Kind: "List", Elem: &meta.Field{Kind: "Object", Fields: []meta.Field{{Name: "price", Kind: "Decimal"}}}},
	{Name: "rates", Kind: "Map", IsMap: true, Elem: &meta.Field{Kind: "Object", Fields: []meta.Field{{Name: "price", Kind: "Decimal"}}}},
}}}

// TestMistakesOfSteps has what is wrong with the members of ready steps.
func TestMistakesOfSteps(t *testing.T) {
	t.Parallel()
	const place = `"collection":"bookings","path":"state"`
	for text, says := range map[string]string{
		`{"step":"to_date"}`:                                                                                     "element 1: to_date needs collection: the name of a collection\nmigrations/0001_a.up.json: element 1: to_date needs path: the dotted path of a member, such as address.city",
		`{"step":"to_date","collection":1,"path":"from"}`:                                                        "collection is to be the name of a collection",
		`{"step":"to_date","collection":"bookings","path":""}`:                                                   "path is to be the dotted path",
		`{"step":"to_date","collection":"bookings","path":"a..b"}`:                                               "path is to be the dotted path",
		`{"step":"to_date","collection":"bookings","path":"a.$x"}`:                                               "path is to be the dotted path",
		`{"step":"to_date","collection":"bookings","path":"_id"}`:                                                "path names _id, which steps leave alone; name another member",
		`{"step":"to_date","collection":"bookings","path":"_rev"}`:                                               "path names _rev",
		`{"step":"to_date","collection":"bookings","path":"items.0.price"}`:                                      "path has a position; leave it out",
		`{"step":"to_date","collection":"bookings","path":"*.a"}`:                                                "path begins with *",
		`{"step":"to_date","collection":"bookings","path":"from","form":"x"}`:                                    `to_date has no "form"; write collection, path, layouts, onUnfit or batch`,
		`{"step":"to_date","collection":"bookings","path":"from","onUnfit":"drop"}`:                              "onUnfit is to be fail or leave",
		`{"step":"to_date","collection":"bookings","path":"from","batch":0}`:                                     "batch is to be a whole number from 1 to 10000",
		`{"step":"to_date","collection":"bookings","path":"from","layouts":"x"}`:                                 "layouts is to be a list of layouts as Go's package time has them",
		`{"step":"to_date","collection":"bookings","path":"from","layouts":[1]}`:                                 "layouts is to be a list of",
		`{"step":"to_date","collection":"bookings","path":"from","layouts":["YYYY-MM-DD"]}`:                      `layouts: "YYYY-MM-DD" does not say year, month and day`,
		`{"step":"to_date","collection":"bookings","path":"from","layouts":["01/2006"]}`:                         "does not say year, month and day",
		`{"step":"to_date","collection":"bookings","path":"from","layouts":["2006-01-02 03:04"]}`:                "has hours up to 12, and not which half of the day",
		`{"step":"to_date","collection":"bookings","path":"from","layouts":["2006-01-02 15:04 MST"]}`:            "has a zone by its abbreviation alone",
		`{"step":"map_values",` + place + `}`:                                                                    `map_values needs values: a document of texts, {"old": "new", …}`,
		`{"step":"map_values",` + place + `,"values":{}}`:                                                        "values is to be a document of texts",
		`{"step":"map_values",` + place + `,"values":{"a":1}}`:                                                   "values is to be a document of texts",
		`{"step":"map_values",` + place + `,"values":{"a":"b","a":"c"}}`:                                         "values is to be a document of texts, {\"old\": \"new\", …}, each once",
		`{"step":"map_values",` + place + `,"values":{"a":"b","b":"c"}}`:                                         `values: "a" becomes "b", which becomes "c"; map it to the last`,
		`{"step":"map_values",` + place + `,"values":{"a":"b","b":"a"}}`:                                         `values: "a" becomes "b", which becomes "a"`,
		`{"step":"rename_member",` + place + `}`:                                                                 "rename_member needs to: the dotted path of a member",
		`{"step":"rename_member",` + place + `,"to":"state"}`:                                                    "path and to are the same",
		`{"step":"rename_member",` + place + `,"to":"state.name"}`:                                               "path and to lie within each other",
		`{"step":"rename_member","collection":"bookings","path":"rates.*.price","to":"prices.*.price"}`:          "path and to pass through different maps",
		`{"step":"rename_member","collection":"bookings","path":"rates.*","to":"x"}`:                             "path ends with *, which is no one name",
		`{"step":"drop_member","collection":"bookings","path":"rates.*"}`:                                        "path ends with *",
		`{"step":"fill_member",` + place + `}`:                                                                   "fill_member needs value: what the member is to be, in Extended JSON",
		`{"step":"fill_member",` + place + `,"value":null}`:                                                      "fill_member needs value",
		`{"step":"remove_repeats",` + place + `}`:                                                                "remove_repeats needs by: the dotted path that orders them",
		`{"step":"remove_repeats",` + place + `,"by":"from"}`:                                                    "remove_repeats needs keep: newest or oldest\n",
		`{"step":"remove_repeats",` + place + `,"by":"from","keep":"newest"}`:                                    "remove_repeats needs others: delete or drop_member",
		`{"step":"remove_repeats",` + place + `,"by":"from","keep":"best","others":"delete"}`:                    "keep is to be newest or oldest",
		`{"step":"remove_repeats",` + place + `,"by":"rates.*.price","keep":"newest","others":"delete"}`:         "by passes through the entries of a map",
		`{"step":"remove_repeats",` + place + `,"within":["_rev"],"by":"_id","keep":"oldest","others":"delete"}`: "within names _rev",
	} {
		_, err := script.Load(files(map[string]string{"0001_a.up.json": "[" + text + "]"}), ready, bookings)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s\nsays %v\nnot  %s", text, err, says)
		}
	}
}

// TestNewestIsCompared: what the newest migration names is in the schema, or was until it.
func TestNewestIsCompared(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ up, down, says string }{
		"all is there": {`[
			{"step":"to_date","collection":"bookings","path":"from"}, {"step":"to_date","collection":"bookings","path":"days"},
			{"step":"to_decimal","collection":"bookings","path":"items.price"}, {"step":"to_decimal","collection":"bookings","path":"rates.*.price"},
			{"step":"rename_member","collection":"bookings","path":"tel","to":"guest.phone"}, {"step":"drop_member","collection":"bookings","path":"old"},
			{"step":"fold_emails"}]`, `[
			{"step":"fill_member","collection":"bookings","path":"old.er","value":1}, {"step":"rename_member","collection":"bookings","path":"guest.phone","to":"tel"},
			{"step":"to_text","collection":"bookings","path":"from"}]`, ""},
		"no collection":    {`[{"step":"to_date","collection":"booking","path":"from"}]`, `[]`, `0002_b.up.json: element 1: to_date: no tenant has a collection "booking"; there are bookings`},
		"dropped since":    {`[{"step":"to_date","collection":"old","path":"from"},{"drop":"old"}]`, `[]`, ""},
		"no member":        {`[{"create":"x"},{"step":"to_date","collection":"bookings","path":"form"}]`, `[]`, "0002_b.up.json: element 2: to_date: bookings has no member form; correct the path or"},
		"of no object":     {`[{"step":"fill_member","collection":"bookings","path":"state.name","value":1}]`, `[]`, "bookings has no member state.name"},
		"of an entry":      {`[{"step":"to_decimal","collection":"bookings","path":"rates.summer.price"}]`, `[]`, "bookings has no member rates.summer.price"},
		"no new name":      {`[{"step":"rename_member","collection":"bookings","path":"tel","to":"guest.tel"}]`, `[]`, "bookings has no member guest.tel"},
		"another kind":     {`[{"step":"to_text","collection":"bookings","path":"from"}]`, `[]`, "bookings declares from as Time, which is not what it becomes; declare it as String or Enum or NamedEnum, or name another step"},
		"elements":         {`[{"step":"to_number","collection":"bookings","path":"days"}]`, `[]`, "bookings declares days as Time"},
		"on the way back":  {`[]`, `[{"step":"to_text","collection":"bookings","path":"form"}]`, "0002_b.down.json: element 1: to_text: bookings has no member form"},
		"what orders them": {`[{"step":"remove_repeats","collection":"bookings","path":"state","by":"at","keep":"newest","others":"delete"}]`, `[]`, "bookings has no member at"},
		"by _id":           {`[{"step":"remove_repeats","collection":"bookings","path":"state","by":"_id","keep":"newest","others":"delete"}]`, `[]`, ""},
	} {
		older := `[{"step":"to_date","collection":"forgotten","path":"from"}]`
		_, err := script.Load(files(map[string]string{"0001_a.up.json": older, "0002_b.up.json": c.up, "0002_b.down.json": c.down}), ready, bookings)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
