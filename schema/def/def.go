// Package def is the vocabulary in which collections are declared: plain
// struct literals that the generator in tools/schemagen reads. It holds no
// behaviour; every rule about what may be declared, and how, is checked by the
// generator, which reports all mistakes at once.
package def

import "time"

// Collection declares one MongoDB collection and the Go type of its documents.
type Collection struct {
	// Name is the collection's segment in URLs, and its name as stored.
	Name string
	// Stored is the name as stored where it differs, such as "Booking".
	Stored string
	// Entity is the Go type of one document.
	Entity string
	// Doc is the sentence that documents Entity. It starts with Entity. If it is empty, the
	// generator writes a plain one, as for fields and Structs.
	Doc string
	// Scope says in which database the collection lives.
	Scope Scope
	// ID is the type of _id: ObjectID, String, Int or UUID. Left out, it is an ObjectID that the
	// repository makes. With a type, those who create a document may choose its _id, which
	// nobody changes later: a String or an Int has to be given, an ObjectID or a UUID is made
	// if it is not.
	ID Type
	// Fields are the members of a document besides _id, in the order in which
	// they are stored and answered.
	Fields []Field
	// Indexes are the collection's indexes besides the one on _id.
	Indexes []Index
	// IgnoredIndexes are names of indexes that are neither declared nor drift, such as
	// those of an older program; * stands for any characters, as in "legacy_*".
	IgnoredIndexes []string
	// Collation is that of the collection when it is created, and of its indexes that
	// declare none. A collection keeps the one that it was created with.
	Collation Collation
	// Timestamps adds createdAt and updatedAt, kept by the repository.
	Timestamps bool
	// CreatedAt and UpdatedAt name the two otherwise, as stored and in JSON; "-" leaves one
	// out. In Go they stay CreatedAt and UpdatedAt.
	CreatedAt, UpdatedAt string
	// SoftDelete keeps what is deleted, with deletedAt, which the repository sets. It is hidden
	// from everything but what asks for the deleted, and roles in Policy.Full can restore it.
	// Unique indexes are limited to what is not deleted.
	SoftDelete bool
	// KeepDeleted is how long deleted documents are kept, in whole seconds, such as
	// 30*24*time.Hour; 0 keeps them until they are purged. It makes a TTL index on deletedAt.
	KeepDeleted time.Duration
	// Private keeps a PerTenant collection out of the HTTP API.
	Private bool
	// Access names the permission that each kind of request needs.
	Access Access
}

// Scope says in which database a collection lives.
type Scope int

const (
	// PerTenant collections exist once in every tenant's own database.
	PerTenant Scope = iota
	// Admin collections exist once, in the admin database, and are never served
	// to tenants.
	Admin
)

// Access names the permissions that requests for a collection need. An empty
// member stands for its default: read, write, write and delete.
type Access struct {
	Read, Create, Update, Delete string
}

// Struct declares a value object: a document inside a document.
type Struct struct {
	// Name is the Go type.
	Name string
	// Doc is the sentence that documents the type. It starts with Name.
	Doc string
	// ID gives each element of a List of the Struct an _id, by which a write finds it again.
	ID     bool
	Fields []Field
}

