// Package wire has the primitives of generated codecs: walking and appending BSON,
// transcoding BSON to JSON without an intermediate value, reading request bodies,
// and checking what was read.
//
// Nothing here uses reflection or knows a collection.
package wire
