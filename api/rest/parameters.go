package rest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/partywall/partywall/api/check"
)

// maxParameters is the maximum number of parameters in a query: five times what the
// longest filter takes.
const maxParameters = 5 * maxOneOf

const queryKey = "partywall.query"

// queryOf returns the request's parameters, nil if there are none. They are parsed
// once, since parsing the query elsewhere might give others.
func queryOf(c echo.Context) url.Values {
	query, _ := c.Get(queryKey).(url.Values)
	return query
}

// parameters parses the query before anything else. It refuses one that cannot be
// parsed: with a dropped filter the response would contain everything, and a
// dropped tenant would agree with every token.
func parameters(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		raw := c.Request().URL.RawQuery //nolint:forbidigo // this is the place
		if raw == "" {
			return next(c)
		}
		query, err := parseQuery(raw)
		if err != nil {
			return err
		}
		c.Set(queryKey, query)
		return next(c)
	}
}

// parseQuery parses names and values as forms encode them: pairs separated by &,
// spaces as +, bytes as % and two digits.
func parseQuery(raw string) (url.Values, error) {
	query := url.Values{}
	pairs := 0
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		if pairs++; pairs > maxParameters {
			return nil, queryProblem(check.FieldErrors{{Code: "too_many", Message: fmt.Sprintf("has more than %d parameters", maxParameters)}})
		}
		left, right, _ := strings.Cut(pair, "=")
		name, problem := decode(left)
		if problem == "" && name == "" {
			problem = "has no name before its ="
		}
		value, other := decode(right)
		if problem == "" {
			problem = other
		}
		if problem != "" {
			return nil, queryProblem(check.FieldErrors{{Pointer: name, Code: "format", Message: problem}})
		}
		query[name] = append(query[name], value)
	}
	return query, nil
}

// decode decodes a name or a value, or returns what is wrong with it.
func decode(raw string) (text, problem string) {
	text, err := url.QueryUnescape(raw)
	switch {
	case err != nil:
		return "", "has a % that is not followed by two hexadecimal digits; write % as %25"
	case strings.ContainsRune(raw, ';'):
		return "", "has a ; that might separate parameters; write it as %3B"
	case strings.ContainsRune(raw, '#'):
		return "", "has a # that might end the query; write it as %23"
	case !utf8.ValidString(text):
		return "", "is not UTF-8"
	case strings.ContainsRune(text, 0):
		return "", "has the character U+0000"
	}
	return text, ""
}

// accepted are the parameters that a route takes: once each, or repeatedly.
type accepted struct{ once, often []string }

// accepts refuses a query with other parameters, and repeated ones that are taken
// once: ignored parameters must not appear to have worked.
func accepts(a accepted) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := a.check(queryOf(c)); err != nil {
				return err
			}
			return next(c)
		}
	}
}

// check returns everything that is wrong with query.
func (a *accepted) check(query url.Values) error {
	if len(query) == 0 {
		return nil
	}
	var problems check.FieldErrors
	for _, name := range sortedNames(query) {
		switch {
		case slices.Contains(a.often, name):
		case !slices.Contains(a.once, name):
			problems.Add(name, "unknown_parameter", "is not a parameter of this route; it takes "+a.String())
		case len(query[name]) > 1:
			problems.Add(name, "duplicate_parameter", "is given twice")
		}
	}
	if len(problems) > 0 {
		return queryProblem(problems)
	}
	return nil
}

// String lists the parameters.
func (a *accepted) String() string {
	names := slices.Concat(a.once, a.often)
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// sortedNames returns a query's names in alphabetical order.
func sortedNames(query url.Values) []string {
	names := make([]string, 0, len(query))
	for name := range query {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
