package main

import (
	"bytes"
	"fmt"
	"runtime"

	goccy "github.com/goccy/go-json"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/report"
	"github.com/partywall/partywall/tools/bench/internal/vocabulary"
	"github.com/partywall/partywall/tools/bench/internal/vocabulary/gen/invoices"
)

// bills are the same invoices in every form that a codec starts from.
type bills struct {
	tagged []vocabulary.Invoice
	ours   []invoices.Invoice
	raw    []bson.Raw
	buf    []byte
	out    bytes.Buffer
}

func newBills(n int) (*bills, error) {
	b := &bills{tagged: vocabulary.Invoices(n), raw: vocabulary.Raw(n)}
	var err error
	if b.ours, err = vocabulary.Read(b.raw); err != nil {
		return nil, err
	}
	for i := range b.ours {
		if !bytes.Equal(b.ours[i].AppendBSON(nil), b.raw[i]) {
			return nil, fmt.Errorf("invoice %d is encoded otherwise than the driver does: %s and %s", i, bson.Raw(b.ours[i].AppendBSON(nil)), b.raw[i])
		}
	}
	return b, nil
}

func (b *bills) encode() error {
	for i := range b.ours {
		b.ours[i].AppendBSON(nil)
	}
	return nil
}

func (b *bills) marshal() error {
	for i := range b.tagged {
		if _, err := bson.Marshal(&b.tagged[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *bills) decode() error {
	_, err := vocabulary.Read(b.raw)
	return err
}

func (b *bills) unmarshal() ([]vocabulary.Invoice, error) {
	list := make([]vocabulary.Invoice, len(b.raw))
	for i, raw := range b.raw {
		if err := bson.Unmarshal(raw, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// transcode goes from stored documents to JSON, without values between.
func (b *bills) transcode() error {
	collection := invoices.Collection()
	r := wire.NewReader(nil)
	defer r.Release()
	b.buf = b.buf[:0]
	for _, raw := range b.raw {
		r.Reset(raw)
		b.buf = collection.Codec.JSON(r, b.buf)
		if err := r.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (b *bills) render() error {
	list, err := b.unmarshal()
	if err != nil {
		return err
	}
	b.out.Reset()
	return goccy.NewEncoder(&b.out).Encode(list)
}

// vocabularySection measures a schema that uses what the vocabulary has, beside users, which uses little of it.
func (b *bench) vocabularySection() (report.Section, error) {
	s := report.Section{
		Title: "Vocabulary",
		Text: "The generated codecs of a collection that has text for `_id`, a UUID, a decimal, optional fields of every kind, a list of objects with an `_id` each, " +
			"a map, a set, a value of any type, stored names of its own, and deleted documents that are kept. The other side is the official driver with struct " +
			"tags and pointers. Every other document has all that may be missing. What a schema that uses none of it takes is under Codecs.",
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, n := range []int{2, 100} {
		d, err := newBills(n)
		if err != nil {
			return s, err
		}
		for _, c := range []struct {
			title       string
			ours, peers measure.Side
		}{
			{"encode", measure.Here("ours", d.encode), measure.Here("`bson.Marshal`", d.marshal)},
			{"decode", measure.Here("ours", d.decode), measure.Here("`bson.Unmarshal`", func() error { _, err := d.unmarshal(); return err })},
			{"stored to JSON,", measure.Here("ours", d.transcode), measure.Here("`bson.Unmarshal` + goccy/go-json", d.render)},
		} {
			series, err := b.codecs.Run(c.ours, c.peers)
			if err != nil {
				return s, err
			}
			s.Rows = append(s.Rows, report.Compare(fmt.Sprintf("%s %s: %s", c.title, counted(n), c.peers.Name), series[0], series[1], 0))
		}
	}
	return s, nil
}
