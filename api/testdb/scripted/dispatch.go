package scripted

import (
	"errors"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

// call is a command that is being carried out.
type call struct {
	Command
	now time.Time
}

// get is an option of the command.
func (c *call) get(name string) bson.RawValue { return value.Get(c.Body, name) }

// document is an option that is a document, empty if it is not there.
func (c *call) document(name string) (bson.Raw, error) {
	v := c.get(name)
	switch v.Type {
	case value.Missing, bson.TypeNull:
		return value.Encode(nil), nil
	case bson.TypeEmbeddedDocument:
		return v.Value, nil
	}
	return nil, fault.TypeMismatch("BSON field '%s.%s' is the wrong type '%s', expected type 'object'", c.Name, name, value.TypeName(v.Type))
}

// documents are an option that is a list of documents.
func (c *call) documents(name string) ([]bson.Raw, error) {
	v := c.get(name)
	if v.Type != bson.TypeArray {
		return nil, fault.New(40414, "BSON field '%s.%s' is missing but a required field", c.Name, name)
	}
	var docs []bson.Raw
	for _, e := range value.Elements(v) {
		doc, ok := e.DocumentOK()
		if !ok {
			return nil, fault.TypeMismatch("BSON field '%s.%s' is the wrong type '%s', expected type 'object'", c.Name, name, value.TypeName(e.Type))
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

// number is an option that is a number, otherwise if it is not there.
func (c *call) number(name string, otherwise int64) (int64, error) {
	v := c.get(name)
	if v.Type == value.Missing || v.Type == bson.TypeNull {
		return otherwise, nil
	}
	n, ok := value.Truncated(v)
	if !ok {
		return 0, fault.TypeMismatch("BSON field '%s.%s' is the wrong type '%s', expected types '[long, int, decimal, double]'", c.Name, name, value.TypeName(v.Type))
	}
	return n, nil
}

// flag is an option that is true or false, otherwise if it is not there.
func (c *call) flag(name string, otherwise bool) bool {
	if b, ok := c.get(name).BooleanOK(); ok {
		return b
	}
	return otherwise
}

// namespace is the collection that the command is about.
func (c *call) namespace() namespace { return namespace{c.Database, c.Collection} }

// handler carries a command out, alone: no other is under way meanwhile.
type handler func(*Server, *call) (bson.D, error)

// handlerOf is how a command is carried out, nil if it is not known.
func handlerOf(name string) handler {
	for _, known := range []map[string]handler{plain, reading, writing, defining} {
		if h, ok := known[name]; ok {
			return h
		}
	}
	return nil
}

// plain are commands that any server takes, primary or not.
var plain = map[string]handler{
	"ping":         func(*Server, *call) (bson.D, error) { return nil, nil },
	"endSessions":  (*Server).endSessions,
	"buildInfo":    (*Server).buildInfo,
	"serverStatus": (*Server).serverStatus,
	"killCursors":  (*Server).killCursors,
	"getParameter": (*Server).getParameter,
	"connectionStatus": func(*Server, *call) (bson.D, error) {
		return bson.D{{Key: "authInfo", Value: bson.D{{Key: "authenticatedUsers", Value: bson.A{}}, {Key: "authenticatedUserRoles", Value: bson.A{}}}}}, nil
	},
}

// handle answers a request. More says that another answer follows, cut that none
// does and the connection ends.
func (s *Server) handle(c *connection, req *request) (reply bson.Raw, more, cut bool) {
	fields := value.Fields(req.body)
	if len(fields) == 0 {
		return s.failure(req.body, fault.New(9, "there is no command")), false, false
	}
	cmd := commandOf(req.body, fields[0], c.id)
	greeting := cmd.Name == hello
	rules := s.script.note(cmd, !greeting && !s.unrecorded)
	err, cut := s.before(rules)
	switch {
	case cut:
	case err != nil:
		reply = s.failure(req.body, err)
	case greeting:
		reply, more = s.greet(c, req)
	default:
		reply, err = s.run(&call{Command: cmd, now: time.Now()})
		if reply, err, cut = s.after(rules, req.body, reply, err); err != nil {
			reply = s.failure(req.body, err)
		}
	}
	return reply, more, cut
}

// hello is the greeting's name. Older drivers, and all before they know better, call
// it otherwise.
const hello = "hello"

func commandOf(body bson.Raw, first value.Field, connection int64) Command {
	c := Command{Name: first.Name, Body: body, Connection: connection}
	if strings.EqualFold(c.Name, "isMaster") {
		c.Name = hello
	}
	c.Database, _ = value.Get(body, "$db").StringValueOK()
	name, ok := first.Value.StringValueOK()
	if first.Name == "getMore" {
		name, ok = value.Get(body, "collection").StringValueOK()
	}
	if ok {
		c.Collection = name
	}
	return c
}

// run carries a command out.
func (s *Server) run(c *call) (bson.Raw, *fault.Error) {
	h := handlerOf(c.Name)
	if h == nil && c.Name != "getMore" {
		return nil, fault.New(59, "no such command: '%s'", c.Name)
	}
	if c.get("startTransaction").Type != value.Missing || c.get("autocommit").Type != value.Missing {
		return nil, fault.New(115, "the scripted server does not model transactions")
	}
	if err := plainly(c.Body); err != nil {
		return nil, err
	}
	if err := s.refuseAsSecondary(c); err != nil {
		return nil, err
	}
	var d bson.D
	var err error
	if c.Name == "getMore" {
		d, err = s.getMore(c)
	} else {
		s.mu.Lock()
		defer s.mu.Unlock()
		if err = s.refuseByType(c); err == nil {
			d, err = s.once(c, h)
		}
	}
	if err != nil {
		return nil, asFault(err)
	}
	return value.Make(append(append(d, bson.E{Key: "ok", Value: 1.0}), s.clock(c.now)...)), nil
}

// plainly refuses a command that compares strings by a language's rules, but for what
// is modelled of those.
func plainly(doc bson.Raw) *fault.Error {
	if _, modelled := value.Folds(value.Get(doc, "collation")); !modelled {
		return fault.NotModelled("collations but those of strength 1 and 2")
	}
	return nil
}

// statementPlainly refuses a statement that does.
func statementPlainly(doc bson.Raw) *fault.Error {
	if folds, _ := value.Folds(value.Get(doc, "collation")); folds {
		return fault.NotModelled("collations of statements")
	}
	return nil
}

// refuseAsSecondary refuses what only a primary does.
func (s *Server) refuseAsSecondary(c *call) *fault.Error {
	if !s.topology.isSecondary() {
		return nil
	}
	if _, ok := plain[c.Name]; ok {
		return nil
	}
	if _, ok := reading[c.Name]; !ok && c.Name != "getMore" {
		return fault.New(10107, "not primary")
	}
	preference, _ := c.get("$readPreference").DocumentOK()
	if mode, ok := value.Get(preference, "mode").StringValueOK(); !ok || mode == "primary" {
		return fault.New(13435, "not primary and secondaryOk=false")
	}
	return nil
}

func asFault(err error) *fault.Error {
	var f *fault.Error
	if errors.As(err, &f) {
		return f
	}
	return fault.New(1, "%v", err)
}

// failure is the answer to a command that failed.
func (s *Server) failure(body bson.Raw, err *fault.Error) bson.Raw {
	d := bson.D{
		{Key: "ok", Value: 0.0}, {Key: "errmsg", Value: err.Text}, {Key: "code", Value: err.Code}, {Key: "codeName", Value: err.Name},
	}
	d = append(append(d, err.Fields...), s.consequences(body, err)...)
	return value.Make(append(d, s.clock(time.Now())...))
}

// consequences are what drivers act upon, beside an error.
func (s *Server) consequences(body bson.Raw, err *fault.Error) (d bson.D) {
	names := err.Labels
	if names == nil && slices.Contains(retryable, err.Code) && value.Get(body, "txnNumber").Type != value.Missing {
		names = []string{"RetryableWriteError"}
	}
	if len(names) > 0 {
		d = append(d, bson.E{Key: "errorLabels", Value: names})
	}
	if slices.Contains(stateChanges, err.Code) {
		d = append(d, bson.E{Key: "topologyVersion", Value: s.topology.version()})
	}
	return d
}

// stateChanges are the codes that say that a server is no primary, or about to end.
var stateChanges = []int32{91, 189, 10107, 11600, 11602, 13435, 13436}

// retryable are the codes beside which MongoDB says that a retryable write may be
// tried again.
var retryable = []int32{6, 7, 89, 91, 134, 189, 262, 9001, 10107, 11600, 11602, 13435, 13436}

// withConcern adds to the answer of a write that it is not known to have reached
// enough members.
func (s *Server) withConcern(body, reply bson.Raw, err *fault.Error) bson.Raw {
	d := bson.D{{Key: "writeConcernError", Value: bson.D{{Key: "code", Value: err.Code}, {Key: "codeName", Value: err.Name}, {Key: "errmsg", Value: err.Text}}}}
	added := value.Make(append(d, s.consequences(body, err)...))
	return value.Encode(append(value.Fields(reply), value.Fields(added)...))
}
