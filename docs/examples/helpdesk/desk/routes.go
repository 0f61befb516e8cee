package desk

import (
	"context"
	"net/http"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/rest"
	"github.com/partywall/partywall/docs/examples/helpdesk/gen/tickets"
)

// openTicket answers POST /api/tickets/open: whoever may read may ask.
func openTicket(ctx context.Context, r *rest.Request) (rest.Response, error) {
	var asked struct {
		Group    bson.ObjectID   `json:"group"`
		Type     bson.ObjectID   `json:"type"`
		Priority bson.ObjectID   `json:"priority"`
		Tags     []bson.ObjectID `json:"tags"`
		Subject  string          `json:"subject"`
		Issue    string          `json:"issue"`
	}
	if err := r.Read(&asked); err != nil {
		return rest.Response{}, err
	}
	ticket, err := TicketsIn(r.Tenant()).Open(ctx, tickets.New{
		Owner: r.User(), Group: asked.Group, Type: asked.Type, Priority: asked.Priority,
		Tags: asked.Tags, Subject: asked.Subject, Issue: asked.Issue,
	})
	if err != nil {
		return rest.Response{}, err
	}
	at := http.Header{"Location": {"/api/tickets/" + ticket.ID.Hex()}}
	return rest.Response{Status: http.StatusCreated, Header: at, Body: ticket}, nil
}

// setStatus answers POST /api/tickets/{id}/status.
func setStatus(ctx context.Context, r *rest.Request) (rest.Response, error) {
	id, err := r.ID("id")
	if err != nil {
		return rest.Response{}, err
	}
	var wanted struct {
		Status int64 `json:"status"`
	}
	if err := r.Read(&wanted); err != nil {
		return rest.Response{}, err
	}
	ticket, err := TicketsIn(r.Tenant()).SetStatus(ctx, id, wanted.Status, r.User())
	if err != nil {
		return rest.Response{}, err
	}
	return rest.Response{Body: ticket}, nil
}
