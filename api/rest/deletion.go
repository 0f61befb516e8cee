package rest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
)

// ofDeletion returns the routes for what is deleted, of a collection that keeps it.
func (a *api) ofDeletion(r *resource, one string) []route {
	if !r.c.SoftDelete {
		return nil
	}
	full := []echo.MiddlewareFunc{a.authenticate, a.permitDeleted, a.accepts(accepted{})}
	return []route{
		{http.MethodPost, one + "/restore", r.restore, full},
		{http.MethodPost, one + "/purge", r.purge, full},
	}
}

// permitDeleted is the middleware of routes for what is deleted.
func (a *api) permitDeleted(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := a.Policy.AllowDeleted(sessionOf(c).actor); err != nil {
			return err
		}
		return next(c)
	}
}

// restore takes back the deletion of a document, and sends it.
func (r *resource) restore(c echo.Context) error {
	id, err := r.id(c)
	if err != nil {
		return err
	}
	if err := readEmpty(c); err != nil {
		return err
	}
	s, docs := r.open(c)
	doc, err := r.writer(s, docs).Restore(c.Request().Context(), id)
	if err != nil {
		return err
	}
	return stored(r.respond(c, http.StatusOK, doc))
}

// purge removes a deleted document for good.
func (r *resource) purge(c echo.Context) error {
	id, err := r.id(c)
	if err != nil {
		return err
	}
	if err := readEmpty(c); err != nil {
		return err
	}
	s, docs := r.open(c)
	if err := r.writer(s, docs).Purge(c.Request().Context(), id); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// asked returns docs, or the deleted ones if the query asks for them and the bearer may see them.
func (r *resource) asked(s *session, query url.Values, docs raw.Documents) (raw.Documents, error) {
	if !r.c.SoftDelete || !query.Has(meta.DeletedParameter) {
		return docs, nil
	}
	switch query.Get(meta.DeletedParameter) {
	case "true":
		return docs.Deleted(), r.Policy.AllowDeleted(s.actor)
	case "false":
		return docs, nil
	}
	return docs, queryProblem(check.FieldErrors{{Pointer: meta.DeletedParameter, Code: "format", Message: "must be true or false"}})
}

// once are the parameters that reading a document takes once.
func (r *resource) once() []string {
	if r.c.SoftDelete {
		return []string{meta.DeletedParameter}
	}
	return nil
}

// checkDeletion refuses to filter or sort what is not deleted by when it was deleted.
func (r *resource) checkDeletion(query url.Values, s *raw.Selection, problems *check.FieldErrors) {
	if !r.c.SoftDelete || query.Get(meta.DeletedParameter) == "true" {
		return
	}
	const message = "asks about deletedAt, which only deleted documents have; add deleted=true"
	if slices.ContainsFunc(s.Where, func(c meta.Condition) bool { return c.Path == meta.DeletedPath }) {
		problems.Add(meta.DeletedPath, "not_served", message)
	}
	if slices.ContainsFunc(strings.Split(s.Sort, ","), func(key string) bool { return strings.TrimPrefix(key, "-") == meta.DeletedPath }) {
		problems.Add("sort", "not_served", message)
	}
}
