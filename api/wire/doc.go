// Package wire has the primitives of generated codecs: walking and appending BSON,
// transcoding BSON to JSON without an intermediate value, and reading request
// bodies.
//
// Nothing here uses reflection or knows a collection.
package wire
