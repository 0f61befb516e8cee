package openapi

// ownPrefix starts the names of schemas that every API has. Entities start with a
// capital.
const ownPrefix = "api."

const (
	problemName      = ownPrefix + "Problem"
	fieldProblemName = ownPrefix + "FieldProblem"
	invalidName      = ownPrefix + "Invalid"
	grantName        = ownPrefix + "Grant"
)

// ownSchemas are the schemas that every API has.
var ownSchemas = object{{problemName, problemSchema}, {fieldProblemName, fieldProblemSchema}, {invalidName, invalidSchema}, {grantName, grantSchema}}

var fieldProblemSchema = object{
	{"type", "object"},
	{"description", "What is wrong with one value."},
	{"properties", object{
		{"pointer", object{{"type", "string"}, {"description", "The value's JSON pointer, or a query parameter's name."}}},
		{"code", text},
		{"message", text},
	}},
	{"required", []string{"pointer", "code", "message"}},
}

var problemSchema = object{
	{"type", "object"},
	{"description", "Why a request was refused (RFC 9457). Programs should rely on code."},
	{"properties", object{
		{"type", text},
		{"title", text},
		{"status", object{{"type", "integer"}}},
		{"detail", text},
		{"code", text},
		{"message", object{{"type", "string"}, {"description", "The same sentence as detail."}}},
		{"errors", object{{"type", "array"}, {"items", ref(fieldProblemName)}}},
		{"requestId", text},
	}},
	{"required", []string{"type", "title", "status", "detail", "code", "message"}},
}

var invalidSchema = object{
	{"type", "object"},
	{"description", "A stored document that does not fit the schema, and was left out."},
	{"properties", object{
		{"collection", object{{"type", "string"}, {"description", "Its collection, if it was to replace a reference."}}},
		{"_id", text},
		{"path", text},
		{"problem", text},
	}},
	{"required", []string{"_id", "path", "problem"}},
}

var grantSchema = object{
	{"type", "object"},
	{"properties", object{
		{"token", object{{"type", "string"}, {"description", "For the Authorization header."}}},
		{"expiresIn", object{{"type", "integer"}, {"description", "Seconds until token expires."}}},
		{"refreshToken", object{{"type", "string"}, {"description", "Valid for one POST /api/refresh."}}},
	}},
	{"required", []string{"token", "expiresIn", "refreshToken"}},
}
