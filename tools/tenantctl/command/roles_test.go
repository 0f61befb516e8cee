package command

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted"
)

// resource is what a privilege is about, as MongoDB writes it.
type resource struct {
	DB         string `json:"db"`
	Collection string `json:"collection"`
	Cluster    bool   `json:"cluster"`
}

type privilege struct {
	Resource resource `json:"resource"`
	Actions  []string `json:"actions"`
}

// role is what db.createRole takes.
type role struct {
	Name       string      `json:"role"`
	Privileges []privilege `json:"privileges"`
	Roles      []string    `json:"roles"`
}

// grant is one action on one resource.
type grant struct {
	resource
	action string
}

func (g grant) String() string {
	where := fmt.Sprintf("{db: %q, collection: %q}", g.DB, g.Collection)
	if g.Cluster {
		where = "the cluster"
	}
	return g.action + " on " + where
}

// covers reports whether the grant allows what is needed: by MongoDB's rule a
// resource that names no collection is every collection but the server's own, and
// one that names no database every database but local and config, which it only
// leaves out where a collection is meant (buildResourceSearchList in
// src/mongo/db/auth).
func (g grant) covers(n need) bool {
	if g.action != n.action || g.Cluster != n.Cluster {
		return false
	}
	if n.Cluster {
		return true
	}
	database := g.DB == "" || g.DB == n.DB
	if n.Collection == "" {
		return database && g.Collection == ""
	}
	if strings.HasPrefix(n.Collection, "system.") {
		return database && g.Collection == n.Collection
	}
	if g.DB == "" && g.Collection == "" && (n.DB == "local" || n.DB == "config") {
		return false
	}
	return database && (g.Collection == "" || g.Collection == n.Collection)
}

// need is what a command needs: the resource is a collection, a database where it names
// no collection, or the cluster.
type need = grant

// rule says which actions MongoDB asks for a command.
type rule struct {
	// of is the resource: the command's collection, unless told otherwise.
	of of
	// actions are asked for always, when those that are asked for when the command says
	// something.
	actions []string
	when    []condition
	// source is where it is documented, below manual.
	source string
}

type of int

const (
	ofCollection of = iota
	ofDatabase
	ofCluster
	ofNothing // whoever is authenticated may
)

// condition asks for actions.
type condition struct {
	says    func(bson.Raw) bool
	actions []string
}

// manual is what sources are below.
const manual = "https://www.mongodb.com/docs/v8.0/reference/"

var accessRules = map[string]rule{
	"aggregate":        {actions: []string{"find"}, source: "command/aggregate/#required-access; stages below"},
	"collMod":          {actions: []string{"collMod"}, source: "privilege-actions/#mongodb-authaction-collMod"},
	"connectionStatus": {of: ofNothing, source: "command/connectionStatus"},
	"buildInfo":        {of: ofNothing, source: "command/buildInfo"},
	"count":            {actions: []string{"find"}, source: "privilege-actions/#mongodb-authaction-find"},
	"create":           {actions: []string{"createCollection"}, source: "privilege-actions/#mongodb-authaction-createCollection"},
	"createIndexes":    {actions: []string{"createIndex"}, source: "privilege-actions/#mongodb-authaction-createIndex"},
	"delete":           {actions: []string{"remove"}, source: "privilege-actions/#mongodb-authaction-remove"},
	"distinct":         {actions: []string{"find"}, source: "privilege-actions/#mongodb-authaction-find"},
	"drop":             {actions: []string{"dropCollection"}, source: "privilege-actions/#mongodb-authaction-dropCollection"},
	"dropDatabase":     {of: ofDatabase, actions: []string{"dropDatabase"}, source: "privilege-actions/#mongodb-authaction-dropDatabase"},
	"dropIndexes":      {actions: []string{"dropIndex"}, source: "privilege-actions/#mongodb-authaction-dropIndex"},
	"endSessions":      {of: ofNothing, source: "command/endSessions"}, // one's own
	"find":             {actions: []string{"find"}, source: "privilege-actions/#mongodb-authaction-find"},
	"findAndModify": {actions: []string{"find"}, source: "command/findAndModify", when: []condition{
		{func(c bson.Raw) bool { return !said(c, "remove") }, []string{"update"}},
		{func(c bson.Raw) bool { return said(c, "remove") }, []string{"remove"}},
		{func(c bson.Raw) bool { return said(c, "upsert") }, []string{"insert"}},
	}},
	"getMore":         {of: ofNothing, source: "command/getMore/#access-control"}, // of cursors that one opened
	"getParameter":    {of: ofCluster, actions: []string{"getParameter"}, source: "privilege-actions/#mongodb-authaction-getParameter"},
	"hello":           {of: ofNothing, source: "command/hello"},
	"insert":          {actions: []string{"insert"}, source: "privilege-actions/#mongodb-authaction-insert"},
	"killCursors":     {of: ofNothing, source: "command/killCursors/#required-access"}, // one's own
	"listCollections": {of: ofDatabase, actions: []string{"listCollections"}, source: "command/listCollections/#required-access"},
	"listDatabases":   {of: ofCluster, actions: []string{"listDatabases"}, source: "privilege-actions/#mongodb-authaction-listDatabases"},
	"listIndexes":     {actions: []string{"listIndexes"}, source: "command/listIndexes/#required-access"},
	"ping":            {of: ofNothing, source: "command/ping"},
	"serverStatus":    {of: ofCluster, actions: []string{"serverStatus"}, source: "privilege-actions/#mongodb-authaction-serverStatus"},
	"update": {actions: []string{"update"}, source: "command/update/#access-control", when: []condition{
		{func(c bson.Raw) bool { return anyOf(c, "updates", "upsert") }, []string{"insert"}},
	}},
}

