package scripted

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"

	"github.com/partywall/partywall/api/testdb/scripted/internal/value"
)

const (
	headerLen = 16
	// opQuery is the older message, with which drivers say their first hello, and
	// nothing else.
	opQuery wiremessage.OpCode = 2004
)

var errMalformed = errors.New("malformed message")

// request is a message with a command, and what a reply to it takes.
type request struct {
	id     int32
	opcode wiremessage.OpCode
	// body is the command, document sequences merged in.
	body bson.Raw
	// silent requests are not answered; those that stream may be answered again and
	// again.
	silent, stream bool
	// known is the topology that the client was told last.
	known bson.Raw
}

// readRequest reads one message.
func readRequest(r io.Reader) (request, error) {
	var header [headerLen]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return request{}, err
	}
	length, id, _, opcode, _, ok := wiremessage.ReadHeader(header[:])
	if !ok || length < headerLen || length > maxMessage {
		return request{}, errMalformed
	}
	body := make([]byte, length-headerLen)
	if _, err := io.ReadFull(r, body); err != nil {
		return request{}, err
	}
	req := request{id: id, opcode: opcode}
	switch opcode {
	case wiremessage.OpMsg:
		return req, req.parseMsg(body)
	case opQuery:
		return req, req.parseQuery(body)
	}
	return req, fmt.Errorf("%w: operation %d", errMalformed, opcode)
}

// parseQuery reads flags, a name, how many documents to skip and to return, and the
// command.
func (req *request) parseQuery(body []byte) error {
	const number = 4
	if len(body) < number {
		return errMalformed
	}
	_, rest, ok := bytes.Cut(body[number:], []byte{0})
	if !ok || len(rest) < 3*number {
		return errMalformed
	}
	req.body = bson.Raw(rest[2*number:])
	length := int64(binary.LittleEndian.Uint32(req.body))
	if length > int64(len(req.body)) {
		return errMalformed
	}
	req.body = req.body[:length]
	return req.body.Validate()
}

func (req *request) parseMsg(body []byte) error {
	flags, body, ok := wiremessage.ReadMsgFlags(body)
	req.silent = flags&wiremessage.MoreToCome != 0
	req.stream = flags&wiremessage.ExhaustAllowed != 0
	if flags&wiremessage.ChecksumPresent != 0 && len(body) > 4 {
		body = body[:len(body)-4]
	}
	var sequences []value.Field
	for ok && len(body) > 0 {
		var kind wiremessage.SectionType
		if kind, body, ok = wiremessage.ReadMsgSectionType(body); !ok {
			break
		}
		switch kind {
		case wiremessage.SingleDocument:
			var doc []byte
			doc, body, ok = wiremessage.ReadMsgSectionSingleDocument(body)
			req.body = doc
		case wiremessage.DocumentSequence:
			var f value.Field
			f, body, ok = readSequence(body)
			sequences = append(sequences, f)
		default:
			ok = false
		}
	}
	if !ok || req.body == nil {
		return errMalformed
	}
	if err := req.body.Validate(); err != nil {
		return err
	}
	if sequences != nil {
		req.body = value.Encode(append(value.Fields(req.body), sequences...))
	}
	return req.body.Validate()
}

// readSequence makes an array of documents that come beside a command.
func readSequence(body []byte) (value.Field, []byte, bool) {
	name, docs, rest, ok := wiremessage.ReadMsgSectionDocumentSequence(body)
	raw := make([]bson.Raw, len(docs))
	for i, doc := range docs {
		raw[i] = bson.Raw(doc)
	}
	return value.Field{Name: name, Value: value.Of(raw)}, rest, ok
}

// reply is the message that answers req with a document. More says that another
// follows without being asked for.
func (req request) reply(doc bson.Raw, more bool) []byte {
	id := wiremessage.NextRequestID()
	var dst []byte
	if req.opcode == opQuery {
		_, dst = wiremessage.AppendHeaderStart(dst, id, req.id, wiremessage.OpReply)
		dst = wiremessage.AppendReplyFlags(dst, 0)
		dst = wiremessage.AppendReplyCursorID(dst, 0)
		dst = wiremessage.AppendReplyStartingFrom(dst, 0)
		dst = wiremessage.AppendReplyNumberReturned(dst, 1)
	} else {
		var flags wiremessage.MsgFlag
		if more {
			flags = wiremessage.MoreToCome
		}
		_, dst = wiremessage.AppendHeaderStart(dst, id, req.id, wiremessage.OpMsg)
		dst = wiremessage.AppendMsgFlags(dst, flags)
		dst = wiremessage.AppendMsgSectionType(dst, wiremessage.SingleDocument)
	}
	dst = append(dst, doc...)
	binary.LittleEndian.PutUint32(dst, uint32(len(dst)))
	return dst
}
