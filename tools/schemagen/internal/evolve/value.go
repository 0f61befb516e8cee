package evolve

import (
	"bytes"
	"encoding/json"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/schema/def"
)

// defaultsOfFields stands for an object that has the defaults of its fields.
const defaultsOfFields text = "{}"

// valueText returns a declared value in Extended JSON, the same text each time; empty for
// none.
func valueText(v any) text {
	switch made := v.(type) {
	case nil:
		return ""
	case def.Made:
		return jsonText(map[string]string{"made": string(made)})
	}
	if v == def.FieldDefaults {
		return defaultsOfFields
	}
	extended, err := bson.MarshalExtJSON(bson.D{{Key: "v", Value: v}}, false, false)
	if err != nil {
		return jsonText(fmt.Sprint(v))
	}
	// The members of a map come in any order; encoding/json sorts them.
	reader := json.NewDecoder(bytes.NewReader(extended))
	reader.UseNumber()
	var doc map[string]any
	if err := reader.Decode(&doc); err != nil {
		return jsonText(fmt.Sprint(v))
	}
	return jsonText(doc["v"])
}

// jsonText returns v as JSON, with < and > as they are.
func jsonText(v any) text {
	var b bytes.Buffer
	writer := json.NewEncoder(&b)
	writer.SetEscapeHTML(false)
	if err := writer.Encode(v); err != nil {
		panic(err) // nothing here holds what JSON cannot say
	}
	return text(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
