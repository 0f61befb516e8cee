package embedded

import (
	"cmp"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// all are the documents of the command's collection.
func (s *session) all(cmd command) (docs []bson.D, err error) {
	err = s.keeper.documents(cmd, func(doc bson.D) { docs = append(docs, doc) })
	return docs, err
}

// selected are the documents that a query finds, in the command's order.
func (s *session) selected(cmd command, query bson.D, c compiler) ([]bson.D, error) {
	holds, err := c.compile(query)
	if err != nil {
		return nil, err
	}
	docs, err := s.all(cmd)
	docs = slices.DeleteFunc(docs, func(doc bson.D) bool { return !holds(doc) })
	order, _ := cmd.sortOrder()
	order.folded = c.folded
	order.sort(docs)
	return docs, err
}

// findHere answers a find command.
func (s *session) findHere(cmd command, doc bson.D, c compiler) (message, error) {
	docs, err := s.selected(cmd, inner(doc, "filter"), c)
	if err != nil {
		return nil, err
	}
	docs = cmd.cut(docs)
	if projection := inner(doc, "projection"); len(projection) > 0 {
		if docs, err = s.projected(cmd, docs, projection); err != nil {
			return nil, err
		}
	}
	return cmd.reply(cmd.cursor(docs))
}

// distinct answers a distinct command.
func (s *session) distinct(cmd command, doc bson.D, c compiler) (message, error) {
	docs, err := s.selected(cmd, inner(doc, "query"), c)
	if err != nil {
		return nil, err
	}
	key, _ := member(doc, "key").(string)
	values, known := bson.A{}, map[string]bool{}
	for _, doc := range docs {
		for _, v := range valuesAt(doc, splitPath(key)) {
			text := canonical(c.fold(v))
			if _, isArray := v.(bson.A); !isArray && v != (missing{}) && !known[text] {
				known[text] = true
				values = append(values, v)
			}
		}
	}
	return cmd.reply(bson.D{{Key: "values", Value: values}, {Key: "ok", Value: 1.0}})
}

// projected asks the engine for parts of documents, and returns them in the order of these.
func (s *session) projected(cmd command, docs []bson.D, projection bson.D) ([]bson.D, error) {
	shown, given := flag(member(projection, "_id"))
	hidden := given && !shown
	if hidden {
		projection = without(projection, "_id")
	}
	reply, err := s.ask(cmd, bson.D{
		{Key: "find", Value: cmd.target}, {Key: "filter", Value: bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids(docs)}}}}},
		{Key: "projection", Value: projection}, {Key: "batchSize", Value: int32(most)}, {Key: "singleBatch", Value: true},
	})
	var result found
	if err := cmp.Or(err, bson.Unmarshal(reply, &result)); err != nil {
		return nil, err
	}
	places := map[string]int{}
	for i, doc := range docs {
		places[canonical(member(doc, "_id"))] = i
	}
	parts := result.Cursor.Batch
	slices.SortFunc(parts, func(a, b bson.D) int {
		return cmp.Compare(places[canonical(member(a, "_id"))], places[canonical(member(b, "_id"))])
	})
	for i := range parts {
		if hidden {
			parts[i] = without(parts[i], "_id")
		}
	}
	return parts, nil
}

// ids are the documents' _ids.
func ids(docs []bson.D) bson.A {
	ids := bson.A{}
	for _, doc := range docs {
		ids = append(ids, member(doc, "_id"))
	}
	return ids
}
