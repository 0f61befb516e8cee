package embedded

import (
	"cmp"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// complete adds what MongoDB lists of some kinds of indexes without being told.
func (d *definition) complete() {
	switch d.kind() {
	case "text":
		d.completeText()
	case "2dsphere":
		d.addDefault("2dsphereIndexVersion", int32(3))
	}
}

// completeText puts the paths of a text index where MongoDB has them, among its weights, and two keys in their place.
func (d *definition) completeText() {
	given, _ := d.option("weights")
	weights, _ := given.(bson.D)
	var key bson.D
	for _, e := range d.key {
		if e.Value != "text" {
			key = append(key, e)
			continue
		}
		if e.Key != "_fts" && !slices.ContainsFunc(weights, func(w bson.E) bool { return w.Key == e.Key }) {
			weights = append(weights, bson.E{Key: e.Key, Value: int32(1)})
		}
		if !slices.ContainsFunc(key, func(k bson.E) bool { return k.Key == "_fts" }) {
			key = append(key, bson.E{Key: "_fts", Value: "text"}, bson.E{Key: "_ftsx", Value: int32(1)})
		}
	}
	slices.SortFunc(weights, func(a, b bson.E) int { return cmp.Compare(a.Key, b.Key) })
	d.key = slices.CompactFunc(key, func(a, b bson.E) bool { return a.Key == b.Key })
	*d = d.with("weights", weights)
	d.addDefault("default_language", "english")
	d.addDefault("language_override", "language")
	d.addDefault("textIndexVersion", int32(3))
}

func (d *definition) addDefault(name string, v any) {
	if _, given := d.option(name); !given {
		d.options = append(d.options, bson.E{Key: name, Value: v})
	}
}
