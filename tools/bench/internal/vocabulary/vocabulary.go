// Package vocabulary holds documents of a schema that uses what the vocabulary has, in every form that a codec
// starts from.
package vocabulary

import (
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/tools/bench/internal/canned"
	"github.com/partywall/partywall/tools/bench/internal/vocabulary/gen/invoices"
)

//go:generate go run ./generate

// Invoice is the document as Go code written by hand declares it: pointers for what may be missing.
type Invoice struct {
	ID         string            `bson:"_id" json:"_id"`
	Number     bson.Binary       `bson:"number" json:"number"`
	Kind       string            `bson:"kind" json:"kind"`
	Vat        *string           `bson:"vat,omitempty" json:"vat,omitempty"`
	TemplateID *string           `bson:"_templateId,omitempty" json:"templateId,omitempty"`
	Total      bson.Decimal128   `bson:"total" json:"total"`
	Rate       *float64          `bson:"rate,omitempty" json:"rate,omitempty"`
	Due        *time.Time        `bson:"due,omitempty" json:"due,omitempty"`
	Paid       *bool             `bson:"paid,omitempty" json:"paid,omitempty"`
	Note       *string           `bson:"note,omitempty" json:"note,omitempty"`
	Items      []Item            `bson:"items,omitempty" json:"items,omitempty"`
	Labels     map[string]string `bson:"labels,omitempty" json:"labels,omitempty"`
	Cc         []string          `bson:"cc,omitempty" json:"cc,omitempty"`
	Metadata   bson.M            `bson:"metadata,omitempty" json:"metadata,omitempty"`
	CreatedAt  time.Time         `bson:"createdAt" json:"createdAt"`
	ChangedAt  time.Time         `bson:"changedAt" json:"changedAt"`
	DeletedAt  *time.Time        `bson:"deletedAt,omitempty" json:"deletedAt,omitempty"`
	Rev        int64             `bson:"_rev" json:"-"`
}

// Item is a line of an Invoice.
type Item struct {
	ID       bson.ObjectID    `bson:"_id" json:"_id"`
	Name     string           `bson:"name" json:"name"`
	Quantity int64            `bson:"quantity" json:"quantity"`
	Price    *bson.Decimal128 `bson:"price,omitempty" json:"price,omitempty"`
}

// Invoices are n invoices as code written by hand has them. Every other one has all that may be missing.
func Invoices(n int) []Invoice {
	list := make([]Invoice, n)
	for i := range list {
		at := time.Date(2026, 3, 1, 9, 30, 15, 267e6, time.UTC).Add(time.Duration(i) * time.Minute)
		list[i] = Invoice{
			ID: fmt.Sprintf("2026-%06d", i), Number: bson.Binary{Subtype: bson.TypeBinaryUUID, Data: []byte(fmt.Sprintf("number%010d", i))},
			Kind: "private", Total: decimal("1234.50"), CreatedAt: at, ChangedAt: at, Rev: at.UnixMilli(),
			Items: []Item{{ID: canned.UserID(2 * i), Name: "Tea, loose", Quantity: 3, Price: new(decimal("4.50"))}, {ID: canned.UserID(2*i + 1), Name: "Cup", Quantity: 1}},
		}
		if i%2 == 0 {
			continue
		}
		v := &list[i]
		v.Kind, v.Vat, v.TemplateID, v.Note = "company", new("DE123456789"), new("standard"), new("Please pay by the end of the month.")
		v.Rate, v.Due, v.Paid = new(1.25), new(at.Add(24*time.Hour)), new(false)
		v.Labels, v.Cc = map[string]string{"project": "garden"}, []string{"ada@example.com", "bob@example.com"}
		v.Metadata = bson.M{"source": bson.M{"system": "import", "row": int64(i)}}
	}
	return list
}

func decimal(text string) bson.Decimal128 {
	d, err := bson.ParseDecimal128(text)
	if err != nil {
		panic(err)
	}
	return d
}

// Raw are the same n invoices as they are stored.
func Raw(n int) []bson.Raw {
	list := make([]bson.Raw, n)
	for i, v := range Invoices(n) {
		list[i] = canned.Marshal(v)
	}
	return list
}

// Read are the stored documents as generated code has them.
func Read(stored []bson.Raw) ([]invoices.Invoice, error) {
	list := make([]invoices.Invoice, len(stored))
	for i, doc := range stored {
		if err := list[i].UnmarshalBSON(doc); err != nil {
			return nil, err
		}
	}
	return list, nil
}
