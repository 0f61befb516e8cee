package servertest

import (
	"strings"

	"github.com/partywall/partywall/api/testdb/scripted"
)

// OfRequests reports whether a command is one that requests send: a server also looks
// after the indexes of tenants that it serves.
func OfRequests(c scripted.Command) bool { return c.Name != "hello" && c.Name != "listIndexes" }

// Sent returns the names and collections of the commands of requests that were sent to s,
// in order.
func Sent(s *scripted.Server) string {
	var names []string
	for _, c := range s.Commands() {
		if OfRequests(c) {
			names = append(names, c.Name+" "+c.Collection)
		}
	}
	return strings.Join(names, ", ")
}
