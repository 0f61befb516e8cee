package script_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/partywall/partywall/api/fleet/script"
	"github.com/partywall/partywall/api/fleet/steps"
)

var known = []steps.Step{fixed("fold"), fixed("grow")}

// fixed returns a step without members.
func fixed(name string) steps.Step {
	return steps.Step{Name: name, Read: func(*steps.Members) steps.Work { return steps.Work{} }}
}

// files returns migrations by name, each down file that is missing being empty.
func files(up map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range up {
		m[name] = &fstest.MapFile{Data: []byte(text)}
		if down, ok := strings.CutSuffix(name, ".up.json"); ok {
			if _, given := up[down+".down.json"]; !given {
				m[down+".down.json"] = &fstest.MapFile{Data: []byte("[]")}
			}
		}
	}
	return m
}

// TestMistakes has each mistake and its message.
func TestMistakes(t *testing.T) {
	element := func(text string) map[string]string { return map[string]string{"0001_a.up.json": "[" + text + "]"} }
	for name, c := range map[string]struct {
		files map[string]string
		says  string
	}{
		"no number":         {map[string]string{"a.up.json": "[]"}, "migrations/a.up.json: is not called as a migration is"},
		"short number":      {map[string]string{"001_a.up.json": "[]"}, "is not called as a migration is"},
		"no direction":      {map[string]string{"0001_a.json": "[]"}, "is not called as a migration is"},
		"capitals":          {map[string]string{"0001_A.up.json": "[]"}, "is not called as a migration is"},
		"not the first":     {map[string]string{"0002_a.up.json": "[]"}, "0002_a.down.json: its number is to be 0001"},
		"a gap":             {map[string]string{"0001_a.up.json": "[]", "0003_b.up.json": "[]"}, "0003_b.down.json: its number is to be 0002"},
		"zero":              {map[string]string{"0000_a.up.json": "[]"}, "its number is to be 0001"},
		"one number twice":  {map[string]string{"0001_a.up.json": "[]", "0001_b.up.json": "[]"}, "0001_b.up.json: has the number of 0001_a; give it the next one"},
		"no up":             {map[string]string{"0001_a.down.json": "[]"}, "0001_a.down.json: has no 0001_a.up.json"},
		"no JSON":           {map[string]string{"0001_a.up.json": "{"}, "0001_a.up.json: is not a JSON array"},
		"no array":          {map[string]string{"0001_a.up.json": `{"drop":"a"}`}, "is not a JSON array"},
		"null":              {map[string]string{"0001_a.up.json": `null`}, "is not a JSON array"},
		"empty":             {map[string]string{"0001_a.up.json": ``}, "is not a JSON array"},
		"two arrays":        {map[string]string{"0001_a.up.json": `[][]`}, "there is more behind the array"},
		"no document":       {element(`1`), "element 1: is not a document in Extended JSON"},
		"bad value":         {element(`{"drop":{"$oid":"x"}}`), "element 1: is not a document in Extended JSON"},
		"empty document":    {element(`{}`), "element 1: is empty"},
		"the second":        {element(`{"drop":"a"},{}`), "element 2: is empty"},
		"twice":             {element(`{"drop":"a","drop":"b"}`), `has "drop" twice`},
		"unknown step":      {element(`{"step":"shrink"}`), `there is no step "shrink"; there are fold, grow`},
		"nameless step":     {element(`{"step":1}`), `there is no step ""`},
		"step's option":     {element(`{"step":"fold","size":1}`), `element 1: fold has no "size"; write batch`},
		"batch 0":           {element(`{"step":"fold","batch":0}`), "batch is to be a whole number from 1 to 10000"},
		"batch 10001":       {element(`{"step":"fold","batch":10001}`), "batch is to be"},
		"batch 1.5":         {element(`{"step":"fold","batch":1.5}`), "batch is to be"},
		"batch text":        {element(`{"step":"fold","batch":"1"}`), "batch is to be"},
		"unknown command":   {element(`{"ping":1}`), `"ping" is no command that migrations may use; there are aggregate, collMod`},
		"drop database":     {element(`{"dropDatabase":1}`), "dropDatabase is refused: a migration never drops a database"},
		"rename":            {element(`{"renameCollection":"a.b","to":"c.d"}`), "renameCollection is refused: it names databases"},
		"findAndModify":     {element(`{"findAndModify":"a"}`), "write update or delete"},
		"$db":               {element(`{"drop":"a","$db":"other"}`), "$db is refused: a migration works on the tenant's own database"},
		"$readPreference":   {element(`{"drop":"a","$readPreference":{"mode":"primary"}}`), "$readPreference is refused"},
		"no answer":         {element(`{"drop":"a","writeConcern":{"w":0}}`), "writeConcern with w: 0 lets no server say"},
		"session":           {element(`{"drop":"a","lsid":{"id":1}}`), "lsid is the driver's to set"},
		"transaction":       {element(`{"drop":"a","txnNumber":1}`), "txnNumber is the driver's to set"},
		"no collection":     {element(`{"drop":1}`), "does not name a collection"},
		"whole database":    {element(`{"aggregate":1,"pipeline":[{"$out":"a"}]}`), "does not name a collection"},
		"system":            {element(`{"drop":"system.views"}`), `"system.views" is not a collection of the application's`},
		"$cmd":              {element(`{"drop":"$cmd"}`), "is not a collection of the application's"},
		"merge elsewhere":   {element(`{"aggregate":"a","pipeline":[{"$merge":{"into":{"db":"o","coll":"c"}}}]}`), "into names a database"},
		"out elsewhere":     {element(`{"aggregate":"a","pipeline":[{"$out":{"db":"o","coll":"c"}}]}`), "$out names a database"},
		"lookup elsewhere":  {element(`{"aggregate":"a","pipeline":[{"$facet":{"x":[{"$lookup":{"from":{"db":"o","coll":"c"}}}]}},{"$out":"b"}]}`), "from names a database"},
		"view elsewhere":    {element(`{"create":"a","viewOn":"b","pipeline":[{"$lookup":{"from":{"db":"o","coll":"c"}}}]}`), "from names a database"},
		"only reads":        {element(`{"aggregate":"a","pipeline":[{"$match":{}}]}`), "changes nothing; end the pipeline with $out or $merge"},
		"no pipeline":       {element(`{"aggregate":"a"}`), "aggregate needs pipeline"},
		"merge pipeline":    {element(`{"aggregate":"a","pipeline":[{"$merge":{"into":"b","whenMatched":[]}}]}`), "may change a document twice"},
		"only explains":     {element(`{"aggregate":"a","pipeline":[{"$out":"b"}],"explain":true}`), "changes nothing where it says explain"},
		"out to itself":     {element(`{"aggregate":"a","pipeline":[{"$match":{"n":1}},{"$set":{"n":2}},{"$out":"a"}]}`), "reads a and writes to it"},
		"merge to itself":   {element(`{"aggregate":"a","pipeline":[{"$set":{"n":{"$add":["$n",1]}}},{"$merge":"a"}]}`), "write an update with a pipeline, or go by way of another collection"},
		"into itself":       {element(`{"aggregate":"a","pipeline":[{"$limit":1},{"$merge":{"into":"a"}}]}`), "reads a and writes to it"},
		"into what it sees": {element(`{"aggregate":"a","pipeline":[{"$facet":{"x":[{"$lookup":{"from":"b","as":"c"}}]}},{"$merge":{"into":"b"}}]}`), "reads b and writes to it"},
		"out to a union":    {element(`{"aggregate":"a","pipeline":[{"$unionWith":"b"},{"$out":"b"}]}`), "reads b and writes to it"},
		"union by member":   {element(`{"aggregate":"a","pipeline":[{"$unionWith":{"coll":"b","pipeline":[]}},{"$out":"b"}]}`), "reads b and writes to it"},
		"merge that fails":  {element(`{"aggregate":"a","pipeline":[{"$merge":{"into":"b","whenMatched":"fail"}}]}`), `write "keepExisting", "replace" or "merge"`},
		"nameless":          {element(`{"aggregate":"a","pipeline":[{"$project":{"_id":0,"n":1}},{"$merge":"b"}]}`), "stores documents without an _id once more"},
		"unset the name":    {element(`{"aggregate":"a","pipeline":[{"$unset":["_id","n"]},{"$merge":{"into":"b","on":"_id"}}]}`), "keep the _id, or say with on"},
		"a count":           {element(`{"aggregate":"a","pipeline":[{"$count":"n"},{"$merge":"b"}]}`), "stores documents without an _id once more"},
		"no updates":        {element(`{"update":"a"}`), "update needs updates: an array of documents"},
		"no q":              {element(`{"update":"a","updates":[{"u":{}}]}`), "updates[0] needs q"},
		"no u":              {element(`{"update":"a","updates":[{"q":{}}]}`), "updates[0] needs u"},
		"no stages":         {element(`{"update":"a","updates":[{"q":{},"u":[]}]}`), "updates[0] has a u without stages"},
		"no statement":      {element(`{"update":"a","updates":[1]}`), "updates is to be an array of documents"},
		"no documents":      {element(`{"insert":"a","documents":[]}`), "insert needs documents"},
		"no limit":          {element(`{"delete":"a","deletes":[{"q":{}}]}`), "deletes[0] needs limit"},
		"any one":           {element(`{"delete":"a","deletes":[{"q":{"b":1},"limit":1}]}`), "would delete another document if it is run again"},
		"one of several":    {element(`{"delete":"a","deletes":[{"q":{"_id":{"$gt":1}},"limit":1}]}`), "would delete another document"},
	} {
		_, err := script.Load(files(c.files), known, nil)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; want %s", name, err, c.says)
		}
	}
}

