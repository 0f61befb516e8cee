package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
)

// FoldEmails makes users' addresses what writes make of them: without spaces
// around them and capitals, in Unicode's form NFC, their domains in ASCII. Two that
// would then be equal stop it before anything is changed.
func FoldEmails() Step {
	return Step{
		Name: "fold_emails", Doc: "normalizes, trims and lower-cases users' addresses",
		Read: func(*Members) Work { return Work{Collection: "users", Check: checkEmails, Change: foldEmail} },
	}
}

func foldEmail(doc bson.Raw) (Edit, error) {
	email, ok := doc.Lookup("email").StringValueOK()
	folded := check.FoldEmail(email)
	if !ok || folded == email {
		return Edit{}, nil
	}
	return Edit{When: bson.D{{Key: "email", Value: email}}, Set: bson.D{{Key: "email", Value: folded}}}, nil
}

// namedConflicts bounds how many pairs an error names.
const namedConflicts = 10

// checkEmails looks for addresses that are equal once folded. It keeps the addresses
// to be folded in memory, about 100 bytes each.
func checkEmails(ctx context.Context, coll *mongo.Collection) error {
	owners, err := unfolded(ctx, coll)
	if err != nil {
		return err
	}
	for folded := range slices.Chunk(slices.Sorted(maps.Keys(owners)), defaultChunk) {
		if err := addFolded(ctx, coll, folded, owners); err != nil {
			return err
		}
	}
	var conflicts []string
	for _, email := range slices.Sorted(maps.Keys(owners)) {
		if ids := owners[email]; len(ids) > 1 {
			slices.Sort(ids)
			conflicts = append(conflicts, strings.Join(ids, " and "))
		}
	}
	if len(conflicts) == 0 {
		return nil
	}
	slices.Sort(conflicts)
	named := strings.Join(conflicts[:min(len(conflicts), namedConflicts)], ", ")
	if more := len(conflicts) - namedConflicts; more > 0 {
		named += fmt.Sprintf(", and %d more", more)
	}
	return fmt.Errorf("%s: these have the same address once it is normalized, trimmed and lower-cased: %s; change the address of one of them, or remove one",
		coll.Name(), named)
}

// defaultChunk is how many addresses are looked up at once.
const defaultChunk = 500

// unfolded returns the owners of addresses that are to be folded, by what these are to
// become.
func unfolded(ctx context.Context, coll *mongo.Collection) (map[string][]string, error) {
	cursor, err := coll.Find(ctx, bson.D{}, options.Find().SetProjection(bson.D{{Key: "email", Value: 1}}))
	if err != nil {
		return nil, raw.WrapError(coll.Name(), err)
	}
	defer func() { _ = cursor.Close(context.WithoutCancel(ctx)) }()
	owners := map[string][]string{}
	for cursor.Next(ctx) {
		email, ok := cursor.Current.Lookup("email").StringValueOK()
		if folded := check.FoldEmail(email); ok && folded != email {
			owners[folded] = append(owners[folded], text(cursor.Current.Lookup("_id")))
		}
	}
	return owners, raw.WrapError(coll.Name(), cursor.Err())
}

// addFolded adds the owners of addresses that are folded already.
func addFolded(ctx context.Context, coll *mongo.Collection, folded []string, owners map[string][]string) error {
	docs, err := read(ctx, coll, bson.D{{Key: "email", Value: bson.D{{Key: "$in", Value: folded}}}},
		options.Find().SetProjection(bson.D{{Key: "email", Value: 1}}))
	for _, doc := range docs {
		if email, ok := doc.Lookup("email").StringValueOK(); ok {
			owners[email] = append(owners[email], text(doc.Lookup("_id")))
		}
	}
	return err
}
