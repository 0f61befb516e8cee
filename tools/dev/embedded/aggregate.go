package embedded

import (
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// aggregate answers an aggregate command, if it has stages of those that counting and looking for repeated keys take.
// The engine groups by less.
func (s *session) aggregate(cmd command, doc bson.D, c compiler) (message, error) {
	docs, err := s.all(cmd)
	if err != nil {
		return nil, err
	}
	pipeline, _ := member(doc, "pipeline").(bson.A)
	for _, v := range pipeline {
		stage, _ := v.(bson.D)
		if len(stage) != 1 {
			return nil, refuse(codeBadValue, "A pipeline stage specification object must contain exactly one field.")
		}
		if docs, err = c.stage(docs, stage[0]); err != nil {
			return nil, err
		}
	}
	return cmd.reply(cmd.cursor(docs))
}

// stage is what one stage of a pipeline makes of documents.
func (c compiler) stage(docs []bson.D, stage bson.E) ([]bson.D, error) {
	switch v := stage.Value.(type) {
	case bson.D:
		return c.documentStage(docs, stage.Key, v)
	case string:
		path, isPath := strings.CutPrefix(v, "$")
		switch {
		case stage.Key == "$unwind" && isPath:
			return unwind(docs, splitPath(path)), nil
		case stage.Key == "$count" && !isPath:
			return []bson.D{{{Key: v, Value: int32(len(docs))}}}, nil
		}
	}
	n, ok := whole(stage.Value)
	n = min(max(n, 0), int64(len(docs)))
	switch {
	case stage.Key == "$skip" && ok:
		return docs[n:], nil
	case stage.Key == "$limit" && ok:
		return docs[:n], nil
	}
	return nil, c.unknown(stage)
}

func (c compiler) documentStage(docs []bson.D, name string, operand bson.D) ([]bson.D, error) {
	switch name {
	case "$match":
		holds, err := c.compile(operand)
		if err != nil {
			return nil, err
		}
		return slices.DeleteFunc(docs, func(doc bson.D) bool { return !holds(doc) }), nil
	case "$group":
		return c.group(docs, operand)
	case "$sort":
		order, _ := orderBy(operand)
		order.folded = c.folded
		order.sort(docs)
		return docs, nil
	case "$project":
		return c.project(docs, operand)
	}
	return nil, c.unknown(bson.E{Key: name, Value: operand})
}

// unwind makes a document for each element of the array at a path, and none where there is no value.
func unwind(docs []bson.D, path []string) (unwound []bson.D) {
	for _, doc := range docs {
		v := valueAt(doc, path)
		elements, isArray := v.(bson.A)
		if !isArray && v != nil {
			elements = bson.A{v}
		}
		for _, element := range elements {
			unwound = append(unwound, put(doc, path, element))
		}
	}
	return unwound
}
