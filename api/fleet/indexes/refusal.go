package indexes

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/raw"
)

// cannotConvert is MongoDB's code for an index that cannot become unique, because
// documents repeat its keys.
const cannotConvert = 359

// refused notes why the server did not build the index, if that is because of documents,
// or of an option that not every server knows. It returns any other error.
func (f *Finding) refused(ctx context.Context, coll *mongo.Collection, err error) error {
	server, ok := errors.AsType[mongo.ServerError](err)
	_, ignored := errors.AsType[*ignoredError](err)
	demands := f.demands()
	switch {
	case mongo.IsDuplicateKeyError(err), ok && server.HasErrorCode(cannotConvert):
		// The server's text quotes the keys.
		f.Remedy = Refuse
		f.Note("the server refused to build it, because documents repeat the keys of others; change or remove them")
		return nil
	case !ignored && !unknown(err) || len(demands) == 0:
		return errors.Join(f.failure(coll, err), advice(err))
	}
	f.Problem, f.Remedy = Unsupported, ""
	f.Detail = fmt.Sprintf("the server, version %s, cannot hold it, because of %s: %s; declare the index without, or use a server that has it",
		version(ctx, coll.Database()), strings.Join(demands, " and "), err.Error())
	return nil
}

// failure returns err as an error of package store.
func (f *Finding) failure(coll *mongo.Collection, err error) error {
	return raw.WrapError("index "+f.Index+" of "+coll.Name(), err)
}

// unknown reports whether the server does not know what it was asked for.
func unknown(err error) bool {
	server, ok := errors.AsType[mongo.ServerError](err)
	return ok && slices.ContainsFunc(lacking, server.HasErrorCode)
}

// lacking are the codes with which servers refuse what they do not know: CannotCreateIndex,
// InvalidOptions, CommandNotSupported, InvalidIndexSpecificationOption and
// NotImplemented.
var lacking = []int{67, 72, 115, 197, 238}

// remedies are what to do about a server's refusal to build an index.
var remedies = map[int]string{
	13:    "let this user build indexes: grant it createIndex on the database",
	85:    "there is an index on these keys with other options; look at indexes check, and replace it with --prune",
	86:    "there is another index of this name; look at indexes check, and replace it with --prune",
	276:   "the build was aborted; run indexes ensure again",
	8000:  "the provider of the deployment refuses it; see what its plan allows",
	11601: "the build was interrupted; run indexes ensure again",
}

// advice returns what to do about a server's refusal, nil if that is unknown.
func advice(err error) error {
	server, ok := errors.AsType[mongo.ServerError](err)
	if !ok {
		return nil
	}
	for code, text := range remedies {
		if server.HasErrorCode(code) {
			return errors.New(text)
		}
	}
	return nil
}

// version returns the server's version, as the server reports it.
func version(ctx context.Context, db *mongo.Database) string {
	var info struct {
		Version string `bson:"version"`
	}
	if err := db.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&info); err != nil {
		return "unknown"
	}
	return info.Version
}