// Field declares one member of a collection's documents or of a Struct.
type Field struct {
	// Name is the member's name in JSON, in URLs and, made one of Go's, in Go, and as stored.
	// Paths, such as those of an index's Keys, are made of Names.
	Name string
	// Stored is the name as stored where it differs, such as "_templateId".
	Stored string
	// Doc is a sentence that starts with the field's Go name. If it is empty, the generator
	// writes one from name and type.
	Doc  string
	Type Type
	// Required refuses writes that leave the field out. A field that is neither Required
	// nor has a Default is optional: nothing is stored, read or returned if it is missing.
	Required bool
	// RequiredIf makes the field required where every one of the conditions is fulfilled. Their
	// paths begin beside the field: in the document or, for a Struct's field, in the Struct.
	RequiredIf []Condition
	// Default is what a missing or null field reads as, and what a document
	// created without it holds: "" and 0 are such values. That of a List, Set or Map is a
	// slice or map, such as []string{}, that of an Object FieldDefaults. Now, NewUUID and
	// NewObjectID make a value for each document, Caller and CallerOnWrite say who writes it.
	Default any
	// Immutable refuses changes once the document exists.
	Immutable bool
	// SetBy lists the roles that alone may set the field, at creation too; empty
	// means that everybody who may write may set it.
	SetBy []string
	// Hidden keeps the field out of every response, filter and sort. Requests can set it only
	// if it has SetBy; code reads and sets it.
	Hidden bool
	// ReadOnly shows the field in responses, and leaves setting it to code.
	ReadOnly bool
	// WriteOnly lets requests set the field, and keeps it out of responses, filters and sorts.
	WriteOnly bool
	// Format normalises and checks a String on write.
	Format Format
	// Trim takes white space from both ends of a String on write, Lower and Upper change its
	// case. What is compared with it is changed likewise.
	Trim, Lower, Upper bool
	// Min and Max bound an Int, a Float, a Decimal (as a string such as "0.01") or a
	// Time (as a time.Time), inclusively.
	Min, Max any
	// MinLen and MaxLen bound the length: characters of a String or Secret, bytes
	// of Bytes, elements of a List or Set, entries of a Map, bytes of BSON of an Any. Zero
	// means no bound, and 65536 bytes for an Any.
	MinLen, MaxLen int
	// Pattern is a regular expression (RE2) that the whole of a String matches.
	Pattern string
	// Check names a function of the app, a func(T) error for the field's Go type T: it is called
	// with a value that fulfils everything else before the value is written, and its error
	// refuses it. Clients read the error's text.
	Check string
	// Each are the rules for the elements of a List, Set or Map.
	Each Rules
}

// Rules are rules for the elements of a List or Set, or the values of a Map's entries. They
// are what those of a Field are.
type Rules struct {
	Format             Format
	Trim, Lower, Upper bool
	Min, Max           any
	MinLen, MaxLen     int
	Pattern            string
	Check              string
}

// Made is a Default that is made anew for each document that is created. What is stored
// without it, by other programs, lacks the field.
type Made string

// The values that are made at creation.
const (
	// Now is the time: the Default of a Time.
	Now Made = "the time of creation"
	// NewUUID is a random UUID (version 4 of RFC 9562): the Default of a UUID.
	NewUUID Made = "a new UUID"
	// NewObjectID is a new ObjectID: the Default of an ObjectID.
	NewObjectID Made = "a new ObjectID"
	// Caller is the _id of the user whose request creates the document: the Default of an
	// ObjectID or of a reference to users, which requests cannot set and code can. An
	// operator is no user, and leaves it out.
	Caller Made = "the user who creates the document"
	// CallerOnWrite is the _id of the user whose request created or changed the document last,
	// as Caller is. A change by an operator removes it.
	CallerOnWrite Made = "the user who changed the document last"
)

// FieldDefaults is the Default of an Object: the one whose members have their defaults.
var FieldDefaults = fieldDefaults{}

type fieldDefaults struct{}

// Format is a rule about what a String holds.
type Format string

// Email is an address as accounts are known by: trimmed, lower-cased and brought to
// Unicode's form NFC on write, without characters that only format, with one @
// between a local part and a domain in IDNA's ASCII form, 254 bytes at most (RFC
// 5321, section 4.5.3.1.3, less the angle brackets).
const Email Format = "email"

// Other formats. A text is stored as it is given, unless another form is named.
const (
	// URL is an absolute URL with http or https, without credentials.
	URL Format = "uri"
	// UUIDText is the text of a UUID, stored in lower case. UUID is the type for new data.
	UUIDText Format = "uuid"
	// Hostname is a name in the DNS, stored in IDNA's ASCII form in lower case, without a dot
	// at the end.
	Hostname Format = "hostname"
	// E164 is a telephone number with its country code, such as +4930123456.
	E164 Format = "e164"
	// Date is a day without a time, such as 2026-01-31.
	Date Format = "date"
	// TimeZone is a name of the IANA time zone database, such as Europe/Berlin.
	TimeZone Format = "iana-time-zone"
	// Currency is a code of ISO 4217, stored in upper case.
	Currency Format = "iso-4217"
)