// stages are what the stages of an aggregation ask for beside find. Those that write do
// so of the collection that they name.
var stages = map[string][]string{
	"$match": nil, "$group": nil, "$sort": nil, "$project": nil, "$limit": nil, "$skip": nil, "$unwind": nil, "$count": nil, "$set": nil, "$addFields": nil,
	"$collStats":    {"collStats"},        // operator/aggregation/collStats
	"$indexStats":   {"indexStats"},       // operator/aggregation/indexStats
	"$changeStream": {"changeStream"},     // changeStreams/#access-control
	"$out":          {"insert", "remove"}, // operator/aggregation/out/#required-privileges
	"$merge":        {"insert", "update"}, // operator/aggregation/merge/#required-privileges
}

func said(c bson.Raw, member string) bool {
	v, ok := c.Lookup(member).BooleanOK()
	return ok && v
}

func anyOf(c bson.Raw, list, member string) bool {
	items, _ := c.Lookup(list).ArrayOK()
	values, _ := items.Values()
	return slices.ContainsFunc(values, func(v bson.RawValue) bool {
		doc, ok := v.DocumentOK()
		return ok && said(doc, member)
	})
}

// needs returns what a command needs.
func needs(c scripted.Command) ([]need, error) {
	r, known := accessRules[c.Name]
	if !known {
		return nil, fmt.Errorf("no rule says what %s needs", c.Name)
	}
	where := map[of]resource{
		ofCollection: {DB: c.Database, Collection: c.Collection}, ofDatabase: {DB: c.Database}, ofCluster: {Cluster: true},
	}[r.of]
	if r.of == ofCollection && c.Collection == "" {
		return nil, fmt.Errorf("%s names no collection: %s", c.Name, c.Body)
	}
	actions := slices.Clone(r.actions)
	for _, condition := range r.when {
		if condition.says(c.Body) {
			actions = append(actions, condition.actions...)
		}
	}
	var all []need
	for _, action := range actions {
		all = append(all, need{where, action})
	}
	if c.Name != "aggregate" {
		return all, nil
	}
	further, err := stagesNeed(c, where)
	return append(all, further...), err
}

func stagesNeed(c scripted.Command, where resource) ([]need, error) {
	var all []need
	pipeline, _ := c.Body.Lookup("pipeline").ArrayOK()
	list, err := pipeline.Values()
	if err != nil {
		return nil, err
	}
	for _, v := range list {
		stage, err := v.Document().IndexErr(0)
		if err != nil {
			return nil, err
		}
		actions, known := stages[stage.Key()]
		if !known {
			return nil, fmt.Errorf("no rule says what the stage %s needs", stage.Key())
		}
		at := where
		if name := stage.Key(); name == "$out" || name == "$merge" {
			at.Collection = target(stage.Value())
		}
		for _, action := range actions {
			all = append(all, need{at, action})
		}
	}
	return all, nil
}

// target returns the collection that $out or $merge writes to.
func target(v bson.RawValue) string {
	if name, ok := v.StringValueOK(); ok {
		return name
	}
	for _, member := range []string{"coll", "into"} {
		if in, err := v.Document().LookupErr(member); err == nil {
			return target(in)
		}
	}
	return ""
}

