package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"

	"github.com/bytedance/sonic"
	goccy "github.com/goccy/go-json"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/wire"
	"github.com/partywall/partywall/gen/users"
	"github.com/partywall/partywall/tools/bench/internal/canned"
	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/peer"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

// documents are the same users in every form that a codec starts from.
type documents struct {
	tagged []canned.User
	ours   []users.User
	raw    []bson.Raw
	// buf is where JSON goes, again and again.
	buf []byte
}

func newDocuments(n int) (*documents, error) {
	d := &documents{tagged: canned.Users(n), raw: canned.Raw(n), ours: make([]users.User, n)}
	for i, raw := range d.raw {
		if err := d.ours[i].UnmarshalBSON(raw); err != nil {
			return nil, err
		}
	}
	return d, d.agree()
}

// agree makes sure that all sides do the same work: equal BSON, and JSON that
// means the same.
func (d *documents) agree() error {
	for i := range d.ours {
		if !bytes.Equal(d.ours[i].AppendBSON(nil), d.raw[i]) {
			return fmt.Errorf("document %d is encoded otherwise than the driver does", i)
		}
	}
	var out bytes.Buffer
	if err := json.NewEncoder(&out).Encode(d.tagged); err != nil {
		return err
	}
	for name, render := range map[string]func() error{"AppendJSON": d.appendJSON, "transcoding": d.transcode} {
		if err := render(); err != nil {
			return err
		}
		if err := sameJSON(d.buf, out.Bytes()); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// sameJSON compares what two texts mean.
func sameJSON(a, b []byte) error {
	var left, right any
	if err := json.Unmarshal(a, &left); err != nil {
		return err
	}
	if err := json.Unmarshal(b, &right); err != nil {
		return err
	}
	if !reflect.DeepEqual(left, right) {
		return fmt.Errorf("the sides answer differently: %.300s and %.300s", a, b)
	}
	return nil
}

func (d *documents) encode() error {
	for i := range d.ours {
		d.ours[i].AppendBSON(nil)
	}
	return nil
}

func (d *documents) marshal() error {
	for i := range d.tagged {
		if _, err := bson.Marshal(&d.tagged[i]); err != nil {
			return err
		}
	}
	return nil
}

func (d *documents) decode() error {
	for _, raw := range d.raw {
		if err := new(users.User).UnmarshalBSON(raw); err != nil {
			return err
		}
	}
	return nil
}

func (d *documents) unmarshal() error {
	for _, raw := range d.raw {
		if err := bson.Unmarshal(raw, new(canned.User)); err != nil {
			return err
		}
	}
	return nil
}

// cursors is a side that reads all documents from a cursor, which was made ready
// before.
func (d *documents) cursors(name string, read func(context.Context, *mongo.Cursor) error) measure.Side {
	return measure.Prepared(name, func(n int) (func() error, error) {
		ready := make([]*mongo.Cursor, n)
		list := make([]any, len(d.raw))
		for i, raw := range d.raw {
			list[i] = raw
		}
		for i := range ready {
			cursor, err := mongo.NewCursorFromDocuments(list, nil, nil)
			if err != nil {
				return nil, err
			}
			ready[i] = cursor
		}
		return func() error {
			cursor := ready[0]
			ready = ready[1:]
			return read(context.Background(), cursor)
		}, nil
	})
}

// readOurs decodes what a cursor has as the product does.
func readOurs(ctx context.Context, cursor *mongo.Cursor) ([]*users.User, error) {
	var list []*users.User
	for cursor.Next(ctx) {
		u := new(users.User)
		if err := u.UnmarshalBSON(cursor.Current); err != nil {
			return nil, err
		}
		list = append(list, u)
	}
	return list, cursor.Err()
}

// discard reads for the cost of it.
func discard[T any](decode func(context.Context, *mongo.Cursor) ([]T, error)) func(context.Context, *mongo.Cursor) error {
	return func(ctx context.Context, cursor *mongo.Cursor) error {
		_, err := decode(ctx, cursor)
		return err
	}
}

func (d *documents) appendJSON() error {
	d.buf = append(d.buf[:0], '[')
	for i := range d.ours {
		if i > 0 {
			d.buf = append(d.buf, ',')
		}
		d.buf = d.ours[i].AppendJSON(d.buf)
	}
	d.buf = append(d.buf, ']')
	return nil
}

// transcode goes from stored documents to JSON, without values between.
func (d *documents) transcode() error {
	collection := users.Collection()
	r := wire.NewReader(nil)
	d.buf = append(d.buf[:0], '[')
	for i, raw := range d.raw {
		if i > 0 {
			d.buf = append(d.buf, ',')
		}
		r.Reset(raw)
		d.buf = collection.Codec.JSON(r, d.buf)
		if err := r.Err(); err != nil {
			return err
		}
	}
	d.buf = append(d.buf, ']')
	return nil
}

// encoder writes JSON to a buffer, as echo's c.JSON does.
type encoder struct {
	name string
	to   func(*bytes.Buffer) interface{ Encode(any) error }
	// target is what ours is to reach against it, 0 for none.
	target float64
}

var encoders = []encoder{
	{"encoding/json", func(b *bytes.Buffer) interface{ Encode(any) error } { return json.NewEncoder(b) }, 5},
	{"goccy/go-json", func(b *bytes.Buffer) interface{ Encode(any) error } { return goccy.NewEncoder(b) }, 0},
	{"bytedance/sonic" + sonicNote(), func(b *bytes.Buffer) interface{ Encode(any) error } { return sonic.ConfigDefault.NewEncoder(b) }, 0},
}

// sonicNote says so where sonic does not compile its own code for this Go.
func sonicNote() string {
	if sonic.APIKind == sonic.UseStdJSON {
		return " (on this Go: encoding/json)"
	}
	return ""
}

// side renders the tagged values, which before may read first.
func (e encoder) side(before func() ([]canned.User, error)) measure.Side {
	var out bytes.Buffer
	return measure.Here(e.name, func() error {
		list, err := before()
		if err != nil {
			return err
		}
		out.Reset()
		return e.to(&out).Encode(list)
	})
}

func (d *documents) values() ([]canned.User, error) { return d.tagged, nil }

func (d *documents) unmarshalled() ([]canned.User, error) {
	list := make([]canned.User, len(d.raw))
	for i, raw := range d.raw {
		if err := bson.Unmarshal(raw, &list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (b *bench) codecSection() (report.Section, error) {
	s := report.Section{
		Title: "Codecs",
		Text: "The generated codecs of `users` against the official driver's with struct tags, and its JSON against three encoders of the same " +
			"struct. Lists are read from a cursor that holds all documents. JSON goes to a buffer that is used again, on every side. " +
			"All sides run on one processor, so that the collector does not help itself to an idle one.",
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, n := range []int{1, 10, 100, 1000} {
		d, err := newDocuments(n)
		if err != nil {
			return s, err
		}
		rows, err := b.codecRows(d)
		if err != nil {
			return s, err
		}
		s.Rows = append(s.Rows, rows...)
	}
	return s, nil
}

func (b *bench) codecRows(d *documents) ([]report.Row, error) {
	what := counted(len(d.raw))
	var rows []report.Row
	add := func(title string, plan measure.Plan, targets []float64, sides ...measure.Side) error {
		series, err := plan.Run(sides...)
		if err != nil {
			return err
		}
		for i, peer := range series[1:] {
			rows = append(rows, report.Compare(fmt.Sprintf("%s %s: %s", title, what, sides[i+1].Name), series[0], peer, targets[i]))
		}
		return nil
	}
	if err := add("encode", b.codecs, []float64{8},
		measure.Here("ours", d.encode), measure.Here("`bson.Marshal`", d.marshal)); err != nil {
		return nil, err
	}
	if len(d.raw) == 1 {
		if err := add("decode", b.codecs, []float64{5},
			measure.Here("ours", d.decode), measure.Here("`bson.Unmarshal`", d.unmarshal)); err != nil {
			return nil, err
		}
	} else {
		// Cursors that are ready take memory.
		few := b.codecs
		few.Most = min(few.Most, 1_000)
		if err := add("decode", few, []float64{5, 5}, d.cursors("ours", discard(readOurs)),
			d.cursors("`cursor.All`", discard(peer.All)), d.cursors("`Next` + `Unmarshal`", discard(peer.Next))); err != nil {
			return nil, err
		}
	}
	rendered, read := []measure.Side{measure.Here("ours", d.appendJSON)}, []measure.Side{measure.Here("ours", d.transcode)}
	var targets []float64
	for _, e := range encoders {
		rendered = append(rendered, e.side(d.values))
		read = append(read, e.side(d.unmarshalled))
		targets = append(targets, e.target)
	}
	if err := add("JSON of", b.codecs, targets, rendered...); err != nil {
		return nil, err
	}
	for i := range encoders {
		read[i+1].Name = "`bson.Unmarshal` + " + read[i+1].Name
	}
	return rows, add("stored to JSON,", b.codecs, targets, read...)
}

func counted(n int) string {
	if n == 1 {
		return "1 document"
	}
	return fmt.Sprintf("%d documents", n)
}
