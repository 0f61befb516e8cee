package raw_test

import (
	"context"
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
)

// TestUncertainOnlyIfSent inserts into a deployment whose server breaks off once it has the
// document, and into one without a server: there nothing can have been stored.
func TestUncertainOnlyIfSent(t *testing.T) {
	t.Parallel()
	model := scripted.Start(t)
	model.On("insert").Always().CutAfter()
	for name, deployment := range map[string]struct {
		uri       string
		uncertain bool
	}{
		"a server that breaks off": {model.URI(), true},
		"no server":                {"mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=1", false},
	} {
		client, err := mongo.Connect(options.Client().ApplyURI(deployment.uri))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
		err = raw.In(handle.NewTenant(client.Database("sent"), nil, nil, nil), &things).Insert(t.Context(), newThing(t))
		if !errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrUncertain) != deployment.uncertain {
			t.Errorf("%s: uncertain is %t: %v", name, errors.Is(err, store.ErrUncertain), err)
		}
	}
}
