// Package wire holds the primitives that generated codecs are made of: walking
// and appending BSON, transcoding BSON to JSON without a value in between,
// reading request bodies, and checking what was read.
//
// Nothing here reflects, and nothing here knows a collection.
package wire
