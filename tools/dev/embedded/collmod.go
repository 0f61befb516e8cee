package embedded

import (
	"database/sql"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// collMod changes an index. The engine does nothing else of the command either.
func (s *session) collMod(cmd command) (message, error) {
	var asked struct {
		Index bson.D `bson:"index"`
		Dry   bool   `bson:"dryRun"`
	}
	if err := bson.Unmarshal(cmd.doc, &asked); err != nil || asked.Index == nil {
		return s.roundTrip(cmd.request)
	}
	have, err := s.indexes(cmd)
	if err != nil {
		return nil, err
	}
	m := modification{dry: asked.Dry}
	if m.kept, err = meant(have, asked.Index); err != nil {
		return nil, err
	}
	for _, e := range asked.Index {
		if err := m.apply(s.keeper, cmd, e); err != nil {
			return nil, err
		}
	}
	if !asked.Dry {
		if err := s.keeper.replace(cmd.db, m.kept); err != nil {
			return nil, err
		}
	}
	return cmd.reply(append(m.said, bson.E{Key: "ok", Value: 1.0}))
}

// meant is the index that collMod names.
func meant(have []kept, index bson.D) (kept, error) {
	for _, e := range index {
		switch v := e.Value.(type) {
		case string:
			if e.Key == "name" {
				return byName(have, v)
			}
		case bson.D:
			if e.Key == "keyPattern" {
				return byKey(have, v)
			}
		}
	}
	return kept{}, refuse(codeInvalidOptions, "Must specify either index name or key pattern")
}

// modification is an index as collMod makes it, and what is said of it.
type modification struct {
	kept
	said bson.D
	dry  bool
}

// apply makes one change.
func (m *modification) apply(k *keeper, cmd command, e bson.E) error {
	switch e.Key {
	case "name", "keyPattern":
		return nil
	case "unique":
		return m.convert(k, cmd, e.Value)
	case "hidden", "prepareUnique", "expireAfterSeconds":
		return m.set(e)
	}
	return refuse(codeInvalidOptions, "BSON field 'collMod.index.%s' is an unknown field.", e.Key)
}

// set gives the index another value of an option.
func (m *modification) set(e bson.E) error {
	v, ok := indexOptions[e.Key](e.Value)
	if !ok {
		return refuse(codeInvalidOptions, "the field '%s' has a value that it does not take: %s", e.Key, text(bson.D{e}))
	}
	was, had := m.option(e.Key)
	now := v
	if e.Key != "expireAfterSeconds" {
		was, had, now = had, true, v != nil
	}
	if had {
		m.said = append(m.said, bson.E{Key: e.Key + "_old", Value: was})
	}
	m.said = append(m.said, bson.E{Key: e.Key + "_new", Value: now})
	m.definition = m.with(e.Key, v)
	return m.check()
}

// convert makes an index unique that was prepared for it, unless documents repeat its keys.
func (m *modification) convert(k *keeper, cmd command, v any) error {
	switch unique, _ := flag(v); {
	case !unique:
		return refuse(codeInvalidOptions, "collMod makes no index non-unique; drop it and create it")
	case m.is("unique"):
		return nil
	case !m.dry && !m.is("prepareUnique"):
		return refuse(codeInvalidOptions, "Cannot make index unique with 'prepareUnique=false'. Run collMod to set it first.")
	}
	var repeats []repeat
	err := k.read(cmd.db, func(file *sql.DB) (err error) {
		repeats, err = m.repeats(file)
		return err
	})
	if err != nil {
		return err
	}
	if len(repeats) > 0 {
		return refuseConversion(repeats)
	}
	if !m.dry {
		m.said = append(m.said, bson.E{Key: "unique_new", Value: true})
		m.definition = m.with("prepareUnique", nil).with("unique", true)
	}
	return m.check()
}

// refuseConversion is MongoDB's error, with the documents that repeat each key.
func refuseConversion(repeats []repeat) error {
	f := refuse(codeCannotConvert, "Cannot convert the index to unique. Please resolve conflicting documents before running collMod again.")
	var ids bson.A
	for i, r := range repeats {
		ids = append(ids, member(r.doc, "_id"))
		if i+1 == len(repeats) || repeats[i+1].key != r.key {
			f.Violations = append(f.Violations, bson.D{{Key: "ids", Value: ids}})
			ids = nil
		}
	}
	return f
}