const privileges = "../../../docs/privileges.md"

var (
	createRole = regexp.MustCompile(`(?s)createRole\((\{.*?\n\})\)`)
	memberName = regexp.MustCompile(`([{,]\s*|^\s*)([a-zA-Z]+):`)
	lastComma  = regexp.MustCompile(`,(\s*[\]}])`)
	atlasRole  = regexp.MustCompile(`(?s)createCustomDbRole[^\n]*<<'END'\n(.*?)\nEND\n`)
	createUser = regexp.MustCompile(`createUser\(\{ user: "(\w+)".*roles: \["(\w+)"\]`)
	atlasUser  = regexp.MustCompile(`atlas dbusers create --username (\w+) --role (\w+)@admin`)
)

// documentedRoles reads the roles in docs/privileges.md: as mongosh takes them, and as
// Atlas does.
func documentedRoles(t *testing.T) (shell, atlas map[string]role) {
	t.Helper()
	text := textOf(t, privileges)
	shell, atlas = map[string]role{}, map[string]role{}
	for _, found := range createRole.FindAllStringSubmatch(text, -1) {
		object := lastComma.ReplaceAllString(memberName.ReplaceAllString(found[1], `$1"$2":`), "$1")
		var r role
		if err := json.Unmarshal([]byte(object), &r); err != nil {
			t.Fatalf("%v in\n%s", err, object)
		}
		shell[r.Name] = r
	}
	for _, found := range atlasRole.FindAllStringSubmatch(text, -1) {
		r := readAtlasRole(t, found[1])
		atlas[r.Name] = r
	}
	return shell, atlas
}

func textOf(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// readAtlasRole reads what Atlas's API takes: resources by action, not actions by
// resource, and actions in capitals.
func readAtlasRole(t *testing.T, text string) role {
	t.Helper()
	var given struct {
		RoleName string
		Actions  []struct {
			Action    string
			Resources []resource
		}
		InheritedRoles []struct{ DB, Role string }
	}
	if err := json.Unmarshal([]byte(text), &given); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	r := role{Name: given.RoleName}
	for _, a := range given.Actions {
		for _, where := range a.Resources {
			r.Privileges = append(r.Privileges, privilege{where, []string{camel(a.Action)}})
		}
	}
	for _, inherited := range given.InheritedRoles {
		if inherited.DB != "admin" {
			t.Errorf("%s inherits a role of %s", r.Name, inherited.DB)
		}
		r.Roles = append(r.Roles, inherited.Role)
	}
	return r
}

// camel returns FIND_THIS as findThis.
func camel(action string) string {
	words := strings.Split(strings.ToLower(action), "_")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// grants returns all that a role allows, roles that it inherits included.
func grants(t *testing.T, roles map[string]role, name string) []grant {
	t.Helper()
	r, ok := roles[name]
	if !ok {
		t.Fatalf("%s has no role %s", privileges, name)
	}
	all := r.own()
	for _, inherited := range r.Roles {
		all = append(all, grants(t, roles, inherited)...)
	}
	return all
}

// own returns the grants that the role does not inherit.
func (r role) own() []grant {
	var all []grant
	for _, p := range r.Privileges {
		for _, action := range p.Actions {
			all = append(all, grant{p.Resource, action})
		}
	}
	return all
}

// hold compares the role with the commands that its bearers sent: it must allow all of
// them, and nothing that none of them needs.
func hold(t *testing.T, name string, sent []scripted.Command) {
	t.Helper()
	roles, _ := documentedRoles(t)
	allowed := grants(t, roles, name)
	needed := map[need]scripted.Command{}
	for _, c := range sent {
		all, err := needs(c)
		if err != nil {
			t.Error(err)
		}
		for _, n := range all {
			if n.Collection == another {
				n.Collection = "users"
			}
			needed[n] = c
		}
	}
	permits := func(list []grant, n need) bool {
		return slices.ContainsFunc(list, func(g grant) bool { return g.covers(n) })
	}
	for n, c := range needed {
		if !permits(allowed, n) {
			t.Errorf("%s does not allow %s, which %s%s says that this needs: %s", name, n, manual, accessRules[c.Name].source, c.Body)
		}
	}
	for i, g := range allowed {
		rest := slices.Delete(slices.Clone(allowed), i, i+1)
		idle := true
		for n := range needed {
			idle = idle && (permits(rest, n) || !g.covers(n))
		}
		if idle {
			t.Errorf("%s allows %s, which nothing needs that it was used for", name, g)
		}
	}
}
