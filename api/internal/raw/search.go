package raw

import (
	"context"
	"errors"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/meta"
)

// SearchUnsupported is the code of the field error about a search that the database has no
// index for.
const SearchUnsupported = "search_unsupported"

// SearchFor returns the Selection of one page of what has a word of text in the text index.
func SearchFor(text string) *meta.Clause {
	return &meta.Clause{Kind: meta.ClauseSearch, Condition: meta.Condition{Value: valueOf(text)}}
}

// planSearch returns the plan for s, which asks for words. The error is an *InvalidError.
func (c *Collection) planSearch(s Selection) (*plan, error) {
	index, problem := c.Text(), ""
	text, _ := s.Search.Condition.Value.StringValueOK()
	switch {
	case index == nil:
		problem = "is not served: the collection has no text index"
	case len(s.Where)+len(s.Others) > 0 || s.Sort != "" || s.After != "":
		problem = "stands alone: it gives one page, the best matches first, without filters, sort and after"
	case strings.TrimSpace(text) == "":
		problem = "is empty; name words"
	}
	if problem != "" {
		return nil, c.invalid(meta.SearchParameter, "not_served", problem)
	}
	p := &plan{index: index, search: s.Search, scored: !s.Unordered, limit: s.Limit, fields: s.Fields}
	if p.limit == 0 {
		p.limit = meta.DefaultLimit
	}
	return p, nil
}

// byScore is the order of a search's page: the best matches first.
var byScore = bson.D{{Key: "score", Value: bson.D{{Key: "$meta", Value: "textScore"}}}, {Key: "_id", Value: int32(1)}}

// searchUnsupported are the codes with which servers refuse a search: they do not know $text (BadValue,
// FailedToParse, CommandNotSupported, NotImplemented) or its order (15974, of an illegal sort), or
// have no such index there (IndexNotFound).
var searchUnsupported = []int{2, 9, 27, 115, 238, 15974}

// wrapError does what WrapError does for the plan's query: a server that cannot search says so
// in its own way. MongoDB also refuses to search what is not there, in which a search finds nothing: the
// error is nil then.
func (d Documents) wrapError(ctx context.Context, p *plan, err error) error {
	server, ok := errors.AsType[mongo.ServerError](err)
	if !ok || p.search == nil || isUnavailable(err) || !slices.ContainsFunc(searchUnsupported, server.HasErrorCode) {
		return WrapError(d.c.Name, err)
	}
	if empty, err := d.isEmpty(ctx); err != nil || empty {
		return err
	}
	return d.c.invalid(meta.SearchParameter, SearchUnsupported, "is not supported by this tenant's database, which has no text index")
}

// isEmpty reports whether the collection has no document at all, or is not there.
func (d Documents) isEmpty(ctx context.Context) (bool, error) {
	coll, err := d.collection()
	if err != nil {
		return false, err
	}
	_, err = coll.findOne(ctx, d.visible(bson.D{}), options.FindOne().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	if errors.Is(err, mongo.ErrNoDocuments) {
		return true, nil
	}
	return false, WrapError(d.c.Name, err)
}
