package raw

import "github.com/partywall/partywall/api/store"

// Input is a request body for a Codec to decode.
type Input struct {
	Body []byte
	// Current is the document that the body changes, as the API answers with it.
	// What the body has of it stays as it is, and may be read-only.
	Current []byte
	// Approve is asked once the members that the body sets are known, before
	// their values are judged: who may not set a member is not told what it must
	// be.
	Approve func(members []string) error
	// Hasher makes the body's secrets storable, once all else is in order.
	Hasher store.Hasher
}
