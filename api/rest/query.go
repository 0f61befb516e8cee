package rest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
)

// filterName splits the name of a filter, such as createdAt[gte], into path and
// operator.
var filterName = regexp.MustCompile(`^([^\[\]]+)(?:\[(gt|gte|lt|lte|in|prefix|exists)\])?$`)

var operators = map[string]meta.Op{
	"": meta.Eq, "gt": meta.Gt, "gte": meta.Gte, "lt": meta.Lt, "lte": meta.Lte,
	"in": meta.OneOf, "prefix": meta.Prefix, "exists": meta.Present,
}

// selection parses a list's query, except for the cursor. It refuses everything it
// does not know: a mistyped filter must not return everything.
func (r *resource) selection(query url.Values) (raw.Selection, error) {
	var s raw.Selection
	var problems check.FieldErrors
	for _, name := range sortedNames(query) {
		values := query[name]
		if len(values) > 1 && !strings.HasSuffix(name, "[in]") && !slices.Contains(listed, name) {
			problems.Add(name, "duplicate_parameter", "is given twice")
			continue
		}
		switch value := values[0]; {
		case slices.Contains(listed, name), name == meta.CountParameter, name == afterParameter, name == tenantParameter && r.from(FromQuery):
		case name == meta.SearchParameter && r.c.Text() != nil:
			s.Search = raw.SearchFor(value)
		case name == meta.DeletedParameter && r.c.SoftDelete:
		case name == "limit":
			s.Limit = limit(value, &problems)
		case name == "sort" && value == "":
			problems.Add(name, "format", "is empty; name a path, or leave it out")
		case name == "sort":
			s.Sort = r.sort(value, &problems)
		default:
			condition(r.c, name, values, &s, &problems)
		}
	}
	r.checkDeletion(query, &s, &problems)
	if len(problems) > 0 {
		return s, queryProblem(problems)
	}
	return s, nil
}

// listed are the parameters besides filters that may be given more than once.
var listed = []string{expandParameter, meta.FieldsParameter}

func limit(text string, problems *check.FieldErrors) int {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n < 1 || n > meta.MaxLimit {
		problems.Add("limit", "out_of_range", "must be a whole number from 1 to "+strconv.Itoa(meta.MaxLimit))
	}
	return int(n)
}

// maxOneOf is the maximum number of values of [in]: as many as a page has
// documents.
const maxOneOf = meta.MaxLimit

// condition parses a filter: the one value of name, or with [in] all of them.
func condition(c *raw.Collection, name string, texts []string, s *raw.Selection, problems *check.FieldErrors) {
	parts := filterName.FindStringSubmatch(name)
	if parts == nil {
		problems.Add(name, "unknown_parameter", "is neither limit, after, sort, expand, fields, count nor a filter such as email or createdAt[gte]")
		return
	}
	at := slices.IndexFunc(c.Paths, func(p meta.Path) bool { return p.JSONName() == parts[1] && !p.Unshown })
	if at < 0 {
		problems.Add(name, "not_served", "is not a path that an index serves; those are "+pathNames(c))
		return
	}
	if len(texts) > maxOneOf {
		problems.Add(name, "too_many", "is given more than "+strconv.Itoa(maxOneOf)+" times")
		return
	}
	path, op := &c.Paths[at], operators[parts[2]]
	if op == meta.Prefix && !path.Text {
		problems.Add(name, "not_served", "asks for a beginning, but "+path.JSONName()+" is not text")
		return
	}
	if op == meta.Present && (!path.Optional || path.Many) {
		problems.Add(name, "not_served", "asks whether there is a "+path.JSONName()+", which is served where one value may be missing")
		return
	}
	compared, err := path.Condition(op, texts...)
	if err != nil {
		problems.Add(name, "format", err.Error())
		return
	}
	s.Where = append(s.Where, compared)
}

// sort returns what a request sorts by, as stored: paths separated by commas. Those that
// responses leave out or call otherwise are none: their order must not tell them.
func (r *resource) sort(value string, problems *check.FieldErrors) string {
	keys := strings.Split(value, ",")
	for i, key := range keys {
		path, descending := strings.CutPrefix(key, "-")
		at := slices.IndexFunc(r.c.Paths, func(p meta.Path) bool { return p.JSONName() == path })
		switch {
		case at < 0 && r.c.Path(path) == nil: // which is for those to name who know the indexes
			continue
		case at < 0 || r.c.Paths[at].Unshown:
			problems.Add("sort", "not_served", fmt.Sprintf("%q is not a path that an index serves; those are %s", value, pathNames(r.c)))
			return value
		}
		if keys[i] = r.c.Paths[at].Name; descending {
			keys[i] = "-" + keys[i]
		}
	}
	return strings.Join(keys, ",")
}

// pathNames lists the paths that requests can filter by.
func pathNames(c *raw.Collection) string {
	var names []string
	for _, p := range c.Paths {
		if !p.Unshown {
			names = append(names, p.JSONName())
		}
	}
	return strings.Join(names, ", ")
}

// queryProblem refuses a query because of its parameters, which the field errors
// name instead of a pointer.
func queryProblem(problems check.FieldErrors) *problem {
	sentence := strings.TrimSpace(problems[0].Pointer + " " + problems[0].Message)
	return refuse(http.StatusBadRequest, "query_invalid", "The query cannot be served: "+sentence, problems...)
}

// asQueryProblem turns the store's error about a query into a problem with it.
func asQueryProblem(err error) error {
	if invalid, ok := errors.AsType[*store.InvalidError](err); ok {
		p := queryProblem(invalid.Fields)
		if invalid.Fields[0].Code == raw.SearchUnsupported {
			p.Code = raw.SearchUnsupported
		}
		return p
	}
	return err
}
