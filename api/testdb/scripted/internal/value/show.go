package value

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Show is a value as MongoDB's messages have it: { a: 1, b: [ "x", null ] }.
func Show(v bson.RawValue) string {
	switch v.Type {
	case bson.TypeInt32, bson.TypeInt64:
		n, _ := integer(v)
		return strconv.FormatInt(n, 10)
	case bson.TypeDouble:
		return strconv.FormatFloat(v.Double(), 'g', -1, 64)
	case bson.TypeDecimal128:
		return v.Decimal128().String()
	case bson.TypeString, bson.TypeSymbol:
		return `"` + text(v) + `"`
	case bson.TypeEmbeddedDocument:
		return ShowDocument(v.Value)
	case bson.TypeArray:
		var elements []string
		for _, e := range Elements(v) {
			elements = append(elements, Show(e))
		}
		return "[ " + strings.Join(elements, ", ") + " ]"
	case bson.TypeObjectID:
		return "ObjectId('" + v.ObjectID().Hex() + "')"
	case bson.TypeBoolean:
		return strconv.FormatBool(v.Boolean())
	case bson.TypeDateTime:
		return fmt.Sprintf("new Date(%d)", v.DateTime())
	case bson.TypeBinary:
		subtype, data := v.Binary()
		return fmt.Sprintf("BinData(%d, %s)", subtype, base64.StdEncoding.EncodeToString(data))
	case bson.TypeTimestamp:
		t, i := v.Timestamp()
		return fmt.Sprintf("Timestamp(%d, %d)", t, i)
	case bson.TypeRegex:
		pattern, options := v.Regex()
		return "/" + pattern + "/" + options
	case bson.TypeJavaScript:
		return text(v)
	}
	return TypeName(v.Type)
}

// ShowDocument is Show for a document.
func ShowDocument(doc bson.Raw) string {
	var members []string
	for _, f := range Fields(doc) {
		members = append(members, f.Name+": "+Show(f.Value))
	}
	if members == nil {
		return "{}"
	}
	return "{ " + strings.Join(members, ", ") + " }"
}
