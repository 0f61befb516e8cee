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

// Bin is known by its number.
var Bin = def.Collection{
	Name:   "bins",
	Entity: "Bin",
	Doc:    "Bin is a place in a depot.",
	ID:     def.Int,
	Fields: []def.Field{
		{Name: "depot", Type: def.Ref("depots"), Required: true, Doc: "Depot is where it is."},
		{Name: "beside", Type: def.Set(def.Ref("bins")), Doc: "Beside it are these."},
		{Name: "label", Type: def.String, Doc: "Label is what is written on it."},
	},
	Timestamps: true,
	Indexes: []def.Index{
		{Keys: []string{"depot"}, Doc: "What a depot has."},
		{Keys: []string{"label"}, Unique: true, Sparse: true, Doc: "Bins are looked up."},
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
