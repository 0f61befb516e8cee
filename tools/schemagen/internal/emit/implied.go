package emit

import (
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/model"
)

// The members that every document has, or every one with timestamps.
var (
	idField      = &model.Field{Name: "_id", Go: "ID", Type: &model.Type{Kind: def.KindObjectID}}
	createdField = &model.Field{Name: "createdAt", Go: "CreatedAt", Type: &model.Type{Kind: def.KindTime}}
	updatedField = &model.Field{Name: "updatedAt", Go: "UpdatedAt", Type: &model.Type{Kind: def.KindTime}}
	// revField counts the writes of a document; JSON never carries it.
	revField = &model.Field{Name: "_rev", Type: &model.Type{Kind: def.KindInt}}
)
