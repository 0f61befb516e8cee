package fleet

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/handle"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/tenant"
	"github.com/partywall/partywall/gen/tenants"
)

// Room is what the tenants of a cluster take of it, as far as the catalog knows.
type Room struct {
	// Tenants are those that may have a database: all but the deleted ones.
	Tenants int `json:"tenants"`
	// Namespaces is how many collections and indexes they have, the indexes on _id included.
	Namespaces int `json:"namespaces"`
	// Unknown is how many of Tenants have an entry that does not say what they have, as older deployments left
	// it. They are not among Namespaces.
	Unknown int `json:"unknown"`
}

// Room returns what tenants take of each cluster, by its name. It is one query of the catalog, which groups the entries by
// what they know, and asks no tenant's database: an index that somebody made or dropped by hand does not count.
func (f *Fleet) Room(ctx context.Context) (map[string]Room, error) {
	rooms := map[string]Room{}
	for _, name := range f.catalog.Clusters() {
		rooms[name] = Room{}
	}
	cursor, err := f.aggregateEntries(ctx, f.roomPipeline())
	if err != nil {
		return nil, raw.WrapError("count namespaces", err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	for cursor.Next(ctx) {
		cluster, group := f.roomOf(cursor.Current)
		room, there := rooms[cluster]
		if !there {
			continue // nobody is served from there
		}
		rooms[cluster] = Room{room.Tenants + group.Tenants, room.Namespaces + group.Namespaces, room.Unknown + group.Unknown}
	}
	if err := cursor.Err(); err != nil {
		return nil, raw.WrapError("count namespaces", err)
	}
	return rooms, nil
}

// aggregateEntries runs a pipeline on the catalog. It fails at once while the catalog's cluster is away, as all that serves does.
func (f *Fleet) aggregateEntries(ctx context.Context, pipeline bson.A) (*mongo.Cursor, error) {
	admin, catalog := f.catalog.Admin(), tenants.Collection()
	if gate := handle.AdminGate(admin); gate != nil {
		if err := gate.Enter(ctx); err != nil {
			return nil, err
		}
		defer gate.Leave()
	}
	return handle.OpenAdmin(admin).Collection(catalog.StoredName()).Aggregate(ctx, pipeline)
}

// roomPipeline counts the entries that say the same of what a database has. Those that name a database that is no tenant's
// have none.
func (f *Fleet) roomPipeline() bson.A {
	return bson.A{
		bson.D{{Key: "$match", Value: bson.D{
			{Key: "state", Value: bson.D{{Key: "$ne", Value: string(tenants.StateDeleted)}}},
			{Key: "database", Value: bson.D{{Key: "$nin", Value: f.catalog.ReservedDatabases()}}},
		}}},
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: bson.D{
				{Key: "cluster", Value: "$cluster"}, {Key: "collections", Value: "$collections"}, {Key: "steps", Value: "$steps"}, {Key: "fingerprint", Value: "$fingerprint"},
			}},
			{Key: "tenants", Value: bson.D{{Key: "$sum", Value: 1}}},
		}}},
	}
}

// roomOf returns what a group of entries takes of its cluster.
func (f *Fleet) roomOf(group bson.Raw) (cluster string, room Room) {
	cluster, ok := group.Lookup("_id", "cluster").StringValueOK()
	if !ok {
		cluster = tenant.DefaultCluster
	}
	n, _ := group.Lookup("tenants").AsInt64OK()
	room.Tenants = int(n)
	collections, known := texts(group.Lookup("_id", "collections"))
	switch {
	case known:
	case allMade(group):
		collections, _ = f.declared(nil)
	default:
		room.Unknown = room.Tenants
	}
	for _, name := range collections {
		room.Namespaces += room.Tenants * f.namespaces(name)
	}
	return cluster, room
}

// allMade reports whether entries that list no collections say that all were made, as earlier versions did.
func allMade(group bson.Raw) bool {
	steps, _ := texts(group.Lookup("_id", "steps"))
	fingerprint, _ := group.Lookup("_id", "fingerprint").StringValueOK()
	return fingerprint != "" || slices.Contains(steps, string(tenants.StepsCollections))
}

// namespaces returns how many a collection is: itself, its index on _id, and those that are declared.
func (f *Fleet) namespaces(collection string) int {
	n := 2
	for i := range f.perTenant {
		if c := &f.perTenant[i]; c.Name == collection {
			n += len(c.Indexes)
		}
	}
	return n
}

// texts returns the elements of an array, those that are none left out.
func texts(v bson.RawValue) (list []string, ok bool) {
	array, ok := v.ArrayOK()
	if !ok {
		return nil, false
	}
	values, _ := array.Values()
	for _, one := range values {
		if text, ok := one.StringValueOK(); ok {
			list = append(list, text)
		}
	}
	return list, true
}
