package embedded

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// unenforced says what of an index is not as on MongoDB, and nothing if all is.
func (d definition) unenforced() string {
	v, collated := d.option("collation")
	switch kind := d.kind(); {
	case kind == "text":
		return "there is no text search"
	case kind == "2d" || kind == "2dsphere":
		return "there are no geographical queries"
	case collated && foldsASCII(v.(bson.D)):
		return "texts are compared by their bytes and whatever the case of ASCII letters"
	case collated:
		return "texts are compared by their bytes"
	}
	return ""
}

// remark is what is not enforced of an index.
type remark struct{ index, reason string }

// load looks through the databases of the folder, which nobody uses yet, and tells of all their indexes at once.
func (k *keeper) load() error {
	paths, err := filepath.Glob(filepath.Join(k.dir, "*.sqlite"))
	if err != nil {
		return err
	}
	var remarks []remark
	for _, path := range paths {
		db := strings.TrimSuffix(filepath.Base(path), ".sqlite")
		indexes, err := k.loadDatabase(db)
		if err != nil {
			return fmt.Errorf("embedded server: cannot read the indexes of the database %s: %w", path, err)
		}
		remarks = append(remarks, k.notice(db, indexes)...)
	}
	k.tell(remarks)
	return nil
}

// loadDatabase opens a database once, and again only if the engine holds indexes in it.
func (k *keeper) loadDatabase(db string) (indexes []kept, err error) {
	var engines, marks []string
	err = k.read(db, func(file *sql.DB) error {
		var errs [3]error
		engines, errs[0] = queryTexts(file, selectEngines)
		marks, errs[1] = queryTexts(file, readMark)
		indexes, errs[2] = readKept(file)
		return errors.Join(errs[:]...)
	})
	if err != nil {
		return nil, err
	}
	if marks[0] != "0" {
		k.noteDecimals(db)
	}
	if len(engines) == 0 {
		return indexes, nil
	}
	if err := k.move(db, engines); err != nil {
		return nil, err
	}
	return k.all(db)
}

// notice remembers whose documents expire, and returns what is not enforced of indexes and was not said yet.
func (k *keeper) notice(db string, indexes []kept) (remarks []remark) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, x := range indexes {
		if _, expires := x.option("expireAfterSeconds"); expires {
			k.expiring[db] = true
		}
		r := remark{x.name + " of " + x.collection, x.unenforced()}
		if r.reason != "" && !k.told[r] {
			k.told[r] = true
			remarks = append(remarks, r)
		}
	}
	return remarks
}

// tell logs in one line what is not enforced, and why.
func (k *keeper) tell(remarks []remark) {
	var reasons []string
	indexes := map[string][]string{}
	for _, r := range remarks {
		if indexes[r.reason] == nil {
			reasons = append(reasons, r.reason)
		}
		indexes[r.reason] = append(indexes[r.reason], r.index)
	}
	for i, reason := range reasons {
		reasons[i] = reason + ": " + strings.Join(indexes[reason], ", ")
	}
	if len(reasons) > 0 {
		k.log.Warn("embedded server: indexes are listed as declared, but " + strings.Join(reasons, "; "))
	}
}
