package schema

import "github.com/partywall/partywall/schema/def"

// Message belongs to a conversation, by the conversationId that clients know.
var Message = def.Collection{
	Name:   "messages",
	Entity: "Message",
	Doc:    "Message is what a person or a model said.",
	Fields: []def.Field{
		{Name: "messageId", Type: def.String, Required: true, Immutable: true, Format: def.UUIDText, Doc: "MessageID is the UUID that clients know it by."},
		{Name: "conversationId", Type: def.String, Required: true, Immutable: true, Format: def.UUIDText, Doc: "ConversationID is the conversation that it belongs to."},
		{Name: "user", Type: def.String, Required: true, Immutable: true, MaxLen: 64, Doc: "User is whose conversation it is."},
		{Name: "parentMessageId", Type: def.String, Format: def.UUIDText, Doc: "ParentMessageID is what it answers."},
		{Name: "endpoint", Type: endpoint, Doc: "Endpoint is what answered."},
		{Name: "sender", Type: def.String, MaxLen: 200, Doc: "Sender is who said it, as clients show it."},
		{Name: "text", Type: def.String, MaxLen: 100000, Doc: "Text is what was said, if it is nothing but text."},
		{Name: "content", Type: def.List(def.Any), MaxLen: 200, Doc: "Content are its parts: text, calls of tools, pictures."},
		{Name: "isCreatedByUser", Type: def.Bool, Default: false, Doc: "IsCreatedByUser says that a person said it."},
		{Name: "tokenCount", Type: def.Int, Min: 0, Doc: "TokenCount is how long it is for the model."},
		{Name: "finishReason", Stored: "finish_reason", Type: def.String, MaxLen: 64, Doc: "FinishReason is why the model stopped."},
		{Name: "unfinished", Type: def.Bool, Default: false, Doc: "Unfinished says that more was to come."},
		{Name: "error", Type: def.Bool, Default: false, Doc: "Error says that text is an error."},
		{Name: "feedback", Type: def.Object(Feedback), Doc: "Feedback is what its reader thinks of it."},
		{Name: "plugin", Type: def.Object(Plugin), Doc: "Plugin is what the first tools left behind."},
		{Name: "files", Type: def.List(def.Any), MaxLen: 100, Doc: "Files came with it."},
		{Name: "metadata", Type: def.Any, MaxLen: 32 << 10, Doc: "Metadata is whatever programs keep of it."},
		{Name: "expiredAt", Type: def.Time, Doc: "ExpiredAt is when a temporary message is removed."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"messageId"}, Unique: true, Doc: "Clients look messages up."},
		{Keys: []string{"messageId", "user"}, Unique: true, Doc: "Mongoose's, to look them up with their owner."},
		{Keys: []string{"conversationId", "createdAt"}, Doc: "A conversation, page by page."},
		{Keys: []string{"conversationId"}, Exact: true, Doc: "Mongoose's: a conversation."},
		{Keys: []string{"user"}, Exact: true, Doc: "Mongoose's: what somebody said."},
		{Keys: []string{"createdAt"}, Exact: true, Doc: "Mongoose's, for reports."},
		{Keys: []string{"feedback.rating", "-createdAt"}, Partial: []def.Condition{{Path: "feedback.rating", Op: def.Exists}}, Doc: "What readers think, the latest first."},
		{Keys: []string{"expiredAt"}, TTL: 0, Doc: "Temporary messages go by themselves."},
	},
	IgnoredIndexes: []string{"_searchIndex_*"},
}

// Feedback is what a reader thinks of a message.
var Feedback = def.Struct{
	Name: "Feedback",
	Doc:  "Feedback is what a reader thinks of a message.",
	Fields: []def.Field{
		{Name: "rating", Type: def.Enum("thumbsUp", "thumbsDown"), Required: true, Doc: "Rating is whether it helped."},
		{Name: "tag", Type: def.String, MaxLen: 64, RequiredIf: []def.Condition{{Path: "rating", Value: "thumbsDown"}}, Doc: "Tag is why it did not."},
		{Name: "text", Type: def.String, MaxLen: 1024, Doc: "Text is what else they say."},
	},
}

// Plugin is what the first tools left behind. Messages have parts in its place today.
var Plugin = def.Struct{
	Name: "Plugin",
	Doc:  "Plugin is what the first tools left behind.",
	Fields: []def.Field{
		{Name: "latest", Type: def.String, Doc: "Latest is the tool that ran last."},
		{Name: "inputs", Type: def.List(def.Any), MaxLen: 50, Doc: "Inputs are what the tools were given."},
		{Name: "outputs", Type: def.String, Doc: "Outputs are what they said."},
	},
}
