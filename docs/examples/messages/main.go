// Command messages serves a chat's conversations and messages, and what a notification
// service keeps, from a database that Mongoose wrote.
package main

import (
	"errors"
	"os"
	"strings"

	"golang.org/x/text/language"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/api/server"

	"github.com/partywall/partywall/docs/examples/messages/gen"
	"github.com/partywall/partywall/docs/examples/messages/gen/conversations"
	"github.com/partywall/partywall/docs/examples/messages/gen/subscribers"
	"github.com/partywall/partywall/docs/examples/messages/schema"
)

//go:generate go run ./generate

func main() { os.Exit(server.Main(app())) }

func app() server.App {
	return server.App{
		Collections: gen.Collections(),
		OpenAPI:     gen.OpenAPI,
		Policy:      schema.Policy,
		Checks:      map[string]any{"locale": checkLocale},
		Computed: []rest.Computed{
			rest.NewComputed("conversations", "messageCount", "MessageCount is how much was said.", messageCount),
			rest.NewComputed("subscribers", "name", "Name is the whole of it.", name),
		},
	}
}

// checkLocale checks that a text is a language's tag, spelled as standards spell it.
func checkLocale(locale string) error {
	tag, err := language.Parse(locale)
	if err != nil || tag.String() != locale {
		return errors.New("must be a tag of BCP 47, such as de-AT")
	}
	return nil
}

// messageCount returns how much was said: Mongoose's virtual of that name.
func messageCount(c *conversations.Conversation) int { return len(c.Messages) }

// name returns the whole name of a subscriber, nil if there is none.
func name(s *subscribers.Subscriber) *string {
	name := strings.TrimSpace(s.FirstName.Or("") + " " + s.LastName.Or(""))
	if name == "" {
		return nil
	}
	return &name
}
