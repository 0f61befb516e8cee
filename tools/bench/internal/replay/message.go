package replay

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/wiremessage"

	"github.com/partywall/partywall/tools/bench/internal/canned"
)

const (
	headerLen  = 16
	maxMessage = 48_000_000

	// opQuery is the older message, with which drivers say their first hello, and
	// nothing else.
	opQuery wiremessage.OpCode = 2004
)

var firstHello = canned.Marshal(bson.D{{Key: "hello", Value: int32(1)}})

var errMalformed = errors.New("malformed message")

// request is a command, and what a reply to it takes.
type request struct {
	id     int32
	opcode wiremessage.OpCode
	doc    bson.Raw
	// documents came beside the command.
	documents []bson.Raw
	// silent requests are not answered.
	silent bool
	// hello is the document of an older message.
	hello bson.Raw
}

// readRequest reads one message into buf, which it may grow and which the
// request shares.
func readRequest(r io.Reader, buf *[]byte) (request, error) {
	var header [headerLen]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return request{}, err
	}
	length, id, _, opcode, _, ok := wiremessage.ReadHeader(header[:])
	if !ok || length < headerLen || length > maxMessage {
		return request{}, errMalformed
	}
	if cap(*buf) < int(length) {
		*buf = make([]byte, length)
	}
	body := (*buf)[:length-headerLen]
	if _, err := io.ReadFull(r, body); err != nil {
		return request{}, err
	}
	req := request{id: id, opcode: opcode}
	switch opcode {
	case wiremessage.OpMsg:
		return req.parseMsg(body)
	case opQuery:
		req.doc, req.hello = firstHello, helloOf(body)
		return req, nil
	}
	return req, errMalformed
}

func (req request) parseMsg(body []byte) (request, error) {
	flags, body, ok := wiremessage.ReadMsgFlags(body)
	req.silent = flags&wiremessage.MoreToCome != 0
	for ok && len(body) > 0 {
		var kind wiremessage.SectionType
		if kind, body, ok = wiremessage.ReadMsgSectionType(body); !ok {
			break
		}
		switch kind {
		case wiremessage.SingleDocument:
			var doc []byte
			doc, body, ok = wiremessage.ReadMsgSectionSingleDocument(body)
			req.doc = doc
		case wiremessage.DocumentSequence:
			_, docs, rest, read := wiremessage.ReadMsgSectionDocumentSequence(body)
			body, ok = rest, read
			for _, doc := range docs {
				req.documents = append(req.documents, bson.Raw(doc))
			}
		default:
			ok = false
		}
	}
	if !ok || req.doc == nil {
		return req, errMalformed
	}
	return req, nil
}

// helloOf is the document of an older message: nil where there is none.
func helloOf(body []byte) bson.Raw {
	const flags, numbers = 4, 8 // the latter: how many to skip, and to return
	if len(body) < flags {
		return nil
	}
	_, rest, ok := bytes.Cut(body[flags:], []byte{0}) // behind a collection's name
	if !ok || len(rest) < numbers {
		return nil
	}
	return bson.Raw(rest[numbers:])
}

// application is what the client calls itself, in the first request of a connection.
func (req request) application() string {
	doc := req.doc
	if req.hello != nil {
		doc = req.hello
	}
	name, _ := doc.Lookup("client", "application", "name").StringValueOK()
	return name
}

// appendReply appends the message that answers req with a document, which write
// appends.
func (req request) appendReply(dst []byte, write func([]byte) []byte) []byte {
	if req.opcode == opQuery {
		_, dst = wiremessage.AppendHeaderStart(dst, 0, req.id, wiremessage.OpReply)
		dst = wiremessage.AppendReplyFlags(dst, 0)
		dst = wiremessage.AppendReplyCursorID(dst, 0)
		dst = wiremessage.AppendReplyStartingFrom(dst, 0)
		dst = wiremessage.AppendReplyNumberReturned(dst, 1)
	} else {
		_, dst = wiremessage.AppendHeaderStart(dst, 0, req.id, wiremessage.OpMsg)
		dst = wiremessage.AppendMsgFlags(dst, 0)
		dst = wiremessage.AppendMsgSectionType(dst, wiremessage.SingleDocument)
	}
	dst = write(dst)
	binary.LittleEndian.PutUint32(dst, uint32(len(dst)))
	return dst
}
