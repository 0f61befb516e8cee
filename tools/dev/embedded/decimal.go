package embedded

import (
	"bytes"
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The engine stores no decimals. On the way to it each is made the 16 bytes that BSON has for it, as binary data of a
// subtype that nothing else has, and on the way back a decimal again. What compares them is done here.

// decimalSubtype is of those that BSON leaves to whoever wants one.
const decimalSubtype = 0xdc

// decimalMark is what every such value contains.
var decimalMark = []byte{16, 0, 0, 0, decimalSubtype}

// encodeDecimals is a request as the engine takes it.
func encodeDecimals(request message) (message, error) {
	if request.opcode() != opMsg || bytes.IndexByte(request, byte(bson.TypeDecimal128)) < 0 {
		return request, nil
	}
	cmd, err := parseCommand(request)
	if err != nil || !cmd.hasDecimals() {
		return request, err
	}
	var doc bson.D
	if err := bson.Unmarshal(cmd.doc, &doc); err != nil {
		return nil, err
	}
	for name, sequence := range cmd.sequences {
		documents := bson.A{}
		for _, raw := range sequence {
			var document bson.D
			if err := bson.Unmarshal(raw, &document); err != nil {
				return nil, err
			}
			documents = append(documents, document)
		}
		doc = append(doc, bson.E{Key: name, Value: documents})
	}
	raw, err := bson.Marshal(mapValues(doc, encodeDecimal))
	return newMessage(request.requestID(), 0, raw), err
}

// decodeDecimals is the engine's reply as the client takes it.
func decodeDecimals(reply message) (message, error) {
	if !bytes.Contains(reply, decimalMark) {
		return reply, nil
	}
	parts, err := parseSections(reply)
	if err != nil {
		return nil, err
	}
	var doc bson.D
	if err := bson.Unmarshal(parts.doc, &doc); err != nil {
		return nil, err
	}
	raw, err := bson.Marshal(mapValues(doc, decodeDecimal))
	return newMessage(reply.requestID(), reply.int32At(8), raw), err
}

func encodeDecimal(v any) any {
	decimal, ok := v.(bson.Decimal128)
	if !ok {
		return v
	}
	high, low := decimal.GetBytes()
	data := binary.LittleEndian.AppendUint64(nil, low)
	return bson.Binary{Subtype: decimalSubtype, Data: binary.LittleEndian.AppendUint64(data, high)}
}

func decodeDecimal(v any) any {
	b, ok := v.(bson.Binary)
	if !ok || b.Subtype != decimalSubtype || len(b.Data) != 16 {
		return v
	}
	return bson.NewDecimal128(binary.LittleEndian.Uint64(b.Data[8:]), binary.LittleEndian.Uint64(b.Data))
}

// mapValues is a value with each of the values in it changed.
func mapValues(v any, change func(any) any) any {
	switch v := v.(type) {
	case bson.D:
		for i := range v {
			v[i].Value = mapValues(v[i].Value, change)
		}
		return v
	case bson.A:
		for i := range v {
			v[i] = mapValues(v[i], change)
		}
		return v
	}
	return change(v)
}
