package steps

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

type Step struct {
	Name, Doc, Collection string
	Check                 func(ctx context.Context, coll *mongo.Collection) error
	Change                func(doc bson.Raw) (Edit, error)
}
type Edit struct{ When, Set bson.D }

func All() []Step { return nil }

func (s *Step) Run(ctx context.Context, db *mongo.Database, batch int, after bson.Raw, save func(ctx context.Context, after bson.Raw) error) error {
	return nil
}
