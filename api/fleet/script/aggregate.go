package script

import (
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

func checkAggregate(c *command) string {
	pipeline, _ := lookup(c.doc, "pipeline").(bson.A)
	if len(pipeline) == 0 {
		return "aggregate needs pipeline: an array of stages"
	}
	last, _ := pipeline[len(pipeline)-1].(bson.D)
	switch {
	case !has(last, "$out") && !has(last, "$merge"):
		return "changes nothing; end the pipeline with $out or $merge"
	case has(c.doc, "explain"):
		return "changes nothing where it says explain; leave that out"
	}
	if target := written(last); reads(pipeline, target) || target == c.collection && slices.ContainsFunc(pipeline[:len(pipeline)-1], alters) {
		return fmt.Sprintf("reads %.70s and writes to it, which may come to something else if it is run again after an interruption; write an update with a pipeline, or go by way of another collection", target)
	}
	if merge := lookup(last, "$merge"); merge != nil {
		options, _ := merge.(bson.D)
		if problem := checkMerge(options, pipeline); problem != "" {
			return problem
		}
	}
	if !has(c.doc, "cursor") {
		c.doc = append(c.doc, bson.E{Key: "cursor", Value: bson.D{}})
	}
	return ""
}

// checkMerge returns how a $merge with those options would have another result if its
// pipeline was run again.
func checkMerge(options bson.D, pipeline bson.A) string {
	matched := lookup(options, "whenMatched")
	_, changes := matched.(bson.A)
	on := lookup(options, "on")
	list, _ := on.(bson.A)
	switch {
	case changes:
		return "a pipeline in whenMatched may change a document twice after an interruption; write a step"
	case matched == "fail":
		return `whenMatched "fail" refuses, after an interruption, what is stored already; write "keepExisting", "replace" or "merge"`
	case (on == nil || on == "_id" || slices.Contains(list, any("_id"))) && nameless(pipeline):
		return "stores documents without an _id once more after an interruption; keep the _id, or say with on by what members they are known"
	}
	return ""
}

// written returns the collection that the last stage of a pipeline writes to.
func written(last bson.D) string {
	target := lookup(last, "$out")
	if merge := lookup(last, "$merge"); merge != nil {
		target = merge
		if options, ok := merge.(bson.D); ok {
			target = lookup(options, "into")
		}
	}
	return collectionOf(target, "coll")
}

// collectionOf returns the collection that is named as it is, or by a member.
func collectionOf(v any, member string) string {
	if doc, ok := v.(bson.D); ok {
		v = lookup(doc, member)
	}
	name, _ := v.(string)
	return name
}

// settling are the stages that leave their own results as they are.
var settling = []string{"$match", "$sort", "$unset"}

// alters reports whether a stage may change its own results when it is run again.
func alters(stage any) bool {
	doc, _ := stage.(bson.D)
	return len(doc) != 1 || !slices.Contains(settling, doc[0].Key)
}

// readers are the stages that read another collection, and the member that names it.
var readers = map[string]string{"$lookup": "from", "$graphLookup": "from", "$unionWith": "coll"}

// reads reports whether a stage reads the collection, or one of the pipelines within it.
func reads(v any, collection string) bool {
	switch v := v.(type) {
	case bson.A:
		return slices.ContainsFunc(v, func(member any) bool { return reads(member, collection) })
	case bson.D:
		return slices.ContainsFunc(v, func(member bson.E) bool {
			by, reader := readers[member.Key]
			return reader && collectionOf(member.Value, by) == collection || reads(member.Value, collection)
		})
	}
	return false
}

// nameless reports whether a pipeline's documents come without an _id, as far as its stages tell.
func nameless(pipeline bson.A) bool {
	without := false
	for _, stage := range pipeline {
		doc, _ := stage.(bson.D)
		if len(doc) == 0 {
			continue
		}
		switch doc[0].Key {
		case "$count":
			without = true
		case "$unset":
			list, _ := doc[0].Value.(bson.A)
			without = without || doc[0].Value == "_id" || slices.Contains(list, any("_id"))
		case "$project", "$set", "$addFields":
			fields, _ := doc[0].Value.(bson.D)
			if id := lookup(fields, "_id"); id != nil {
				without = id == false || isZero(id)
			}
		case "$group", "$bucket", "$bucketAuto", "$sortByCount", "$replaceRoot", "$replaceWith":
			without = false
		}
	}
	return without
}
