package auth

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// NewTokensAt is NewTokens with a clock that a test sets.
var NewTokensAt = newTokens

// Open starts a session without asking for a password, which takes its time.
func (a *Accounts) Open(ctx context.Context, tenant, user bson.ObjectID) (*Grant, error) {
	return a.open(ctx, tenant, user)
}
