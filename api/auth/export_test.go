package auth

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/store"
)

// NewTokensAt is NewTokens with a clock that a test sets.
var NewTokensAt = newTokens

// Open starts a session without asking for a password, which takes its time. It is bound to none.
func (a *Accounts) Open(ctx context.Context, tenant, user bson.ObjectID) (*Grant, error) {
	return a.open(ctx, tenant, user, "")
}

// Count takes the census of t, which passes for the tenant with that _id.
func (a *Accounts) Count(ctx context.Context, tenant bson.ObjectID, t store.Tenant) error {
	_, err := a.guard.schemes.count(ctx, tenant, t)
	return err
}

// Met returns how many tenants those that are not there may pass for.
func (a *Accounts) Met() int { return len(a.guard.schemes.known) }

// SchemesOf returns how many schemes a tenant that was met has.
func (a *Accounts) SchemesOf(tenant bson.ObjectID) int { return len(a.guard.schemes.known[tenant]) }

// Occupy takes every slot of the queue, until free gives them back.
func (p *Passwords) Occupy() (free func()) {
	slots := p.queue.free
	for range slots {
		p.queue.take(nil)
	}
	return func() {
		for range slots {
			p.queue.leave()
		}
	}
}

// Lines returns the places where somebody waits.
func (p *Passwords) Lines() []string {
	p.queue.mu.Lock()
	defer p.queue.mu.Unlock()
	return p.queue.waiting.places("")
}

func (c *group) places(at string) []string {
	var list []string
	for range c.tickets {
		list = append(list, at)
	}
	for name, part := range c.parts {
		list = append(list, part.places(at+"/"+name)...)
	}
	slices.Sort(list)
	return list
}

// Room returns how many may wait.
func (p *Passwords) Room() int { return p.queue.room }
