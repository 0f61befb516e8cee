package scripted

import (
	"slices"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/testdb/scripted/internal/fault"
)

// Command is one that a client sent.
type Command struct {
	// Name is MongoDB's, Database and Collection are what it is about. Collection is
	// empty for commands about a database.
	Name, Database, Collection string
	// Body is all of it, documents that came beside it merged in.
	Body bson.Raw
	// Connection is the number of the connection that it came by, from 1 on.
	Connection int64
}

// Error is how a command is to fail.
type Error struct {
	Code    int32
	Message string
	// CodeName is MongoDB's name of the code, if empty.
	CodeName string
	// Labels are errorLabels. If nil, they are what MongoDB sends: RetryableWriteError
	// beside those codes after which a retryable write is to be tried again.
	Labels []string
}

// script is what a test tells the server.
type script struct {
	mu       sync.Mutex
	recorded []Command
	rules    []*Rule
	done     <-chan struct{}
}

// Commands are those that came since the start or Reset, but for hello.
func (s *Server) Commands() []Command {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	return slices.Clone(s.script.recorded)
}

// Reset forgets commands and rules. What is held goes on.
func (s *Server) Reset() {
	s.script.mu.Lock()
	defer s.script.mu.Unlock()
	s.script.recorded = nil
	for _, r := range s.script.rules {
		r.held.Release()
	}
	s.script.rules = nil
}

// Rule says which commands are answered other than by doing what they say: the next
// that is meant, if not told otherwise. It is in force once its last method has said
// how.
type Rule struct {
	script   *script
	server   *Server
	commands []string
	where    []func(Command) bool
	// first and last are the numbers of the commands that are meant, last 0 for all.
	first, last int
	met         int

	refuse, refuseAfter, concern *Error
	cutBefore, cutAfter          bool
	stepDown, holds              bool
	held                         *Held
}

// On is a rule about commands of some names, or of all names.
func (s *Server) On(commands ...string) *Rule {
	return &Rule{script: &s.script, server: s, commands: commands, first: 1, last: 1, held: newHeld()}
}

// In keeps the rule to commands about a collection, in whatever database.
func (r *Rule) In(collection string) *Rule {
	return r.Where(func(c Command) bool { return c.Collection == collection })
}

// Where keeps the rule to some commands.
func (r *Rule) Where(meant func(Command) bool) *Rule {
	r.where = append(r.where, meant)
	return r
}

// Nth means the n-th command from now on, counted from 1.
func (r *Rule) Nth(n int) *Rule {
	r.last += n - r.first
	r.first = n
	return r
}

// Times means n commands in a row.
func (r *Rule) Times(n int) *Rule {
	r.last = r.first + n - 1
	return r
}

// Always means all commands, from the first or the n-th on.
func (r *Rule) Always() *Rule {
	r.last = 0
	return r
}

// Fail answers with an error, and does nothing.
func (r *Rule) Fail(err Error) *Rule { return r.add(func() { r.refuse = &err }) }

// FailAfter does what the command says, and answers with an error.
func (r *Rule) FailAfter(err Error) *Rule { return r.add(func() { r.refuseAfter = &err }) }

// WriteConcernError does what the command says, and answers that it is not known to
// have reached enough members.
func (r *Rule) WriteConcernError(err Error) *Rule { return r.add(func() { r.concern = &err }) }

// CutBefore cuts the connection, and does nothing.
func (r *Rule) CutBefore() *Rule { return r.add(func() { r.cutBefore = true }) }

// CutAfter does what the command says, and cuts the connection.
func (r *Rule) CutAfter() *Rule { return r.add(func() { r.cutAfter = true }) }

// StepDown makes the member a secondary, which refuses the command.
func (r *Rule) StepDown() *Rule { return r.add(func() { r.stepDown = true }) }

// Hold lets the command wait until it is released.
func (r *Rule) Hold() *Held {
	r.add(func() { r.holds = true })
	return r.held
}

// Met is how many commands the rule was about so far, of those that it counts.
func (r *Rule) Met() int {
	r.script.mu.Lock()
	defer r.script.mu.Unlock()
	return r.met
}

func (r *Rule) add(act func()) *Rule {
	r.script.mu.Lock()
	defer r.script.mu.Unlock()
	act()
	if !slices.Contains(r.script.rules, r) {
		r.script.rules = append(r.script.rules, r)
	}
	return r
}

// Held is a command that waits.
type Held struct {
	arrived, released chan struct{}
	arriving, release sync.Once
}

func newHeld() *Held { return &Held{arrived: make(chan struct{}), released: make(chan struct{})} }

// Arrived is closed once a command waits.
func (h *Held) Arrived() <-chan struct{} { return h.arrived }

// Release lets the command, and those after it that the rule is about, go on.
func (h *Held) Release() { h.release.Do(func() { close(h.released) }) }

// note records a command, and returns the rules that are about it, as they are now.
func (s *script) note(c Command, record bool) []Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	if record {
		s.recorded = append(s.recorded, c)
	}
	var about []Rule
	for _, r := range s.rules {
		if r.means(c) {
			r.met++
			if r.met >= r.first && (r.last == 0 || r.met <= r.last) {
				about = append(about, *r)
			}
		}
	}
	return about
}

func (r *Rule) means(c Command) bool {
	if len(r.commands) > 0 && !slices.Contains(r.commands, c.Name) {
		return false
	}
	for _, meant := range r.where {
		if !meant(c) {
			return false
		}
	}
	return true
}

// before does what rules say about a command that was not carried out yet.
func (s *Server) before(rules []Rule) (err *fault.Error, cut bool) {
	for _, r := range rules {
		if r.holds {
			r.held.arriving.Do(func() { close(r.held.arrived) })
			select {
			case <-r.held.released:
			case <-s.done:
				return nil, true
			}
		}
		if r.stepDown {
			s.StepDown()
		}
		if r.cutBefore {
			return nil, true
		}
		if r.refuse != nil {
			return r.refuse.fault(), false
		}
	}
	return nil, false
}

// after does what rules say about a command that was carried out.
func (s *Server) after(rules []Rule, body, reply bson.Raw, err *fault.Error) (bson.Raw, *fault.Error, bool) {
	for _, r := range rules {
		if r.cutAfter {
			return nil, nil, true
		}
		if r.refuseAfter != nil {
			return nil, r.refuseAfter.fault(), false
		}
		if r.concern != nil && err == nil {
			reply = s.withConcern(body, reply, r.concern.fault())
		}
	}
	return reply, err, false
}

func (e Error) fault() *fault.Error {
	err := &fault.Error{Code: e.Code, Name: e.CodeName, Text: e.Message, Labels: e.Labels}
	if err.Name == "" {
		err.Name = fault.Name(e.Code)
	}
	if err.Text == "" {
		err.Text = "as the test's script says"
	}
	return err
}
