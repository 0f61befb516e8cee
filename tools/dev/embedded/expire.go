package embedded

import (
	"database/sql"
	"errors"
	"net"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

const (
	// expiryInterval is how often documents are removed whose time is over, as on MongoDB.
	expiryInterval = time.Minute
	// expiryBatch is how many documents go at once for one index.
	expiryBatch = 1000
)

// expireRegularly removes documents whose time is over until the front is closed.
func (f *front) expireRegularly() {
	ticker := time.NewTicker(expiryInterval)
	defer ticker.Stop()
	for {
		select {
		case <-f.closing:
			return
		case <-ticker.C:
			f.expire()
		}
	}
}

// expire removes documents whose time is over, a batch for each index.
func (f *front) expire() {
	f.withEngine(func(s *session) {
		for _, db := range f.keeper.databases() {
			if err := s.expire(db); err != nil && !errors.Is(err, net.ErrClosed) {
				f.log.Warn("embedded server: cannot remove documents whose time is over", "database", db, "error", err)
			}
		}
	})
}

// expire removes documents of one database.
func (s *session) expire(db string) error {
	defer s.gate.enter(db)()
	indexes, err := s.keeper.all(db)
	if err != nil {
		return err
	}
	var errs []error
	for _, x := range indexes {
		if seconds, expires := x.option("expireAfterSeconds"); expires {
			before := time.Now().Add(-time.Duration(seconds.(int32)) * time.Second)
			errs = append(errs, s.expireBefore(db, x, before))
		}
	}
	return errors.Join(errs...)
}

// expireBefore removes documents that the index has with a date that is not after a time.
func (s *session) expireBefore(db string, x kept, before time.Time) error {
	ids, err := s.keeper.expired(db, x, bson.NewDateTimeFromTime(before))
	if err != nil || len(ids) == 0 {
		return err
	}
	_, err = s.ask(command{db: db}, bson.D{{Key: "delete", Value: x.collection}, {Key: "deletes", Value: bson.A{
		bson.D{{Key: "q", Value: bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}}, {Key: "limit", Value: 0}},
	}}})
	return err
}

// expired are the _ids of documents that the index has with a date that is not after a time, a batch at most.
func (k *keeper) expired(db string, x kept, before bson.DateTime) (ids bson.A, err error) {
	partial, _ := x.option("partialFilterExpression")
	expression, _ := partial.(bson.D)
	holds, err := compiler{partial: true}.compile(append(bson.D{{Key: x.key[0].Key, Value: bson.D{{Key: "$lte", Value: before}}}}, expression...))
	if err != nil {
		return nil, err
	}
	err = k.read(db, func(file *sql.DB) error {
		return eachStored(file, x.sql(selectStored), func(_ string, doc bson.D) bool {
			if holds(doc) {
				ids = append(ids, member(doc, "_id"))
			}
			return len(ids) < expiryBatch
		})
	})
	return ids, err
}
