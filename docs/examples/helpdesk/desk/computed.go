package desk

import (
	"fmt"
	"strings"

	"github.com/partywall/partywall/docs/examples/helpdesk/gen/priorities"
	"github.com/partywall/partywall/docs/examples/helpdesk/gen/tags"
	"github.com/partywall/partywall/docs/examples/helpdesk/gen/tickets"
)

const closed = 3

var statusNames = [...]string{"new", "open", "pending", closed: "closed"}

func nameOf(status int64) string {
	if status < 0 || status >= int64(len(statusNames)) {
		return fmt.Sprint(status)
	}
	return statusNames[status]
}

func statusName(t *tickets.Ticket) string { return nameOf(t.Status) }

func normalized(t *tags.Tag) string { return strings.ToLower(strings.TrimSpace(t.Name)) }

func duration(p *priorities.Priority) string {
	const hour, day = 60, 24 * 60
	return fmt.Sprintf("%d days, %d hours, %d minutes", p.OverdueIn/day, p.OverdueIn%day/hour, p.OverdueIn%hour)
}
