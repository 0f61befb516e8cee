package schema

import (
	"time"

	"github.com/partywall/partywall/schema/def"
)

// closed is the status of a ticket that is done with; before it are new, open and pending.
const closed = 3

// Ticket is what somebody asks.
var Ticket = def.Collection{
	Name:   "tickets",
	Entity: "Ticket",
	Doc:    "Ticket is what somebody asks.",
	Access: def.Access{Create: "import"}, // everybody else opens tickets, which counts them
	Fields: []def.Field{
		{Name: "uid", Type: def.Int, Required: true, Immutable: true, Min: 1, Doc: "UID is the number that people know the ticket by."},
		{Name: "owner", Type: def.Ref("users"), Required: true, Immutable: true, Doc: "Owner is who asks."},
		{Name: "assignee", Type: def.Ref("users"), Doc: "Assignee is who answers."},
		{Name: "group", Type: def.Ref("groups"), Required: true, Doc: "Group sees it."},
		{Name: "type", Type: def.Ref("types"), Required: true, Doc: "Type says what it is about."},
		{Name: "priority", Type: def.Ref("priorities"), Required: true, Doc: "Priority says how soon it is to be closed."},
		{Name: "status", Type: def.Int, Default: 0, Min: 0, Max: closed, Doc: "Status is 0 if it is new, 1 open, 2 pending, 3 closed."},
		{Name: "tags", Type: def.Set(def.Ref("tags")), Default: []string{}, MaxLen: 50, Doc: "Tags are words for it."},
		{Name: "subject", Type: def.String, Required: true, Trim: true, MaxLen: 200, Doc: "Subject is what it is about."},
		{Name: "issue", Type: def.String, Required: true, MaxLen: 64 << 10, Check: "html", Doc: "Issue is what is asked, in HTML."},
		{Name: "dueDate", Type: def.Time, Doc: "DueDate is when it has to be closed."},
		{Name: "closedDate", Type: def.Time, RequiredIf: []def.Condition{{Path: "status", Value: closed}}, Doc: "ClosedDate is when it was closed."},
		{Name: "comments", Type: def.List(def.Object(Comment)), Default: []any{}, MaxLen: 1000, Doc: "Comments are seen by who asked."},
		{Name: "notes", Type: def.List(def.Object(Note)), Default: []any{}, MaxLen: 1000, Doc: "Notes are for those who answer."},
		{Name: "attachments", Type: def.List(def.Object(Attachment)), Default: []any{}, MaxLen: 100, Doc: "Attachments are files."},
		{Name: "history", Type: def.List(def.Object(HistoryItem)), ReadOnly: true, Doc: "History is what was done with it."},
		{Name: "subscribers", Type: def.Set(def.Ref("users")), Default: []string{}, MaxLen: 1000, Doc: "Subscribers are told of each change."},
		{Name: "changedBy", Type: def.Ref("users"), Default: def.CallerOnWrite, Doc: "ChangedBy is who changed or deleted it last; the older program did not say."},
	},
	Timestamps:  true,
	CreatedAt:   "date",
	UpdatedAt:   "updated",
	SoftDelete:  true,
	KeepDeleted: 365 * 24 * time.Hour,
	Indexes: []def.Index{
		{Keys: []string{"uid"}, Unique: true, Doc: "Tickets by number."},
		{Keys: []string{"status", "-date"}, Doc: "What is to be done, the newest first."},
		{Keys: []string{"assignee", "-date"}, Doc: "What somebody answers, the newest first."},
		{Keys: []string{"group"}, Exact: true, Doc: "What a group sees, as Mongoose indexed it."},
		{Keys: []string{"owner"}, Exact: true, Doc: "What somebody asked, as Mongoose indexed it."},
		{Kind: def.Text, Keys: []string{"subject", "issue"}, Weights: map[string]int{"subject": 10}, Doc: "Words in tickets."},
	},
	IgnoredIndexes: []string{"deleted_*"},
}

// Comment is an answer to a ticket.
var Comment = def.Struct{
	Name: "Comment",
	Doc:  "Comment is an answer to a ticket.",
	ID:   true,
	Fields: []def.Field{
		{Name: "owner", Type: def.Ref("users"), Required: true, Immutable: true, Doc: "Owner is who wrote it."},
		{Name: "date", Type: def.Time, Default: def.Now, Immutable: true, Doc: "Date is when."},
		{Name: "comment", Type: def.String, Required: true, MaxLen: 16 << 10, Check: "html", Doc: "Comment is what it says, in HTML."},
		{Name: "deleted", Type: def.Bool, Default: false, Doc: "Deleted says that it is not shown."},
	},
}

// Note is a remark about a ticket that its owner does not see.
var Note = def.Struct{
	Name: "Note",
	Doc:  "Note is a remark about a ticket that its owner does not see.",
	ID:   true,
	Fields: []def.Field{
		{Name: "owner", Type: def.Ref("users"), Required: true, Immutable: true, Doc: "Owner is who wrote it."},
		{Name: "date", Type: def.Time, Default: def.Now, Immutable: true, Doc: "Date is when."},
		{Name: "note", Type: def.String, Required: true, MaxLen: 16 << 10, Check: "html", Doc: "Note is what it says, in HTML."},
		{Name: "deleted", Type: def.Bool, Default: false, Doc: "Deleted says that it is not shown."},
	},
}

// Attachment is a file that came with a ticket.
var Attachment = def.Struct{
	Name: "Attachment",
	Doc:  "Attachment is a file that came with a ticket.",
	ID:   true,
	Fields: []def.Field{
		{Name: "owner", Type: def.Ref("users"), Doc: "Owner is who sent it."},
		{Name: "name", Type: def.String, Required: true, MaxLen: 200, Doc: "Name is the file's."},
		{Name: "path", Type: def.String, Required: true, MaxLen: 400, Doc: "Path is where the file is."},
		{Name: "type", Type: def.String, Required: true, Lower: true, MaxLen: 100, Doc: "Type is that of the content, such as text/plain."},
		{Name: "date", Type: def.Time, Default: def.Now, Immutable: true, Doc: "Date is when it was sent."},
	},
}

// HistoryItem is something that was done with a ticket.
var HistoryItem = def.Struct{
	Name: "HistoryItem",
	Doc:  "HistoryItem is something that was done with a ticket.",
	ID:   true,
	Fields: []def.Field{
		{Name: "action", Type: def.String, Required: true, MaxLen: 100, Doc: "Action is what kind of thing, such as ticket:set:status."},
		{Name: "description", Type: def.String, MaxLen: 400, Doc: "Description says it in words."},
		{Name: "owner", Type: def.Ref("users"), Doc: "Owner is who did it."},
		{Name: "date", Type: def.Time, Default: def.Now, Immutable: true, Doc: "Date is when."},
	},
}
