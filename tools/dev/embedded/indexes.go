package embedded

import (
	"bytes"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// indexSpec is an index as createIndexes and listIndexes describe it.
type indexSpec struct {
	Name   string   `bson:"name"`
	Key    bson.Raw `bson:"key"`
	Unique bool     `bson:"unique"`

	raw bson.Raw
}

// createIndexes hands the engine one index at a time: it ends the connection at a command that names two which are
// there. As in MongoDB, all are made or none.
func (s *session) createIndexes(cmd command) (message, error) {
	specs := readSpecs(cmd.doc.Lookup("indexes"))
	if len(specs) == 0 {
		return s.roundTrip(cmd.request) // the engine says what is wrong with it
	}
	var made []string
	var total createReply
	for _, spec := range specs {
		reply, err := s.createIndex(cmd, spec)
		if err != nil {
			return nil, err
		}
		var one createReply
		if err := bson.Unmarshal(reply, &one); err != nil {
			return nil, err
		}
		if one.OK != 1 {
			for _, name := range made {
				if _, err := s.dropIndex(cmd, name); err != nil {
					return nil, err
				}
			}
			return cmd.reply(reply)
		}
		if one.After > one.Before {
			made = append(made, spec.Name)
		}
		total.add(one)
	}
	return cmd.reply(total)
}

// createReply is the reply to a createIndexes that was carried out.
type createReply struct {
	Before  int32   `bson:"numIndexesBefore"`
	After   int32   `bson:"numIndexesAfter"`
	Created bool    `bson:"createdCollectionAutomatically"`
	OK      float64 `bson:"ok"`
}

func (r *createReply) add(one createReply) {
	if r.OK == 0 {
		*r = one
	}
	r.After = one.After
}

// createIndex makes one index. The engine holds no two indexes on the same keys; where MongoDB has one that is unique
// stand beside one that is not, the new one takes the other's place.
func (s *session) createIndex(cmd command, spec indexSpec) (bson.Raw, error) {
	displaced, err := s.displaced(cmd, spec)
	if err != nil {
		return nil, err
	}
	if displaced != nil {
		if _, err := s.dropIndex(cmd, displaced.Name); err != nil {
			return nil, err
		}
	}
	reply, err := s.create(cmd, spec.raw)
	if err != nil || displaced == nil || isOK(reply) {
		return reply, err
	}
	_, err = s.create(cmd, displaced.raw)
	return reply, err
}

// displaced is the index on the same keys as spec, of another name, of which one is unique and the other not.
func (s *session) displaced(cmd command, spec indexSpec) (*indexSpec, error) {
	reply, err := s.ask(cmd, bson.D{{Key: "listIndexes", Value: cmd.target}})
	if err != nil {
		return nil, err
	}
	for _, there := range readSpecs(reply.Lookup("cursor", "firstBatch")) {
		if there.Name != spec.Name && there.Unique != spec.Unique && bytes.Equal(there.Key, spec.Key) {
			return &there, nil
		}
	}
	return nil, nil
}

func (s *session) create(cmd command, spec bson.Raw) (bson.Raw, error) {
	return s.ask(cmd, bson.D{{Key: "createIndexes", Value: cmd.target}, {Key: "indexes", Value: bson.A{spec}}})
}

func (s *session) dropIndex(cmd command, name string) (bson.Raw, error) {
	return s.ask(cmd, bson.D{{Key: "dropIndexes", Value: cmd.target}, {Key: "index", Value: name}})
}

// ask sends the engine a command about the database that cmd is about.
func (s *session) ask(cmd command, doc bson.D) (bson.Raw, error) {
	raw, err := bson.Marshal(append(doc, bson.E{Key: "$db", Value: cmd.db}))
	if err != nil {
		return nil, err
	}
	reply, err := s.roundTrip(newMessage(cmd.request.requestID(), 0, raw))
	if err != nil {
		return nil, err
	}
	parts, err := parseSections(reply)
	return parts.doc, err
}

func isOK(reply bson.Raw) bool {
	ok, _ := reply.Lookup("ok").AsInt64OK()
	return ok == 1
}

// readSpecs reads an array of indexes, nil if it is none.
func readSpecs(v bson.RawValue) []indexSpec {
	array, isArray := v.ArrayOK()
	if !isArray {
		return nil
	}
	values, err := array.Values()
	if err != nil {
		return nil
	}
	var specs []indexSpec
	for _, value := range values {
		var spec indexSpec
		doc, isDocument := value.DocumentOK()
		if !isDocument || bson.Unmarshal(doc, &spec) != nil {
			return nil
		}
		spec.raw = doc
		specs = append(specs, spec)
	}
	return specs
}
