package evolve

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// BaselineFile is the file of the baseline in the folder of the declarations. It is none of the
// .json files that the migrations embed, nor in the folder of generated code, which may be
// removed at any time.
const BaselineFile = "baseline.jsonl"

// heading is the first line of a baseline.
type heading struct {
	Baseline string `json:"baseline"`
	Migration
}

const baselineDoc = "written by schemagen: the schema that the migrations lead stored documents to. DO NOT EDIT"

// Encode returns a schema as a baseline: a line of JSON for each collection, field and index, so
// that differences read well and branches merge.
func Encode(s *Schema) []byte {
	var b bytes.Buffer
	line := func(v any) { fmt.Fprintln(&b, string(jsonText(v))) }
	line(heading{baselineDoc, s.Migration})
	for _, c := range s.Collections {
		line(c)
		for _, f := range c.Fields {
			line(f)
		}
		for _, x := range c.Indexes {
			line(x)
		}
	}
	return b.Bytes()
}

// Decode reads a baseline. An error names the line.
func Decode(content []byte) (*Schema, error) {
	s := &Schema{}
	number := 0
	for line := range strings.Lines(string(content)) {
		number++
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := s.decodeLine([]byte(line)); err != nil {
			return nil, fmt.Errorf("line %d: %w; keep every line of both sides of a merge once, or take the file of the commit before", number, err)
		}
	}
	return s, nil
}

// decodeLine adds what a line says.
func (s *Schema) decodeLine(line []byte) error {
	var is struct{ Baseline, Collection, Field, Index *string }
	if err := json.Unmarshal(line, &is); err != nil {
		return err
	}
	if is.Baseline != nil {
		return json.Unmarshal(line, &s.Migration)
	}
	if is.Collection != nil {
		s.Collections = append(s.Collections, &Collection{})
		return json.Unmarshal(line, s.Collections[len(s.Collections)-1])
	}
	if len(s.Collections) == 0 {
		return errors.New("it belongs to no collection")
	}
	c := s.Collections[len(s.Collections)-1]
	switch {
	case is.Field != nil:
		c.Fields = append(c.Fields, &Field{})
		return json.Unmarshal(line, c.Fields[len(c.Fields)-1])
	case is.Index != nil:
		c.Indexes = append(c.Indexes, &Index{})
		return json.Unmarshal(line, c.Indexes[len(c.Indexes)-1])
	}
	return errors.New("it is neither a collection nor a field nor an index")
}
