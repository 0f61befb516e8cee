package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/docs/examples/helpdesk/gen/counters"
	"github.com/partywall/partywall/docs/examples/helpdesk/gen/tickets"
)

// firstUID is the number of a help desk's first ticket.
const firstUID = 1001

// Tickets are those of one tenant, with what Mongoose's hooks and methods did.
type Tickets struct {
	tickets.Repository
	counters counters.Repository
}

// TicketsIn opens them, as tickets.In does.
func TicketsIn(t store.Tenant) Tickets { return Tickets{tickets.In(t), counters.In(t)} }

// Open creates a ticket under the next number, for what was a hook before each save. A
// number whose ticket cannot be created is not given again.
func (t Tickets) Open(ctx context.Context, n tickets.New) (*tickets.Ticket, error) {
	uid, err := t.next(ctx)
	if err != nil {
		return nil, err
	}
	n.UID = uid
	n.Subscribers = append(n.Subscribers, n.Owner)
	n.History = append(n.History, tickets.HistoryItem{
		Action: "ticket:created", Description: store.Some("Ticket was created"), Owner: store.Some(n.Owner),
	})
	return t.Create(ctx, n)
}

// next counts. The database lets one writer at a time count, so that no number comes twice.
func (t Tickets) next(ctx context.Context) (int64, error) {
	one := counters.Patch{Next: store.Inc[int64](1)}
	counter, err := t.counters.Update(ctx, "tickets", one)
	if errors.Is(err, store.ErrNotFound) {
		counter, err = t.counters.Create(ctx, counters.New{ID: "tickets", Next: store.Some[int64](firstUID)})
	}
	if taken := new(store.DuplicateError); errors.As(err, &taken) { // another one began to count
		counter, err = t.counters.Update(ctx, "tickets", one)
	}
	if err != nil {
		return 0, err
	}
	return counter.Next, nil
}

// SetStatus changes a ticket's status, and what goes with it.
func (t Tickets) SetStatus(ctx context.Context, id bson.ObjectID, status int64, by bson.ObjectID) (*tickets.Ticket, error) {
	patch := tickets.Patch{
		Status:     store.Set(status),
		ClosedDate: store.Unset[time.Time](),
		ChangedBy:  store.Set(by),
		History: store.Push(tickets.HistoryItem{
			Action: "ticket:set:status", Description: store.Some(fmt.Sprintf("Ticket status set to: %s", nameOf(status))), Owner: store.Some(by),
		}),
	}
	if status == closed {
		patch.ClosedDate = store.Set(time.Now())
	}
	return t.Update(ctx, id, patch)
}
