package servertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/partywall/partywall/api/meta"
)

// contract is the OpenAPI document of a server under test. Whatever the tests
// exchange with the server is held against it.
type contract struct {
	*openapi3.T
	// parts is the document for requests with ?fields=, whose responses lack what schemas require.
	parts *contract
	// found are the bodies that were found to be as declared: most tests have some that
	// others had, and compiling a schema takes longer than an exchange.
	found sync.Map // of declaredBody
}

// declaredBody is the body of a request or a response that the document declares. It has no
// ids and times, of which the document says no more than how they are written.
type declaredBody struct {
	of                any // *openapi3.Operation or *openapi3.Response
	contentType, text string
}

func newDeclaredBody(of any, header http.Header, text string) declaredBody {
	text = requestID.ReplaceAllString(text, "\x00")
	text = objectID.ReplaceAllString(text, "\x01")
	return declaredBody{of, header.Get("Content-Type"), instant.ReplaceAllString(text, "\x02")}
}

var (
	requestID = regexp.MustCompile(`"requestId":"[^"]*"`)
	objectID  = regexp.MustCompile(`"[0-9a-f]{24}"`)
	instant   = regexp.MustCompile(`"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`)
)

// contracts are those of the servers that run, by host.
var contracts sync.Map

// documents are those that were read, by their text: most servers have the same.
var documents sync.Map

func init() {
	openapi3filter.RegisterBodyDecoder("application/jwk-set+json", openapi3filter.JSONBodyDecoder)
}

// Agree holds whatever the server answers against document until the test ends.
func (c Client) Agree(t *testing.T, document []byte) {
	t.Helper()
	read, _ := documents.LoadOrStore(string(document), sync.OnceValues(func() (*contract, error) { return readContract(document) }))
	agreed, err := read.(func() (*contract, error))()
	if err != nil {
		t.Fatalf("the OpenAPI document: %v", err)
	}
	host := strings.TrimPrefix(c.Base, "http://")
	contracts.Store(host, agreed)
	t.Cleanup(func() { contracts.Delete(host) })
}

// readContract reads a document, and takes it at its word: in a test an answer has
// no members that its schema does not name.
func readContract(document []byte) (*contract, error) {
	var tree any
	if err := json.Unmarshal(document, &tree); err != nil {
		return nil, err
	}
	closeObjects(tree, false)
	c, err := loadContract(tree)
	if err != nil {
		return nil, err
	}
	closeObjects(tree, true)
	c.parts, err = loadContract(tree)
	return c, err
}

func loadContract(tree any) (*contract, error) {
	text, err := json.Marshal(tree)
	if err != nil {
		return nil, err
	}
	t, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, err
	}
	return &contract{T: t}, t.Validate(context.Background())
}

// closeObjects lets objects have no members that they do not name and, for parts, lack what they require.
func closeObjects(in any, parts bool) {
	switch in := in.(type) {
	case map[string]any:
		if parts && in["type"] == "object" {
			delete(in, "required")
		}
		if in["type"] == "object" && in["properties"] != nil && in["additionalProperties"] == nil {
			in["additionalProperties"] = false
		}
		for _, v := range in {
			closeObjects(v, parts)
		}
	case []any:
		for _, v := range in {
			closeObjects(v, parts)
		}
	}
}

// hold holds an exchange against the document of the server it was with.
func hold(t *testing.T, req *http.Request, got *Response) {
	t.Helper()
	if err := checkExchange(req, got); err != nil {
		t.Errorf("%s %s: %d is not as openapi.json has it: %.600v", req.Method, req.URL, got.Status, err)
	}
}

// checkExchange says where an exchange is not as the server's document has it. A request
// that was refused may be as wrong as it likes.
func checkExchange(req *http.Request, got *Response) error {
	known, ok := contracts.Load(req.URL.Host)
	if !ok || req.Method == http.MethodOptions {
		return nil
	}
	c := known.(*contract)
	if req.URL.Query().Has(meta.FieldsParameter) {
		c = c.parts
	}
	in, err := c.find(req)
	switch {
	case err != nil:
		return err
	case in == nil:
		return c.checkNowhere(got)
	}
	return errors.Join(c.checkAnswer(in, got), c.checkRequest(in, got))
}

