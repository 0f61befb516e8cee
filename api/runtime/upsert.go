package runtime

import (
	"context"

	"github.com/partywall/partywall/api/check"
)

// AppendGiven appends path, if what is there is given.
func AppendGiven(paths []string, path string, given bool) []string {
	if !given {
		return paths
	}
	return append(paths, path)
}

// Upsert is Documents.Upsert of doc, checked and decoded.
func Upsert[D any, P encodable[D]](
	ctx context.Context, d Documents, doc D, checks func(*D, *check.FieldErrors), members []string, key ...string,
) (v *D, created bool, err error) {
	if err := Check(d.Name(), func(p *check.FieldErrors) { checks(&doc, p) }); err != nil {
		return nil, false, err
	}
	stored, created, err := d.Upsert(ctx, P(&doc).AppendBSON(nil), members, key)
	v, err = decode[D, P](d, stored, err)
	return v, created, err
}
