package rest

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// elements serves the elements of a list as resources within the document. They have its entity
// tag, and a write of one is a write of the document.
type elements struct {
	*resource
	list *raw.ElementCodec
}

// elementRoutes returns the routes of the lists of a collection whose elements have an _id.
func (r *resource) elementRoutes() []route {
	a, c := r.api, r.c
	var list []route
	for i := range c.Codec.Elements {
		e := &elements{r, &c.Codec.Elements[i]}
		all := "/api/" + c.Name + "/{id}/" + e.list.Name
		one := all + "/{item}"
		reads := a.signedIn(c.Access.Read, a.accepts(accepted{}))
		list = append(list, route{http.MethodGet, all, e.all, reads}, route{http.MethodGet, one, e.one, reads})
		if e.list.New == nil {
			continue
		}
		writes := a.signedIn(c.Access.Update, a.accepts(accepted{}))
		list = append(list,
			route{http.MethodPost, all, e.push, writes},
			route{http.MethodPatch, one, e.change, writes},
			route{http.MethodDelete, one, e.pull, writes})
	}
	return list
}

// all sends the list.
func (e *elements) all(c echo.Context) error {
	return e.show(c, func(list []byte) ([]byte, error) {
		body := wire.AppendJSONString([]byte(`{"message":`), e.list.Title+" found successfully")
		body = wire.AppendJSONString(append(body, ','), e.list.Name)
		return append(append(append(body, ':'), list...), '}'), nil
	})
}

// one sends an element.
func (e *elements) one(c echo.Context) error {
	id, err := itemID(c)
	if err != nil {
		return err
	}
	return e.show(c, func(list []byte) ([]byte, error) { return elementOf(list, id) })
}

// show sends what body makes of the list, unless the client has the document as it is.
func (e *elements) show(c echo.Context, body func(list []byte) ([]byte, error)) error {
	_, docs := e.open(c)
	want, err := preconditionsOf(c.Request().Header)
	if err != nil {
		return err
	}
	doc, err := e.read(c, docs, nil)
	if err != nil {
		return err
	}
	text, err := e.listOf(c, doc)
	if err != nil {
		return err
	}
	if text, err = body(text); err != nil {
		return err
	}
	c.Response().Header().Set(headerETag, e.entityTag(doc))
	switch err := want.check(e.entityTag(doc)); {
	case errors.Is(err, errNotModified):
		return c.NoContent(http.StatusNotModified)
	case err != nil:
		return err
	}
	return sendBlob(c, http.StatusOK, echo.MIMEApplicationJSON, text)
}

// listOf returns the list in doc, as the API answers with it. The error is why the document does
// not fit; the response then has the tag under which it can be repaired.
func (e *elements) listOf(c echo.Context, doc bson.Raw) ([]byte, error) {
	text, docErr := e.c.Render(doc)
	if docErr != nil {
		c.Response().Header().Set(headerETag, e.entityTag(doc))
		e.logInvalid(c, sessionOf(c), docErr)
		return nil, docErr
	}
	if list := wire.JSONMember(text, e.list.Name); list != nil {
		return list, nil
	}
	return []byte("[]"), nil
}

// elementOf returns the element with the given _id of a list.
func elementOf(list []byte, id bson.ObjectID) ([]byte, error) {
	if element := wire.JSONElement(list, id); element != nil {
		return element, nil
	}
	return nil, store.ErrElementNotFound
}

// push appends an element, and sends it as stored. Whatever else changes in the document, the
// element is added: If-Match is not required.
func (e *elements) push(c echo.Context) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	var made bson.ObjectID
	doc, err := e.write(c, true, func(ctx context.Context, _ []byte) (raw.Changes, error) {
		changes, err := e.list.New(ctx, raw.Input{Body: body, Approve: approved})
		if err == nil {
			made = changes.Elements[0].Push[0].Document().Lookup("_id").ObjectID()
		}
		return changes, err
	})
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, pathOf(c)+"/"+made.Hex())
	return e.respondElement(c, http.StatusCreated, doc, made)
}

// change changes an element, and sends it as the change left it.
func (e *elements) change(c echo.Context) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	id, err := itemID(c)
	if err != nil {
		return err
	}
	doc, err := e.write(c, false, func(ctx context.Context, list []byte) (raw.Changes, error) {
		current, err := elementOf(list, id)
		if err != nil {
			return raw.Changes{}, err
		}
		return e.list.Patch(ctx, raw.Input{Body: body, Current: current, Approve: approved}, id)
	})
	if err != nil {
		return err
	}
	return e.respondElement(c, http.StatusOK, doc, id)
}

// pull removes an element.
func (e *elements) pull(c echo.Context) error {
	id, err := itemID(c)
	if err != nil {
		return err
	}
	doc, err := e.write(c, false, func(context.Context, []byte) (raw.Changes, error) { return e.list.Pull(id), nil })
	if err != nil {
		return err
	}
	c.Response().Header().Set(headerETag, e.entityTag(doc))
	return c.NoContent(http.StatusNoContent)
}

// respondElement sends an element of doc.
func (e *elements) respondElement(c echo.Context, status int, doc bson.Raw, id bson.ObjectID) error {
	list, err := e.listOf(c, doc)
	if err != nil {
		return stored(err)
	}
	element, err := elementOf(list, id)
	if err != nil {
		return err
	}
	c.Response().Header().Set(headerETag, e.entityTag(doc))
	return sendBlob(c, status, echo.MIMEApplicationJSON, element)
}

// approved approves of members: those of an element are set by whoever may set its list.
func approved([]string) error { return nil }

// write makes changes of the document, in the state that the request demands; free reports whether it need not demand
// any. changes is given the list, as it is stored.
func (e *elements) write(
	c echo.Context, free bool, changes func(ctx context.Context, list []byte) (raw.Changes, error),
) (updated bson.Raw, err error) {
	w, err := e.newWrite(c)
	if err != nil {
		return nil, err
	}
	if free && !w.want.match.given() {
		w.want.match.any = true
	}
	ctx := c.Request().Context()
	err = w.doRead(ctx, func(doc bson.Raw) error {
		if err := w.by.AllowUpdate(doc, []string{e.list.Name}); err != nil {
			return err
		}
		list, err := e.listOf(c, doc)
		if err != nil {
			return err
		}
		made, err := changes(ctx, list)
		if err != nil {
			return err
		}
		updated, err = w.by.Update(ctx, doc, made)
		return e.withinElement(err)
	})
	return updated, err
}

// withinElement returns the error of a write with pointers into the element, which is the request's body.
func (e *elements) withinElement(err error) error {
	if loss, ok := errors.AsType[*store.LossError](err); ok {
		for i, path := range loss.Paths {
			if below, ok := strings.CutPrefix(path, e.list.Name+"."); ok {
				_, loss.Paths[i], _ = strings.Cut(below, ".")
			}
		}
		return loss
	}
	var invalid *store.InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	prefix := check.Pointer(e.list.Name) + "/"
	for i := range invalid.Fields {
		f := &invalid.Fields[i]
		if below, ok := strings.CutPrefix(f.Pointer, prefix); ok {
			f.Pointer = strings.TrimLeft(below, "0123456789")
		}
	}
	return invalid
}
