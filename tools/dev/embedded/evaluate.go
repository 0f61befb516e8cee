package embedded

import (
	"cmp"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The engine knows neither collations nor decimals. Of a command with a collation that takes texts for equal which differ
// in the case of ASCII letters, and of one that is about decimals, the front finds the documents, and hands the engine a
// command about these. Any other collation is left out, so that texts are compared byte by byte.

// isCollated reports whether the command, or a statement of it, names a collation.
func (c command) isCollated() bool {
	parts := []bson.Raw{c.doc}
	for _, field := range []string{"updates", "deletes"} {
		statements, _ := c.list(field)
		parts = append(parts, statements...)
	}
	return slices.ContainsFunc(parts, func(part bson.Raw) bool {
		_, err := part.LookupErr("collation")
		return err == nil
	})
}

// evaluate executes a command that names a collation or is about decimals.
func (s *session) evaluate(cmd command) (message, error) {
	var doc bson.D
	if err := bson.Unmarshal(cmd.doc, &doc); err != nil {
		return nil, err
	}
	given := member(doc, "collation")
	doc, folds := takeCollation(doc)
	c := compiler{folded: folds}
	switch cmd.name {
	case "create":
		return s.create(cmd, doc, given)
	case "update":
		return s.update(cmd) // each of its statements is evaluated
	case "delete":
		return s.deleteEach(cmd)
	case "aggregate":
		return s.aggregate(cmd, doc, c)
	case "find", "count", "distinct", "findAndModify", "findandmodify":
		if folds || cmd.decimals {
			return s.evaluateQuery(cmd, doc, c)
		}
	}
	plain, err := cmd.with(doc)
	if err != nil {
		return nil, err
	}
	return s.dispatch(plain)
}

func (s *session) evaluateQuery(cmd command, doc bson.D, c compiler) (message, error) {
	switch cmd.name {
	case "find":
		return s.findHere(cmd, doc, c)
	case "distinct":
		return s.distinct(cmd, doc, c)
	case "count":
		docs, err := s.selected(cmd, inner(doc, "query"), c)
		if err != nil {
			return nil, err
		}
		return cmd.reply(bson.D{{Key: "n", Value: int32(len(cmd.cut(docs)))}, {Key: "ok", Value: 1.0}})
	}
	doc, err := s.name(cmd, doc, "query", c, true)
	if err != nil {
		return nil, err
	}
	plain, err := cmd.with(doc)
	if err != nil {
		return nil, err
	}
	return s.dispatch(plain)
}

// takeCollation takes the collation out of a command or a statement, and reports whether it folds.
func takeCollation(doc bson.D) (_ bson.D, folds bool) {
	listed, _ := collation(member(doc, "collation"))
	full, _ := listed.(bson.D)
	return without(doc, "collation"), foldsASCII(full)
}

// name has a command or a statement be about documents by their _id: those that its query finds, or the first of them.
func (s *session) name(cmd command, doc bson.D, field string, c compiler, first bool) (bson.D, error) {
	query := inner(doc, field)
	found, err := s.selected(cmd, query, c)
	if err != nil {
		return nil, err
	}
	if first {
		found = found[:min(1, len(found))]
	}
	for _, update := range []bson.D{inner(doc, "u"), inner(doc, "update")} {
		if err := refuseArithmetic(update, found); err != nil {
			return nil, err
		}
		if err := refuseID(member(upserted(query, update), "_id")); err != nil && len(found) == 0 && member(doc, "upsert") == true {
			return nil, err
		}
	}
	named := bson.D{{Key: "$and", Value: bson.A{bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids(found)}}}}}}}
	if len(found) == 0 { // what is inserted instead is as the query says
		for _, e := range query {
			if v, ok := equality(e); ok {
				named = append(named, bson.E{Key: e.Key, Value: v})
			}
		}
	}
	return replace(without(doc, "sort"), field, named), nil
}

// deleteEach executes the statements of a delete command one after the other.
func (s *session) deleteEach(cmd command) (message, error) {
	statements, err := cmd.list("deletes")
	if err != nil {
		return nil, err
	}
	total := writeReply{OK: 1}
	for i, statement := range statements {
		one, err := s.deleteOne(cmd, statement)
		if err != nil {
			return nil, err
		}
		total.N += one.N
		for _, e := range one.WriteErrors {
			e.Index = int32(i)
			total.WriteErrors = append(total.WriteErrors, e)
		}
		if cmd.ordered() && len(total.WriteErrors) > 0 {
			break
		}
	}
	return cmd.reply(total)
}

func (s *session) deleteOne(cmd command, statement bson.Raw) (result writeReply, err error) {
	limit, _ := statement.Lookup("limit").AsInt64OK()
	if statement, err = s.plainStatement(cmd, statement, limit == 1); err != nil {
		return writeReply{}, err
	}
	request, err := cmd.only("deletes", statement)
	if err != nil {
		return writeReply{}, err
	}
	reply, err := s.send(request)
	return result, cmp.Or(err, bson.Unmarshal(reply, &result))
}

// plainStatement is a statement without a collation, and about documents by their _id where the front has to find them.
func (s *session) plainStatement(cmd command, statement bson.Raw, first bool) (bson.Raw, error) {
	if _, err := statement.LookupErr("collation"); err != nil && !cmd.decimals {
		return statement, nil
	}
	var doc bson.D
	if err := bson.Unmarshal(statement, &doc); err != nil {
		return nil, err
	}
	doc, folds := takeCollation(doc)
	if folds || cmd.decimals {
		var err error
		if doc, err = s.name(cmd, doc, "q", compiler{folded: folds}, first); err != nil {
			return nil, err
		}
	}
	return bson.Marshal(doc)
}
