package embedded

import (
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
	if docs, err = c.project(docs, inner(doc, "projection")); err != nil {
		return nil, err
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

// ids are the documents' _ids.
func ids(docs []bson.D) bson.A {
	ids := bson.A{}
	for _, doc := range docs {
		ids = append(ids, member(doc, "_id"))
	}
	return ids
}
