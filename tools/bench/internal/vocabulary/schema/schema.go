// Package schema declares a collection that uses what the vocabulary has: measured beside users, which uses little of it.
package schema

import (
	"time"

	"github.com/partywall/partywall/schema/def"
)

// Collections are what is measured.
var Collections = []def.Collection{Invoice}

// Invoice has a field of every kind that costs something to read or write.
var Invoice = def.Collection{
	Name:      "invoices",
	Stored:    "Invoice",
	Entity:    "Invoice",
	Doc:       "Invoice is what somebody owes.",
	ID:        def.String,
	Private:   true,
	Scope:     def.PerTenant,
	UpdatedAt: "changedAt", Timestamps: true,
	SoftDelete: true, KeepDeleted: 30 * 24 * time.Hour,
	Fields: []def.Field{
		{Name: "number", Type: def.UUID, Default: def.NewUUID, Doc: "Number is what it is known by elsewhere."},
		{Name: "kind", Type: def.Enum("private", "company"), Default: "private", Doc: "Kind is who pays."},
		{Name: "vat", Type: def.String, RequiredIf: []def.Condition{{Path: "kind", Value: "company"}}, Trim: true, Upper: true, Doc: "Vat is the company's number."},
		{Name: "templateId", Stored: "_templateId", Type: def.String, Doc: "TemplateID is the text that it is made of."},
		{Name: "total", Type: def.Decimal, Required: true, Min: "0", Doc: "Total is the sum."},
		{Name: "rate", Type: def.Float, Doc: "Rate is that of the currency."},
		{Name: "due", Type: def.Time, Doc: "Due is when it is to be paid."},
		{Name: "paid", Type: def.Bool, Doc: "Paid says whether it was."},
		{Name: "note", Type: def.String, Doc: "Note is what people write."},
		{Name: "items", Type: def.List(def.Object(Item)), Doc: "Items are what it is for."},
		{Name: "labels", Type: def.Map(def.String), Each: def.Rules{MaxLen: 40}, Doc: "Labels are words by name."},
		{Name: "cc", Type: def.Set(def.String), Doc: "Cc are further addresses."},
		{Name: "metadata", Type: def.Any, Doc: "Metadata is whatever others say of it."},
	},
	Indexes: []def.Index{
		{Keys: []string{"number"}, Unique: true, Doc: "By number."},
		{Keys: []string{"kind", "-due"}, Doc: "What is due."},
	},
}

// Item is a line of an Invoice.
var Item = def.Struct{
	Name: "Item",
	ID:   true,
	Doc:  "Item is one line.",
	Fields: []def.Field{
		{Name: "name", Type: def.String, Required: true, Doc: "Name is what was bought."},
		{Name: "quantity", Type: def.Int, Default: 1, Min: 1, Doc: "Quantity is how many."},
		{Name: "price", Type: def.Decimal, Doc: "Price is that of one."},
	},
}