// find returns the operation that a request is for, nil if the document has none.
func (c *contract) find(req *http.Request) (*openapi3filter.RequestValidationInput, error) {
	segments, below := c.served(strings.Split(req.URL.EscapedPath(), "/"))
	template, params := c.match(segments)
	if template == "" {
		return nil, nil
	}
	item := c.Paths.Value(template)
	if below && len(item.Servers) > 0 { // others than the document's
		return nil, nil
	}
	method := req.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	operation := item.GetOperation(method)
	if operation == nil { // it is to be refused, and any operation of the path says how
		for _, other := range item.Operations() {
			operation = other
		}
	}
	body, err := bodyOf(req)
	if err != nil {
		return nil, err
	}
	sent := req.Clone(context.Background())
	sent.Body = body
	return &openapi3filter.RequestValidationInput{
		Request: sent, PathParams: params,
		Route: &routers.Route{Spec: c.T, Path: template, PathItem: item, Method: method, Operation: operation},
		Options: &openapi3filter.Options{
			IncludeResponseStatus: true, SkipSettingDefaults: true, RejectWhenRequestBodyNotSpecified: true,
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	}, nil
}

// isOwn reports whether the operation is no generated one. What its handler takes
// and answers is the handler's business, as far as it does not say so.
func isOwn(o *openapi3.Operation) bool { return o.Responses.Default() != nil }

// bodyOf returns what was sent, to be read once more.
func bodyOf(req *http.Request) (io.ReadCloser, error) {
	if req.GetBody == nil {
		return http.NoBody, nil
	}
	return req.GetBody()
}

// ofTenant is the URL of a server below which paths are a tenant's.
const ofTenant = "/t/{tenant}"

// served returns the segments of a path without those of the server below which it is, and whether there are any.
func (c *contract) served(segments []string) (rest []string, below bool) {
	known := slices.ContainsFunc(c.Servers, func(s *openapi3.Server) bool { return s.URL == ofTenant })
	if !known || len(segments) < 3 {
		return segments, false
	}
	start, _ := url.PathUnescape(segments[1])
	name, _ := url.PathUnescape(segments[2])
	if start != "t" || slices.Contains([]string{"", ".", ".."}, name) {
		return segments, false
	}
	return slices.Concat(segments[:1], segments[3:]), true
}

// match returns the path among the document's that segments belong to: one without
// parameters before one with.
func (c *contract) match(segments []string) (template string, params map[string]string) {
	for _, candidate := range c.Paths.InMatchingOrder() {
		parts, found := strings.Split(candidate, "/"), map[string]string{}
		fits := len(parts) == len(segments)
		for i := 0; fits && i < len(parts); i++ {
			segment, err := url.PathUnescape(segments[i])
			name, isParameter := strings.CutPrefix(parts[i], "{")
			if isParameter {
				found[strings.TrimSuffix(name, "}")] = segment
			}
			fits = err == nil && segment != "" == (parts[i] != "") && (isParameter || segment == parts[i])
		}
		if fits {
			return candidate, found
		}
	}
	return "", nil
}

// checkAnswer compares an answer with those that the operation declares.
func (c *contract) checkAnswer(in *openapi3filter.RequestValidationInput, got *Response) error {
	response := in.Route.Operation.Responses.Status(got.Status)
	if response == nil {
		response = in.Route.Operation.Responses.Default()
	}
	if response == nil {
		return fmt.Errorf("the status %d is not declared", got.Status)
	}
	if err := errors.Join(checkHeaders(response.Value, got, isOwn(in.Route.Operation)), checkCode(in, response.Value, got)); err != nil {
		return err
	}
	if in.Request.Method == http.MethodHead || len(response.Value.Content) == 0 {
		if got.Text != "" {
			return fmt.Errorf("there is a body, which is not declared: %.200s", got.Text)
		}
		return nil
	}
	options := *in.Options
	body := newDeclaredBody(response.Value, got.Header, got.Text)
	_, options.ExcludeResponseBody = c.found.Load(body)
	err := openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: got.Status, Header: got.Header,
		Body: io.NopCloser(bytes.NewReader([]byte(got.Text))), Options: &options,
	})
	if err == nil {
		c.found.Store(body, true)
	}
	return err
}

