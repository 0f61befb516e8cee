package rest

import (
	"strconv"

	"github.com/labstack/echo/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// Most writes can be made blindly, without reading the document first: its required
// state is in the filter, and so is what it must not be. They take one command. If
// that finds nothing, or if a rule depends on what is stored, the document is read,
// and written as it was read, so that every refusal has its reason.

// blind returns p as conditions of a blind write. ok is false if the document has
// to be read to check them.
func (p preconditions) blind() (opts []store.WriteOption, ok bool) {
	switch {
	case p.noneMatch.given():
		return nil, false
	case p.match.any:
		return nil, true
	case len(p.match.tags) != 1:
		return nil, false
	}
	tag, err := strconv.Unquote(p.match.tags[0])
	if err != nil { // for example, a weak tag
		return nil, false
	}
	rev, ok := store.ParseRev(tag)
	return []store.WriteOption{store.IfRev(rev)}, ok
}

// blind reports whether the request can be a blind write, and its conditions. Users
// can be written blindly only by those who may change any.
func (r *resource) blind(c echo.Context, s *session) (id bson.ObjectID, opts []store.WriteOption, ok bool) {
	id, err := parseID(param(c, "id"))
	if err != nil || r.isUsers() && !r.Policy.IsFull(s.actor.Role) {
		return id, nil, false
	}
	want, err := preconditionsOf(c.Request().Header)
	if err != nil {
		return id, nil, false
	}
	opts, ok = want.blind()
	return id, opts, ok
}

// updateBlind changes the document that the path names, and returns the names of
// the members that are set. If done is false, the document has to be read first:
// nothing was written.
func (r *resource) updateBlind(c echo.Context, s *session, docs raw.Documents, body []byte) (updated bson.Raw, members []string, done bool, err error) {
	id, opts, ok := r.blind(c, s)
	if !ok {
		return nil, nil, false, nil
	}
	ctx := c.Request().Context()
	var found secrets
	changes, err := r.c.Codec.Patch(ctx, raw.Input{Body: body, Hasher: &found, Approve: func(set []string) error {
		members = set
		return r.Policy.AllowMembers(s.actor, r.c, set)
	}})
	if err != nil || len(found.plain) > 0 {
		return nil, nil, false, nil //nolint:nilerr // what is wrong with it may depend on the document
	}
	if !r.isRestated(body, &changes) {
		return nil, nil, false, nil
	}
	if r.isUsers() && r.mayTakeFull(&changes) {
		opts = append(opts, r.unlessFull())
	}
	updated, done, err = docs.UpdateUnseen(ctx, id, changes, opts...)
	return updated, members, done, err
}

// isRestated reports whether a response would show body's members as they are
// written there. A value that is stored in another form may already be stored as
// sent, and has to stay so.
func (r *resource) isRestated(body []byte, changes *raw.Changes) bool {
	text, docErr := r.c.Render(changes.Document())
	return docErr == nil && wire.Restates(text, body)
}

// deleteBlind deletes the document that the path names. If done is false, it has to
// be read first.
func (r *resource) deleteBlind(c echo.Context, s *session, docs raw.Documents) (id bson.ObjectID, done bool, err error) {
	id, opts, ok := r.blind(c, s)
	if !ok {
		return id, false, nil
	}
	if r.isUsers() {
		opts = append(opts, r.unlessFull())
	}
	done, err = docs.DeleteUnseen(c.Request().Context(), id, opts...)
	return id, done, err
}
