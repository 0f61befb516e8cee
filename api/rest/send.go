package rest

import (
	"encoding/json"
	"strconv"

	"github.com/labstack/echo/v4"
)

// sendBlob sends body. It always sets the length, so that HEAD has it too.
func sendBlob(c echo.Context, status int, contentType string, body []byte) error {
	c.Response().Header().Set(echo.HeaderContentLength, strconv.Itoa(len(body)))
	return c.Blob(status, contentType, body)
}

// sendJSON sends v as JSON.
func sendJSON(c echo.Context, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return sendBlob(c, status, echo.MIMEApplicationJSON, body)
}
