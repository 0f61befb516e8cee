package rest

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
)

// id parses the _id in a request's path, of the type that the collection declares. A
// document has one URL: a number is written as JSON does.
func (r *resource) id(c echo.Context) (bson.RawValue, error) {
	text := param(c, "id")
	id, err := r.c.Path("_id").Parse(text)
	if err != nil {
		return bson.RawValue{}, errID(err)
	}
	if n, ok := id.Value.Int64OK(); ok && strconv.FormatInt(n, 10) != text {
		return bson.RawValue{}, errID(errors.New("must be a whole number without a plus sign or zeros before it"))
	}
	return id.Value, nil
}

// itemID parses the _id of an element in a request's path.
func itemID(c echo.Context) (bson.ObjectID, error) {
	id, err := wire.ParseObjectID(param(c, "item"))
	if err != nil {
		return id, errID(err)
	}
	return id, nil
}

// errID refuses the _id in a path, about which err is a predicate.
func errID(err error) error {
	return refuse(http.StatusBadRequest, "id_invalid", "The id in the path "+err.Error())
}
