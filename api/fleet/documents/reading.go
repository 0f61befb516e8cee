package documents

import (
	"errors"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/wire"
)

// problem is what is wrong with a document at one path.
type problem struct {
	// path is as declared: without positions in lists, and with * for the names of entries.
	path, text string
	// invalid reports whether the document fits, and only a write would refuse the value.
	invalid bool
}

// reading reads documents of one collection in both ways that the product does: as JSON, and
// as Go values.
type reading struct {
	c      *raw.Collection
	strict bool
	// json is kept to reuse its memory.
	json []byte
}

// maxMisfits bounds how many values of one document are told apart: each costs another look
// at it.
const maxMisfits = 100

// isMisfit is the code under which field errors have what was found by reading.
const isMisfit = "misfit"

// problems returns what is wrong with doc. A reader stops at the first value that does not
// fit, so that doc is read again without it, as if it was missing.
func (r *reading) problems(doc bson.Raw) []problem {
	var list []problem
	var errs check.FieldErrors
	if r.strict {
		r.missing(doc, &errs)
	}
	for err := r.read(doc, &errs); err != nil; err = r.read(doc, &errs) {
		misfit, ok := errors.AsType[*wire.ValueError](err)
		if !ok {
			return append(list, problem{text: err.Error()})
		}
		names := locate(doc, misfit.Path)
		if names == nil { // the document itself, or one that is broken
			return append(list, problem{path: misfit.Path, text: misfit.Reason})
		}
		list = append(list, problem{path: declared(r.c.Fields, names, asStored), text: misfit.Reason})
		if len(list) == maxMisfits {
			return list
		}
		errs.Add(pointer(jsonNames(r.c.Fields, names)), isMisfit, "")
		doc = without(doc, names)
	}
	if !r.strict {
		return list
	}
	for _, e := range errs {
		if e.Code != isMisfit {
			list = append(list, problem{path: declared(r.c.Fields, namesOf(e.Pointer), inJSON), text: general(e), invalid: true})
		}
	}
	return list
}

// read reads a document in both ways.
func (r *reading) read(doc bson.Raw, errs *check.FieldErrors) error {
	reader := wire.NewReader(doc)
	defer reader.Release()
	r.json = r.c.Codec.JSON(reader, r.json[:0])
	if err := reader.Err(); err != nil {
		return err
	}
	return r.c.Codec.Check(doc, errs)
}

// general returns a field error's message without what is of one document alone.
func general(e check.FieldError) string {
	text, _, _ := strings.Cut(e.Message, ", has ")
	return text
}

// pointer returns the JSON pointer of a path.
func pointer(names []string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString("/" + check.PointerToken(name))
	}
	return b.String()
}

// namesOf returns the path that a JSON pointer points to (RFC 6901).
func namesOf(pointer string) []string {
	names := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, name := range names {
		names[i] = strings.ReplaceAll(strings.ReplaceAll(name, "~1", "/"), "~0", "~")
	}
	return names
}
