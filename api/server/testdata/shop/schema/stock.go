package schema

import "github.com/partywall/partywall/schema/def"

// Depot is known by what it is called.
var Depot = def.Collection{
	Name:   "depots",
	Entity: "Depot",
	Doc:    "Depot is where goods are kept.",
	ID:     def.String,
	Fields: []def.Field{
		{Name: "phone", Type: def.String, Doc: "Phone is whom to call."},
		{Name: "busiest", Type: def.Ref("bins"), Doc: "Busiest is the bin that is opened most."},
	},
}

// Bin is known by its number. It is stored as an older program has it.
var Bin = def.Collection{
	Name:   "bins",
	Stored: "Bin",
	Entity: "Bin",
	Doc:    "Bin is a place in a depot.",
	ID:     def.Int,
	Fields: []def.Field{
		{Name: "depot", Stored: "_depot", Type: def.Ref("depots"), Required: true, Doc: "Depot is where it is."},
		{Name: "beside", Stored: "_beside", Type: def.Set(def.Ref("bins")), Doc: "Beside it are these."},
		{Name: "label", Stored: "_label", Type: def.String, MaxLen: 20, Doc: "Label is what is written on it."},
		{Name: "reason", Stored: "_reason", Type: def.String, RequiredIf: []def.Condition{{Path: "size.width", Op: def.Greater, Value: 99}}, Doc: "Reason is why it is so wide."},
		{Name: "size", Stored: "_size", Type: def.Object(size), Doc: "Size is how large it is."},
		{Name: "goods", Stored: "_goods", Type: def.Map(def.Int), MaxLen: 3, Doc: "Goods are in it, by product."},
	},
	Timestamps: true,
	CreatedAt:  "created_at",
	UpdatedAt:  "modified",
	Indexes: []def.Index{
		{Keys: []string{"size.width", "-created_at"}, Doc: "The narrow ones."},
		{Keys: []string{"depot"}, Doc: "What a depot has."},
		{Keys: []string{"label"}, Unique: true, Sparse: true, Doc: "Bins are looked up."},
	},
}

var size = def.Struct{
	Name: "Size",
	Doc:  "Size is in centimetres.",
	Fields: []def.Field{
		{Name: "width", Stored: "w", Type: def.Int, Required: true, Min: 1, Doc: "Width is from left to right."},
		{Name: "depth", Stored: "d", Type: def.Int, Doc: "Depth is from front to back."},
	},
}

// Parcel is known by a UUID, which its sender may choose.
var Parcel = def.Collection{
	Name:   "parcels",
	Entity: "Parcel",
	Doc:    "Parcel is on its way.",
	ID:     def.UUID,
	Fields: []def.Field{
		{Name: "stops", Type: def.Map(def.List(def.Ref("bins"))), Doc: "Stops are where it was, by day."},
		{Name: "replaces", Type: def.Ref("parcels"), Doc: "Replaces is the one that was lost."},
	},
	Indexes: []def.Index{{Keys: []string{"replaces"}, Doc: "What became of it."}},
}

// Slip is known by an ObjectID, which its writer may choose.
var Slip = def.Collection{
	Name:   "slips",
	Entity: "Slip",
	Doc:    "Slip is a note that is written anywhere, and sent later.",
	ID:     def.ObjectID,
	Fields: []def.Field{{Name: "text", Type: def.String, Doc: "Text is what it says."}},
}
