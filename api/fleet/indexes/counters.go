package indexes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"

	"github.com/partywall/partywall/api/internal/raw"
)

// Member is a server that counts, with a database as it has it.
type Member struct {
	// Address is empty for whichever server operations go to.
	Address  string
	Database *mongo.Database
}

// counter is an index with what is counted of its use.
type counter struct {
	stored
	ops   int64
	since time.Time
	// members is the number of members that have the index.
	members int
}

// add adds what another member, or another shard, counts of the same index. Nothing is
// known of its use together before the later of both began to count.
func (c *counter) add(other counter) {
	c.ops += other.ops
	c.building = c.building || other.building
	if other.since.After(c.since) {
		c.since = other.since
	}
}

// readCounters reads what all members count of a collection's indexes. One that not all of
// them have is being built. There is none if the collection does not exist.
func readCounters(ctx context.Context, members []Member, collection string) ([]counter, error) {
	var all []counter
	for _, m := range members {
		counted, err := m.counters(ctx, collection)
		if err != nil {
			return nil, err
		}
		all = merge(all, counted)
	}
	for i := range all {
		all[i].building = all[i].building || all[i].members < len(members)
	}
	return all, nil
}

// counters returns what the member counts of a collection's indexes or, if it is a mongos,
// what all shards count together.
func (m *Member) counters(ctx context.Context, collection string) (all []counter, err error) {
	subject := collection
	if m.Address != "" {
		subject += " at " + m.Address
	}
	// Counters are each server's own: no majority has them.
	coll := m.Database.Collection(collection, options.Collection().SetReadConcern(readconcern.Local()))
	cursor, err := coll.Aggregate(ctx, mongo.Pipeline{{{Key: "$indexStats", Value: bson.D{}}}})
	if err != nil {
		return nil, m.refused(ctx, subject, err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	for cursor.Next(ctx) {
		counted, err := readCounter(slices.Clone(cursor.Current))
		if err != nil {
			return nil, fmt.Errorf("%s: an index as $indexStats lists it: %w", subject, err)
		}
		all = merge(all, []counter{counted})
	}
	for i := range all {
		all[i].members = 1
	}
	return all, m.refused(ctx, subject, cursor.Err())
}

// merge adds the counters of further indexes, and those of the same ones to what is there.
func merge(all, more []counter) []counter {
	for _, counted := range more {
		at := slices.IndexFunc(all, func(c counter) bool { return c.Name == counted.Name })
		if at < 0 {
			all = append(all, counted)
			continue
		}
		all[at].add(counted)
		all[at].members += counted.members
	}
	return all
}

// readCounter reads what $indexStats says of an index.
func readCounter(doc bson.Raw) (c counter, err error) {
	var stat struct {
		Spec     bson.Raw `bson:"spec"`
		Building bool     `bson:"building"`
		Accesses struct {
			Ops   int64     `bson:"ops"`
			Since time.Time `bson:"since"`
		} `bson:"accesses"`
	}
	if err := bson.Unmarshal(doc, &stat); err != nil {
		return c, errors.New(err.Error()) // not the driver's own
	}
	if stat.Spec == nil || stat.Accesses.Since.IsZero() {
		return c, errors.New("it lacks spec or accesses.since")
	}
	s, err := readStored(stat.Spec)
	s.building = stat.Building
	return counter{stored: s, ops: stat.Accesses.Ops, since: stat.Accesses.Since}, err
}

// UncountedError is returned if a server does not count how indexes are used.
type UncountedError struct{ version, reason string }

func (e *UncountedError) Error() string {
	return fmt.Sprintf("the server, version %s, does not count how indexes are used: %s", e.version, e.reason)
}

// uncounted are the codes with which servers refuse $indexStats because they do not have
// it: CommandNotFound, CommandNotSupported, NotImplemented, and MongoDB's for stages that it
// does not know.
var uncounted = []int{59, 115, 238, 40324}

// refused returns err as an error of package store, or as an *UncountedError.
func (m *Member) refused(ctx context.Context, subject string, err error) error {
	server, ok := errors.AsType[mongo.ServerError](err)
	switch {
	case ok && server.HasErrorCode(namespaceNotFound): // it was dropped meanwhile
		return nil
	case ok && slices.ContainsFunc(uncounted, server.HasErrorCode):
		return &UncountedError{version(ctx, m.Database), err.Error()}
	}
	return refusedTo("indexStats", subject, err)
}

// unauthorized is MongoDB's code for missing privileges.
const unauthorized = 13

// refusedTo returns err, of what takes an action on subject, as an error of package store.
func refusedTo(action, subject string, err error) error {
	if server, ok := errors.AsType[mongo.ServerError](err); ok && server.HasErrorCode(unauthorized) {
		return fmt.Errorf("%s: the connection string's user lacks the privilege %s; docs/privileges.md has a role with it", subject, action)
	}
	return raw.WrapError(subject, err)
}
