package wire

import "go.mongodb.org/mongo-driver/v2/bson"

// Value is a value, for the tests that stand outside.
type Value = value

// Value returns the current element's position, for Seek.
func (r *Reader) Value() Value { return r.cur }

// Seek makes v the current element.
func (r *Reader) Seek(v Value) { r.cur = v }

// Kind returns the BSON type of the value at v.
func (v value) Kind() bson.Type { return v.kind }
