package rest

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// maxBody is the maximum length of a request's body in bytes: 1 MiB. MongoDB's
// documents may have 16 MiB; those in requests have a few fields.
const maxBody = 1 << 20

// Errors of bodies, whatever they contain.
var (
	errBodyTooLarge   = refuse(http.StatusRequestEntityTooLarge, "body_too_large", fmt.Sprintf("The body is longer than %d bytes", maxBody))
	errBodyUnexpected = refuse(http.StatusBadRequest, "body_unexpected", "This request takes no body; send none")
	errBodyBroken     = refuse(http.StatusBadRequest, "body_invalid", "The body ends before it is complete")
	errBodyTimeout    = refuse(http.StatusRequestTimeout, "body_timeout", "The body did not arrive in time")
)

// limitBody limits the length of bodies, however they are sent. It refuses a body
// where none has a meaning: the client would assume that a filter or condition in
// it was applied.
func limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		switch {
		case slices.Contains(bodilessMethods, r.Method):
			if r.ContentLength > 0 || r.ContentLength < 0 && hasBody(r.Body) {
				return errBodyUnexpected
			}
		case r.ContentLength > maxBody:
			return errBodyTooLarge
		}
		r.Body = http.MaxBytesReader(c.Response().Writer, r.Body, maxBody)
		return next(c)
	}
}

// bodilessMethods are the methods whose requests have no body.
var bodilessMethods = []string{http.MethodGet, http.MethodHead, http.MethodDelete}

// hasBody reports whether there is anything in a body of unknown length.
func hasBody(body io.Reader) bool {
	n, _ := io.ReadFull(body, make([]byte, 1))
	return n > 0
}

// readAll reads the body.
func readAll(c echo.Context) ([]byte, error) {
	body, err := io.ReadAll(c.Request().Body)
	var tooLong *http.MaxBytesError
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &tooLong):
		return nil, errBodyTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, errBodyTimeout
	}
	return nil, errBodyBroken
}

// readBody reads a JSON body.
func readBody(c echo.Context) ([]byte, error) {
	if err := checkEncoding(c); err != nil {
		return nil, err
	}
	if err := checkJSON(c.Request().Method, c.Request().Header); err != nil {
		return nil, err
	}
	return readAll(c)
}

// checkEncoding refuses a compressed body, and lists the supported codings in the
// response's headers (RFC 9110, section 15.5.16).
func checkEncoding(c echo.Context) error {
	for _, list := range c.Request().Header.Values(echo.HeaderContentEncoding) {
		for coding := range strings.SplitSeq(list, ",") {
			if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "identity") {
				c.Response().Header().Set(echo.HeaderAcceptEncoding, "identity")
				return refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send the body without Content-Encoding")
			}
		}
	}
	return nil
}

// mergePatch is a media type that only PATCH accepts. It is read like JSON.
const mergePatch = "application/merge-patch+json"

// acceptPatch lists the media types that PATCH accepts.
const acceptPatch = mergePatch + ", " + echo.MIMEApplicationJSON

// checkJSON refuses a body that is not declared as JSON in UTF-8.
func checkJSON(method string, h http.Header) error {
	kind, parameters, err := mime.ParseMediaType(h.Get(echo.HeaderContentType))
	charset, given := parameters["charset"]
	isJSON := kind == echo.MIMEApplicationJSON || kind == mergePatch && method == http.MethodPatch
	switch {
	case err != nil || !isJSON:
		return refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send JSON, with Content-Type: application/json")
	case given && !strings.EqualFold(charset, "utf-8"):
		return refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send JSON in UTF-8, with Content-Type: application/json")
	}
	return nil
}
