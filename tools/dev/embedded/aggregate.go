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
	operand, _ := stage.Value.(bson.D)
	path, _ := stage.Value.(string)
	n, _ := whole(stage.Value)
	switch stage.Key {
	case "$match":
		holds, err := c.compile(operand)
		if err != nil {
			return nil, err
		}
		return slices.DeleteFunc(docs, func(doc bson.D) bool { return !holds(doc) }), nil
	case "$unwind":
		return unwind(docs, splitPath(strings.TrimPrefix(path, "$"))), nil
	case "$group":
		return c.group(docs, operand)
	case "$sort":
		order, _ := orderBy(operand)
		order.folded = c.folded
		order.sort(docs)
		return docs, nil
	case "$project":
		return c.project(docs, operand)
	case "$count":
		return []bson.D{{{Key: path, Value: int32(len(docs))}}}, nil
	case "$skip":
		return docs[min(n, int64(len(docs))):], nil
	case "$limit":
		return docs[:min(n, int64(len(docs)))], nil
	}
	return nil, c.unknown(stage)
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
			unwound = append(unwound, put(slices.Clone(doc), path, element))
		}
	}
	return unwound
}

// project leaves of documents what is at paths that lead through documents alone.
func (c compiler) project(docs []bson.D, spec bson.D) ([]bson.D, error) {
	if member(spec, "_id") == nil {
		spec = append(bson.D{{Key: "_id", Value: true}}, spec...)
	}
	projected := make([]bson.D, len(docs))
	for _, e := range spec {
		shown, ok := flag(e.Value)
		if !ok || !shown && e.Key != "_id" {
			return nil, c.unknown(e)
		}
		for i, doc := range docs {
			if path := splitPath(e.Key); shown && hasPath(doc, path) {
				projected[i] = put(projected[i], path, valueAt(doc, path))
			}
		}
	}
	return projected, nil
}
