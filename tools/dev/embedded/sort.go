package embedded

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const (
	// most is how many documents the engine is asked for at once at most.
	most = 1 << 20
	// maxBatch is MongoDB's bound for the documents of one reply, in bytes, about.
	maxBatch = 16 << 20
)

// found is the reply to a find command, as far as the front looks at it.
type found struct {
	Cursor struct {
		Batch []bson.D `bson:"firstBatch"`
	} `bson:"cursor"`
	OK float64 `bson:"ok"`
}

// find passes the command on. One with a sort by a dotted path the front sorts itself, since the engine finds
// nothing below an array in the middle of a path, where MongoDB sorts by an element. It is left to the engine
// where the documents are too many for one reply, or are to be shown in a way that only it knows.
func (s *session) find(cmd command) (message, error) {
	order, dotted := cmd.sortOrder()
	if !dotted {
		return s.read(cmd)
	}
	var all bson.D
	if err := bson.Unmarshal(cmd.doc, &all); err != nil {
		return nil, err
	}
	projection := inner(all, "projection")
	if _, err := (compiler{}).project(nil, projection); err != nil {
		return s.read(cmd)
	}
	all = slices.DeleteFunc(all, func(e bson.E) bool {
		return slices.Contains([]string{"sort", "skip", "limit", "batchSize", "projection"}, e.Key)
	})
	raw, err := bson.Marshal(append(all, bson.E{Key: "batchSize", Value: int32(most)}, bson.E{Key: "singleBatch", Value: true}))
	if err != nil {
		return nil, err
	}
	unsorted := cmd
	unsorted.doc, unsorted.request = raw, newMessage(cmd.request.requestID(), 0, raw)
	reply, err := s.read(unsorted)
	if err != nil {
		return nil, err
	}
	parts, err := parseSections(reply)
	if err != nil {
		return nil, err
	}
	var result found
	if err := bson.Unmarshal(parts.doc, &result); err != nil || result.OK != 1 {
		return reply, err
	}
	order.sort(result.Cursor.Batch)
	docs := cmd.cut(result.Cursor.Batch)
	if len(projection) > 0 {
		if docs, err = (compiler{}).project(docs, projection); err != nil {
			return nil, err
		}
	}
	if reply, err = cmd.reply(cmd.cursor(docs)); len(reply) > maxBatch {
		return s.read(cmd)
	}
	return reply, err
}

// cursor is the reply of a command that finds what one reply holds.
func (c command) cursor(docs []bson.D) bson.D {
	batch := append([]bson.D{}, docs...) // an array even if there are none
	return bson.D{
		{Key: "cursor", Value: bson.D{{Key: "firstBatch", Value: batch}, {Key: "id", Value: int64(0)}, {Key: "ns", Value: c.namespace()}}},
		{Key: "ok", Value: 1.0},
	}
}

// cut leaves out what skip and limit do.
func (c command) cut(docs []bson.D) []bson.D {
	skip, _ := c.doc.Lookup("skip").AsInt64OK()
	docs = docs[min(max(skip, 0), int64(len(docs))):]
	if limit, _ := c.doc.Lookup("limit").AsInt64OK(); limit > 0 {
		docs = docs[:min(limit, int64(len(docs)))]
	}
	return docs
}

// sortOrder reads the command's sort. It reports whether one of its paths is dotted.
func (c command) sortOrder() (o order, dotted bool) {
	var keys bson.D
	_ = c.doc.Lookup("sort").Unmarshal(&keys) // there may be none
	return orderBy(keys)
}

func orderBy(keys bson.D) (o order, dotted bool) {
	for _, e := range keys {
		direction, ok := whole(e.Value)
		if !ok || direction != 1 && direction != -1 {
			return order{}, false // the engine says what is wrong
		}
		o.keys = append(o.keys, sortKey{splitPath(e.Key), direction < 0})
		dotted = dotted || strings.Contains(e.Key, ".")
	}
	return o, dotted
}
