package rest

import (
	"encoding/json"
	"strconv"

	"github.com/labstack/echo/v4"
)

// blob answers with body. Its length is said whatever it is, so that HEAD says it,
// too.
func blob(c echo.Context, status int, contentType string, body []byte) error {
	c.Response().Header().Set(echo.HeaderContentLength, strconv.Itoa(len(body)))
	return c.Blob(status, contentType, body)
}

// answerJSON answers with v as JSON.
func answerJSON(c echo.Context, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return blob(c, status, echo.MIMEApplicationJSON, body)
}
