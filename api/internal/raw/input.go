package raw

import "github.com/partywall/partywall/api/store"

// Input is a request body for a Codec to decode.
type Input struct {
	Body []byte
	// Current is the document that the body changes, as the API answers with it. Members
	// of the body that equal it are no change, and may be read-only.
	Current []byte
	// Approve is called once the members that the body sets are known, before their values
	// are checked: who may not set a member does not learn what it must be.
	Approve func(members []string) error
	// Hasher makes the body's secrets storable, once all else is in order.
	Hasher store.Hasher
}