// Index declares an index of a collection.
type Index struct {
	// Name defaults to MongoDB's own for the same keys, such as email_1.
	Name string
	// Kind is Ordered if empty.
	Kind IndexKind
	// Keys are paths such as "role.name"; a leading "-" means descending.
	Keys []string
	// Unique refuses a second document with the same keys. Its fields are required
	// fields, unless Partial or, with one key, Sparse leaves out the documents that lack them.
	Unique bool
	// TTL removes documents that long after the date at the only key: a
	// time.Duration in whole seconds, such as 24*time.Hour, or 0 for at that date.
	// Nil means that documents stay.
	TTL any
	// Sparse leaves out documents that lack every key.
	Sparse bool
	// Partial leaves out documents that do not fulfil every one of its conditions.
	Partial []Condition
	// Exact leaves the keys as they are, without the _id that gives pages their order: the
	// index is as programs make it that know nothing of pages. It serves pages by equality
	// on its first keys, in the order of _id; the database sorts by it only under Unindexed.
	Exact bool
	// Collation says how the index compares text, and so do the queries that it serves: by
	// Locale and Strength 2, whatever the case. The zero value is that of the collection.
	Collation Collation
	// Weights are how much a word counts by the path of a Text index where it is; 1 if
	// nothing is said.
	Weights map[string]int
	// Language is that of a Text index's words, such as "german"; "english" if empty, and
	// "none" takes words as they are.
	Language string
	// Hidden has the index kept, but not used by queries.
	Hidden bool
	// Doc says what the index is for.
	Doc string
}

// IndexKind says what an index is for.
type IndexKind string

const (
	// Ordered indexes serve comparisons and orders.
	Ordered IndexKind = ""
	// Text serves searches for words in the strings at its Keys: one index of a collection.
	Text IndexKind = "text"
)

// Collation says how text is compared, as MongoDB's collations do. The zero value is none:
// byte by byte.
type Collation struct {
	// Locale is a language, such as "en", or "simple" for none where the collection has
	// one.
	Locale string
	// CaseLevel has case count at Strength 1 and 2 as well.
	CaseLevel bool
	// CaseFirst is "upper" or "lower": what comes first.
	CaseFirst string
	// Strength is how much counts: 1 letters, 2 accents too, 3 case too, up to 5; 0 is 3.
	Strength int
	// NumericOrdering compares digits as numbers: "2" before "10".
	NumericOrdering bool
	// Alternate is "shifted", if spaces and punctuation count only at Strength 4 and 5.
	Alternate string
	// MaxVariable is "space", if shifted is about spaces alone.
	MaxVariable string
	// Normalization brings text to one form first.
	Normalization bool
	// Backwards compares accents from the end, as Canadian French does.
	Backwards bool
}

// Condition is what a document fulfils at one path.
type Condition struct {
	// Path is dotted, such as "role.name".
	Path string
	// Op compares what is stored with Value; the zero value is Equal.
	Op Op
	// Value is written as a Default of the field would be; Exists takes none.
	Value any
}

// Op says how a Condition compares.
type Op string

// The comparisons that an index can be limited by.
const (
	Equal          Op = ""
	Less           Op = "<"
	LessOrEqual    Op = "<="
	Greater        Op = ">"
	GreaterOrEqual Op = ">="
	// Exists holds for documents that have the field, whatever it is.
	Exists Op = "exists"
)

// Policy names the roles with fixed rights; all others may do what their
// permissions list.
type Policy struct {
	// Full are the roles that may do everything within their tenant.
	Full []string
	// Barred are the roles that may do nothing, however valid their token.
	Barred []string
}
