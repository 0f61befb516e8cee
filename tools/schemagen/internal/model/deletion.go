package model

import (
	"fmt"
	"slices"
	"time"

	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// checkKeepDeleted checks how long deleted documents are kept.
func (l *loader) checkKeepDeleted(d *def.Collection, at place) {
	switch keep := d.KeepDeleted; {
	case keep == 0:
	case !d.SoftDelete:
		l.add(at, "has KeepDeleted, but no SoftDelete, so that nothing deleted is kept", "SoftDelete: true, or no KeepDeleted")
	case !isTTL(keep):
		l.add(at, fmt.Sprintf("KeepDeleted is %s", keep), fmt.Sprintf("whole seconds, from 1 to %d, or 0 to keep what is deleted", maxTTL/time.Second))
	}
}

// deletionSegments end the paths of routes for what is deleted.
var deletionSegments = []string{"restore", "purge"}

// checkDeletionRoutes refuses lists whose elements would be served where deleted documents are restored and
// purged.
func (l *loader) checkDeletionRoutes(c *Collection, at place) {
	for _, f := range c.ElementLists() {
		if c.SoftDelete && slices.Contains(deletionSegments, f.Name) {
			l.add(at.member(f.Name), fmt.Sprintf("is a list of elements with an _id, whose route /api/%s/{id}/%s is that of deleted documents", c.Name, f.Name), "another name, or a Struct without ID")
		}
	}
}

// softDeletes reports whether the collection called name keeps deleted documents.
func (l *loader) softDeletes(name string) bool {
	return slices.ContainsFunc(l.in.Collections, func(d def.Collection) bool { return d.Name == name && d.SoftDelete })
}

// keepDeleted adds the index that removes deleted documents in the end.
func (x *indexer) keepDeleted(d *def.Collection, at place) {
	if !d.SoftDelete || d.KeepDeleted == 0 || !isTTL(d.KeepDeleted) {
		return
	}
	x.index(len(d.Indexes), &def.Index{Keys: []string{meta.DeletedPath}, TTL: d.KeepDeleted}, at)
}

// limitToLiving limits a unique index to documents that are not deleted. Sparse does not go with
// that, so that conditions say what it does.
func (x *indexer) limitToLiving(index *Index, d *def.Index, at place) {
	if !x.c.SoftDelete || !d.Unique {
		return
	}
	index.Living, index.Sparse = true, false
	for _, k := range index.Keys {
		if k.Path.Name == meta.DeletedPath {
			x.add(at, "is Unique with deletedAt among its keys, but SoftDelete limits it to what is not deleted", "the other keys alone")
		}
		if d.Sparse {
			index.Partial = append(index.Partial, Condition{Path: k.Path, Op: def.Exists})
		}
	}
	if slices.ContainsFunc(d.Partial, func(c def.Condition) bool { return c.Path == meta.DeletedPath }) {
		x.add(at, "is Unique with a condition on deletedAt, but SoftDelete limits it to what is not deleted", "the other conditions alone")
	}
}

// deletion returns the path of deletedAt, nil if name is another or nothing deleted is kept.
func (x *indexer) deletion(name string) *resolvedPath {
	if !x.c.SoftDelete || name != meta.DeletedPath {
		return nil
	}
	return &resolvedPath{path: &Path{Name: name, Go: goPath(name), Type: kinds.Timestamp, Optional: true}, optional: name, missable: true}
}

// ListParameters are the names that have a meaning of their own in requests for c's lists.
func (c *Collection) ListParameters() []string {
	if c.SoftDelete {
		return append(slices.Clone(meta.ListParameters), meta.DeletedParameter)
	}
	return meta.ListParameters
}
