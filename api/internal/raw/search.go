package raw

import (
	"errors"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

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
// in its own way.
func (d Documents) wrapError(p *plan, err error) error {
	server, ok := errors.AsType[mongo.ServerError](err)
	if ok && p.search != nil && !isUnavailable(err) && slices.ContainsFunc(searchUnsupported, server.HasErrorCode) {
		return d.c.invalid(meta.SearchParameter, SearchUnsupported, "is not supported by this tenant's database, which has no text index")
	}
	return WrapError(d.c.Name, err)
}
