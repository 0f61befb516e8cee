package embedded

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// cutSized cuts off what begins with its own size, four bytes that count themselves.
func cutSized(b []byte) (sized, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, fmt.Errorf("%w: cut off before a size", errMalformed)
	}
	size := int64(binary.LittleEndian.Uint32(b))
	if size < 4 || size > int64(len(b)) {
		return nil, nil, fmt.Errorf("%w: a size of %d where %d bytes are left", errMalformed, size, len(b))
	}
	return b[:size], b[size:], nil
}

// cutDocument cuts off a BSON document and looks at its frame only.
func cutDocument(b []byte) (doc bson.Raw, rest []byte, err error) {
	sized, rest, err := cutSized(b)
	if err != nil {
		return nil, nil, err
	}
	if len(sized) < 5 || sized[len(sized)-1] != 0 {
		return nil, nil, fmt.Errorf("%w: a document of %d bytes without its end", errMalformed, len(sized))
	}
	return sized, rest, nil
}

// cutString cuts off a string that ends in a zero byte.
func cutString(b []byte) (s string, rest []byte, err error) {
	name, rest, found := bytes.Cut(b, []byte{0})
	if !found {
		return "", nil, fmt.Errorf("%w: a name without its end", errMalformed)
	}
	return string(name), rest, nil
}
