package runtime

import (
	"context"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// readRequest goes through the body: read takes its values, checks are what they have to pass. The
// error is a *wire.SyntaxError, what Approve or the Hasher said, or an
// *InvalidError with every problem of both.
func readRequest(
	ctx context.Context, req Input, collection string, secrets *Secrets,
	read func(*wire.JSONReader, *Secrets), checks func(*check.FieldErrors),
) error {
	body, err := wire.NewJSONReader(req.Body)
	if err != nil {
		return err
	}
	body.Against(req.Current)
	read(body, secrets)
	if err := req.Approve(body.Members()); err != nil {
		return err
	}
	if checks(&body.Errors); len(body.Errors) > 0 {
		return &store.InvalidError{Collection: collection, Fields: body.Errors}
	}
	return secrets.Hash(ctx, req.Hasher)
}

// DecodeNew returns a Codec's New: it reads an N and builds the document of it, which is
// checked before secrets are hashed, and built again if there are any.
func DecodeNew[N, D any, P encodable[D]](
	collection string, read func(*N, *wire.JSONReader, *Secrets), build func(*N) D, checks func(*D, *check.FieldErrors),
) func(context.Context, Input) (bson.Raw, error) {
	return func(ctx context.Context, req Input) (bson.Raw, error) {
		n, d, secrets := new(N), new(D), Secrets{}
		err := readRequest(ctx, req, collection, &secrets,
			func(r *wire.JSONReader, s *Secrets) { read(n, r, s) },
			func(p *check.FieldErrors) {
				*d = build(n)
				checks(d, p)
			})
		if err != nil {
			return nil, err
		}
		if len(secrets.waiting) > 0 {
			*d = build(n)
		}
		return P(d).AppendBSON(nil), nil
	}
}

// DecodePatch returns a Codec's Patch: it reads a T, and checks it.
func DecodePatch[T any](
	collection string, read func(*T, *wire.JSONReader, *Secrets), checks func(*T, *check.FieldErrors), changes func(T) Changes,
) func(context.Context, Input) (Changes, error) {
	return func(ctx context.Context, req Input) (Changes, error) {
		p := new(T)
		err := readRequest(ctx, req, collection, new(Secrets),
			func(r *wire.JSONReader, s *Secrets) { read(p, r, s) },
			func(problems *check.FieldErrors) { checks(p, problems) })
		if err != nil {
			return Changes{}, err
		}
		return changes(*p), nil
	}
}

// Check checks what code, not a request, is about to write.
func Check(collection string, checks func(*check.FieldErrors)) error {
	var p check.FieldErrors
	if checks(&p); len(p) > 0 {
		return &store.InvalidError{Collection: collection, Fields: p}
	}
	return nil
}

// CheckChange checks what a member is set to, or what is added to it, and refuses
// to remove a required one. Nil checks let every value pass.
func CheckChange[T any](
	p *check.FieldErrors, pointer string, c store.Change[T], required bool,
	checks func(*check.FieldErrors, string, T),
) {
	if required && c.IsUnset() {
		p.Add(pointer, "not_removable", "is required and cannot be removed")
	}
	if c.Kind() == store.ChangeOverflow {
		p.Add(pointer, raw.OutOfRange, raw.OutOfRangeMessage)
	}
	if v, ok := c.Given(); ok && checks != nil {
		checks(p, pointer, v)
	}
}

// CheckOptional checks a value that may be missing.
func CheckOptional[T any](errs *check.FieldErrors, pointer string, v store.Optional[T], checks func(*check.FieldErrors, string, T)) {
	if v, ok := v.Get(); ok {
		checks(errs, pointer, v)
	}
}

// ListOr returns v, or otherwise if v is nil, which is a missing list.
func ListOr[E any](v, otherwise []E) []E {
	if v == nil {
		return otherwise
	}
	return v
}

// MapOr is ListOr for a map.
func MapOr[E any](v, otherwise map[string]E) map[string]E {
	if v == nil {
		return otherwise
	}
	return v
}
