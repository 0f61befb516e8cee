package embedded

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const (
	headerLen = 16
	opMsg     = 2013

	// maxMessage is MongoDB's maxMessageSizeBytes: the largest message, header included, in bytes.
	maxMessage = 48_000_000

	flagChecksum   = 1 << 0
	flagMoreToCome = 1 << 1
	checksumLen    = 4
)

var errMalformed = errors.New("malformed message")

// message is one message of MongoDB's wire protocol, header included.
type message []byte

func (m message) int32At(offset int) int32 { return int32(binary.LittleEndian.Uint32(m[offset:])) }

func (m message) requestID() int32 { return m.int32At(4) }

func (m message) opcode() int32 { return m.int32At(12) }

func (m message) body() []byte { return m[headerLen:] }

// readMessage reads one message. A length that no message has is an error before anything is allocated for it.
func readMessage(r io.Reader) (message, error) {
	header := make(message, headerLen)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	size := header.int32At(0)
	if size < headerLen || size > maxMessage {
		return nil, fmt.Errorf("%w: a length of %d bytes", errMalformed, size)
	}
	m := append(make(message, 0, size), header...)[:size]
	if _, err := io.ReadFull(r, m.body()); err != nil {
		return nil, fmt.Errorf("a message is cut off: %w", err)
	}
	return m, nil
}

// newMessage makes an OP_MSG of one document. responseTo is 0 for a request.
func newMessage(requestID, responseTo int32, doc bson.Raw) message {
	m := make(message, 0, headerLen+5+len(doc))
	for _, field := range []int32{int32(cap(m)), requestID, responseTo, opMsg, 0} {
		m = binary.LittleEndian.AppendUint32(m, uint32(field))
	}
	m = append(m, 0) // a section of kind 0: the document itself
	return append(m, doc...)
}

// sections are the parts of an OP_MSG: one document, and the sequences of documents that belong to its fields.
type sections struct {
	flags     uint32
	doc       bson.Raw
	sequences map[string][]bson.Raw
}

// parseSections takes an OP_MSG apart. The parts share the message's memory.
func parseSections(m message) (sections, error) {
	body := m.body()
	if len(body) < 4 {
		return sections{}, fmt.Errorf("%w: no flags", errMalformed)
	}
	s := sections{flags: binary.LittleEndian.Uint32(body)}
	body = body[4:]
	if s.flags&flagChecksum != 0 {
		if len(body) < checksumLen {
			return sections{}, fmt.Errorf("%w: no checksum", errMalformed)
		}
		body = body[:len(body)-checksumLen]
	}
	for len(body) > 0 {
		var err error
		if body, err = s.parseSection(body[0], body[1:]); err != nil {
			return sections{}, err
		}
	}
	if s.doc == nil {
		return sections{}, fmt.Errorf("%w: no document", errMalformed)
	}
	return s, nil
}

// parseSection reads one section and returns what follows it.
func (s *sections) parseSection(kind byte, body []byte) ([]byte, error) {
	switch {
	case kind == 0 && s.doc == nil:
		doc, rest, err := cutDocument(body)
		s.doc = doc
		return rest, err
	case kind == 1:
		return s.parseSequence(body)
	default:
		return nil, fmt.Errorf("%w: a section of kind %d", errMalformed, kind)
	}
}

func (s *sections) parseSequence(body []byte) ([]byte, error) {
	sequence, rest, err := cutSized(body)
	if err != nil {
		return nil, err
	}
	name, documents, err := cutString(sequence[4:])
	if err != nil {
		return nil, err
	}
	if s.sequences == nil {
		s.sequences = map[string][]bson.Raw{}
	}
	for len(documents) > 0 {
		var doc bson.Raw
		if doc, documents, err = cutDocument(documents); err != nil {
			return nil, err
		}
		s.sequences[name] = append(s.sequences[name], doc)
	}
	return rest, nil
}
