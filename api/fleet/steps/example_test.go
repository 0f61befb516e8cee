package steps_test

import (
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/fleet/steps"
)

// closeStale is a step that files call as {"step": "close_stale", "days": 30}.
var closeStale = steps.Step{Name: "close_stale", Doc: "closes tickets that nobody has touched", Read: func(m *steps.Members) steps.Work {
	before := time.Now().AddDate(0, 0, -m.Whole("days", 30, 1, 365))
	return steps.Work{Collection: "tickets", Change: func(doc bson.Raw) (steps.Edit, error) {
		state, touched := doc.Lookup("state"), doc.Lookup("touchedAt")
		if text, _ := state.StringValueOK(); text != "open" || touched.Type != bson.TypeDateTime || touched.Time().After(before) {
			return steps.Edit{}, nil
		}
		return steps.Edit{
			When: bson.D{{Key: "state", Value: state}, {Key: "touchedAt", Value: touched}},
			Set:  bson.D{{Key: "state", Value: "closed"}},
		}, nil
	}}
}}

// A step of a module's own reads its members from the file's element.
func ExampleStep() {
	m := steps.NewMembers(closeStale.Name, bson.D{{Key: "days", Value: 0}, {Key: "weeks", Value: 3}})
	closeStale.Read(m)
	for _, problem := range m.Problems() {
		fmt.Println(problem)
	}
	// Output:
	// days is to be a whole number from 1 to 365
	// close_stale has no "weeks"; write days
}
