package main

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/partywall/partywall/tools/bench/internal/canned"
	"github.com/partywall/partywall/tools/bench/internal/load"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

func (b *bench) writeSection() (report.Section, error) {
	s := report.Section{
		Title: "Writes over HTTP",
		Text: "As above. A `PATCH` of a name needs `If-Match`; ours reads the document, updates it and reads what is stored then. The peer is there twice: finding and " +
			"modifying in one round trip, and in the three that ours takes. A `POST` hashes a password with argon2id at the same costs on both sides, which is nearly all of it; ours looks before that whether the address is taken.",
	}
	h, err := b.open(1, roleProduct, roleHandAll, roleHandNext)
	if err != nil {
		return s, err
	}
	err = h.measureWrites(&s)
	return s, errors.Join(err, h.close())
}

func (h *house) measureWrites(s *report.Section) error {
	patch, err := h.patch()
	if err != nil {
		return err
	}
	series, err := h.compare("patch", patch, roleProduct, roleHandAll, roleHandNext)
	if err != nil {
		return err
	}
	s.Rows = append(s.Rows,
		report.Compare("`PATCH` of a name: one `FindOneAndUpdate`", series[0], series[1], 0),
		report.Compare("`PATCH` of a name: the same three round trips", series[0], series[2], 0))
	post, err := h.post()
	if err != nil {
		return err
	}
	slow := *h.bench
	slow.requests.Budget *= 4 // a hash takes tens of milliseconds
	h.bench = &slow
	if series, err = h.compare("post", post, roleProduct, roleHandAll); err != nil {
		return err
	}
	s.Rows = append(s.Rows, report.Compare("`POST`, password hash included", series[0], series[1], 0))
	return nil
}

// patch renames a user, who is another than the bearer of the token.
func (h *house) patch() (load.Request, error) {
	r, err := h.list(1)
	user := canned.Users(1)[0]
	r.Method, r.Path = http.MethodPatch, "/api/users/"+canned.UserID(1).Hex()
	r.Header["Content-Type"] = "application/json"
	r.Header["If-Match"] = fmt.Sprintf(`"%d-%d"`, user.Rev, user.UpdatedAt.UnixMilli())
	r.Body = `{"name":"Augusta Ada King"}`
	return r, err
}

func (h *house) post() (load.Request, error) {
	r, err := h.list(1)
	r.Method, r.Want = http.MethodPost, http.StatusCreated
	r.Header["Content-Type"] = "application/json"
	r.Body = `{"name":"Ada King","email":"ada@example.com","password":"correct horse battery"}`
	return r, err
}
