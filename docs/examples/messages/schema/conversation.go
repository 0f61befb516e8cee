package schema

import (
	"slices"

	"github.com/partywall/partywall/schema/def"
)

// Conversation is known to clients by its conversationId, and in the database by an
// ObjectID, as Mongoose made both. Its messages are a Set, which is stored like a List,
// since several writers at once can add to one.
var Conversation = def.Collection{
	Name:   "conversations",
	Entity: "Conversation",
	Doc:    "Conversation is what a person and a model say to each other.",
	Fields: slices.Concat([]def.Field{
		{Name: "conversationId", Type: def.String, Required: true, Immutable: true, Format: def.UUIDText, Doc: "ConversationID is the UUID that clients know it by."},
		{Name: "title", Type: def.String, Default: "New conversation", MaxLen: 500, Trim: true, Doc: "Title is what stands in the list."},
		{Name: "user", Type: def.String, Required: true, Immutable: true, MaxLen: 64, Doc: "User is whose it is, as text."},
		{Name: "messages", Type: def.Set(def.Ref("messages")), Default: []any{}, MaxLen: 5000, Doc: "Messages are what was said, in this order."},
		{Name: "isArchived", Type: def.Bool, Default: false, Doc: "IsArchived takes it out of the list."},
		{Name: "tags", Type: def.Set(def.String), Default: []string{}, MaxLen: 50, Each: def.Rules{MinLen: 1, MaxLen: 64}, Doc: "Tags are what its owner files it under."},
		{Name: "expiredAt", Type: def.Time, Doc: "ExpiredAt is when a temporary conversation is removed."},
	}, parameters),
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"conversationId"}, Unique: true, Doc: "Clients look conversations up."},
		{Keys: []string{"conversationId", "user"}, Unique: true, Doc: "Mongoose's, to look them up with their owner."},
		{Keys: []string{"user"}, Exact: true, Doc: "Mongoose's: somebody's conversations."},
		{Keys: []string{"user", "isArchived", "-updatedAt"}, Doc: "Somebody's list, the latest first."},
		{Keys: []string{"user", "tags", "-updatedAt"}, Doc: "What somebody filed under a tag."},
		{Keys: []string{"createdAt", "updatedAt"}, Exact: true, Doc: "Mongoose's, for reports."},
		{Keys: []string{"expiredAt"}, TTL: 0, Doc: "Temporary conversations go by themselves."},
	},
	IgnoredIndexes: []string{"_searchIndex_*"}, // the search service's, which still runs
}

// parameters are how a model is asked, as conversations keep them beside everything
// else and presets by themselves.
var parameters = []def.Field{
	{Name: "endpoint", Type: endpoint, Required: true, Doc: "Endpoint is what answers."},
	{Name: "model", Type: def.String, MaxLen: 200, RequiredIf: []def.Condition{{Path: "endpoint", Value: "hosted"}}, Doc: "Model is the name of the model."},
	{Name: "agentId", Stored: "agent_id", Type: def.String, MaxLen: 64, RequiredIf: []def.Condition{{Path: "endpoint", Value: "agents"}}, Doc: "AgentID is the agent that answers."},
	{Name: "system", Type: def.String, MaxLen: 20000, Doc: "System is what the model is told first."},
	{Name: "temperature", Type: def.Float, Min: 0.0, Max: 2.0, Doc: "Temperature is how freely it answers."},
	{Name: "topP", Stored: "top_p", Type: def.Float, Min: 0.0, Max: 1.0, Doc: "TopP is how unlikely words may be."},
	{Name: "maxTokens", Stored: "max_tokens", Type: def.Int, Min: 1, Doc: "MaxTokens is how much it answers at most."},
	{Name: "stop", Type: def.List(def.String), MaxLen: 4, Doc: "Stop are texts at which it stops."},
	{Name: "options", Type: def.Any, MaxLen: 16 << 10, Doc: "Options are what only one endpoint knows."},
}