// checkCode finds a problem's code among those that the refusal's description names.
func checkCode(in *openapi3filter.RequestValidationInput, refusal *openapi3.Response, got *Response) error {
	if got.Code() == "" || isOwn(in.Route.Operation) || refusal.Description == nil {
		return nil
	}
	codes := problemCode.FindAllString(strings.Join(inBrackets.FindAllString(*refusal.Description, -1), " "), -1)
	if !slices.Contains(codes, got.Code()) {
		return fmt.Errorf("%d has the code %s, which is not declared; those are %v", got.Status, got.Code(), codes)
	}
	return nil
}

var (
	inBrackets  = regexp.MustCompile(`\([^)]*\)`)
	problemCode = regexp.MustCompile(`[a-z]+(_[a-z]+)*`)
)

// undeclared are headers that belong to HTTP rather than to an operation.
var undeclared = []string{
	"Cache-Control", "Connection", "Content-Length", "Content-Type", "Date", "Vary", "X-Content-Type-Options",
	"Access-Control-Allow-Origin", "Access-Control-Expose-Headers",
}

// checkHeaders finds headers that are missing, and those that are not declared,
// unless there may be others.
func checkHeaders(response *openapi3.Response, got *Response, others bool) error {
	declared := slices.Clone(undeclared)
	for name, header := range response.Headers {
		declared = append(declared, http.CanonicalHeaderKey(name))
		if header.Value.Required && got.Header.Get(name) == "" {
			return fmt.Errorf("%d lacks the header %s, which is declared", got.Status, name)
		}
	}
	for name := range got.Header {
		if !slices.Contains(declared, name) && !others {
			return fmt.Errorf("%d has the header %s, which is not declared", got.Status, name)
		}
	}
	return nil
}

// checkRequest finds fault with requests that were served.
func (c *contract) checkRequest(in *openapi3filter.RequestValidationInput, got *Response) error {
	if got.Status >= http.StatusBadRequest {
		return nil
	}
	if in.Route.PathItem.GetOperation(in.Route.Method) == nil {
		return fmt.Errorf("%s is served, but not declared", in.Route.Method)
	}
	for name := range in.Request.URL.Query() {
		if in.Route.Operation.Parameters.GetByInAndName("query", name) == nil && in.Route.PathItem.Parameters.GetByInAndName("query", name) == nil {
			return fmt.Errorf("the parameter %s is taken, but not declared", name)
		}
	}
	if isOwn(in.Route.Operation) {
		return nil
	}
	return c.checkSent(in)
}

// checkSent compares what was sent with what the operation takes.
func (c *contract) checkSent(in *openapi3filter.RequestValidationInput) error {
	text, err := io.ReadAll(in.Request.Body)
	if err != nil {
		return err
	}
	in.Request.Body = io.NopCloser(bytes.NewReader(text))
	body := newDeclaredBody(in.Route.Operation, in.Request.Header, string(text))
	_, in.Options.ExcludeRequestBody = c.found.Load(body)
	err = openapi3filter.ValidateRequest(context.Background(), in)
	if err == nil {
		c.found.Store(body, true)
	}
	return err
}

// checkNowhere returns for paths that the document does not have: those that a test
// has added, and those that are nowhere.
func (c *contract) checkNowhere(got *Response) error {
	if got.Code() != "route_not_found" {
		return nil
	}
	return errors.Join(
		c.Components.Schemas["api.Problem"].Value.VisitJSON(any(got.Body), openapi3.EnableJSONSchema2020()),
		checkHeaders(c.Components.Responses["api.NotFound"].Value, got, false))
}
