package openapi

import (
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// object is a JSON object whose members keep their order.
type object []member

type member kinds.Keyword

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) { return keywords(o).MarshalJSON() }

// keywords converts o to package kinds' type, objectOf converts it back.
func keywords(o object) kinds.JSONObject {
	list := make(kinds.JSONObject, len(o))
	for i, m := range o {
		list[i] = kinds.Keyword(m)
	}
	return list
}

func objectOf(o kinds.JSONObject) object {
	list := make(object, len(o))
	for i, k := range o {
		list[i] = member(k)
	}
	return list
}

// component refers to a shared component of the document.
func component(kind, name string) object {
	return object{{"$ref", "#/components/" + kind + "/" + name}}
}

func ref(name string) object { return component("schemas", name) }