// TestRepeatablePipelines are none of them.
func TestRepeatablePipelines(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"aggregate":"a","pipeline":[{"$set":{"from":"b","n":{"$add":["$n",1]}}},{"$merge":"b"}]}`,
		`{"aggregate":"a","pipeline":[{"$match":{"n":1}},{"$sort":{"n":1}},{"$unset":"n"},{"$out":"a"}]}`,
		`{"aggregate":"a","pipeline":[{"$merge":{"into":"a"}}]}`,
		`{"aggregate":"a","pipeline":[{"$lookup":{"from":"c","as":"d"}},{"$out":"b"}]}`,
		`{"aggregate":"a","pipeline":[{"$project":{"_id":0}},{"$out":"b"}]}`,
		`{"aggregate":"a","pipeline":[{"$project":{"_id":0,"n":1}},{"$merge":{"into":"b","on":"n","whenMatched":"replace"}}]}`,
		`{"aggregate":"a","pipeline":[{"$unset":"_id"},{"$set":{"_id":"$n"}},{"$merge":{"into":"b","whenMatched":"keepExisting"}}]}`,
		`{"aggregate":"a","pipeline":[{"$unset":"_id"},{"$group":{"_id":"$n"}},{"$merge":"b"}]}`,
	} {
		if _, err := script.Load(files(map[string]string{"0001_a.up.json": "[" + text + "]"}), nil, nil); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	_, err := script.Load(files(map[string]string{
		"0001_a.up.json": `[{"step":"x"},{"ping":1}]`, "0003_b.up.json": `{`, "c.json": ``,
	}), known, nil)
	if err == nil || strings.Count(err.Error(), "\n") != 4 {
		t.Errorf("%v", err)
	}
}

func TestLoad(t *testing.T) {
	all := map[string]string{
		"0001_a.up.json": `[{"step":"fold","batch":7}]`, "0002_b_c.up.json": "[ ]", "migrations.go": "package migrations",
	}
	load := func() *script.Files {
		loaded, err := script.Load(files(all), known, nil)
		if err != nil {
			t.Fatal(err)
		}
		return loaded
	}
	loaded := load()
	if loaded.Latest() != 2 || loaded.Get(2).Name != "b_c" || loaded.Get(0) != nil || loaded.Get(3) != nil {
		t.Errorf("%d, %+v", loaded.Latest(), loaded.Get(2))
	}
	sums := loaded.Checksums(2)
	if len(loaded.Checksums(1)) != 1 || len(loaded.Checksums(0)) != 0 || len(sums) != 2 || loaded.Edited(sums) != nil {
		t.Errorf("%v", sums)
	}
	// White space between tokens is no edit, all else is.
	all["0001_a.up.json"] = "[\r\n  {\"step\": \"fold\", \"batch\": 7}\n]\n"
	if edited := load().Edited(sums); len(edited) != 0 {
		t.Errorf("laid out otherwise: %v", edited[0])
	}
	all["0001_a.up.json"] = `[{"step":"fold","batch":8}]`
	if edited := load().Edited(sums); len(edited) != 1 || edited[0].Version != 1 {
		t.Errorf("edited: %v", edited)
	}
	if none, err := script.Load(nil, known, nil); err != nil || none.Latest() != 0 || none.Get(1) != nil {
		t.Errorf("without files: %v", err)
	}
}
