package rest

import (
	"net/url"
	"testing"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
)

// TestExpansions has a row for each thing that can be asked to stand in the place of
// references.
func TestExpansions(t *testing.T) {
	t.Parallel()
	people := raw.Collection{Collection: meta.Collection{Name: "people", Access: meta.Access{Read: "people.read"}}}
	open := raw.Collection{Collection: meta.Collection{Name: "shelves", Access: meta.Access{Read: "read"}}}
	a := &api{Config: Config{
		Collections: []raw.Collection{{Collection: meta.Collection{Name: "drafts", Private: true}}, open, people}, Policy: auth.NewPolicy([]string{"super"}, []string{"blocked"}),
	}}
	r := &resource{api: a, c: &shelves}
	const served = "the references that can be expanded are owner, next"
	for _, test := range []struct {
		query string
		actor auth.Actor
		want  string
	}{
		{"", auth.Actor{}, ""},
		{"limit=1", auth.Actor{}, ""},
		{"expand=owner,next", auth.Actor{Role: "super"}, "owner:people next:shelves "},
		{"expand=owner&expand=next", auth.Actor{Permissions: []string{"read", "people.read"}}, "owner:people next:shelves "},
		{"expand=next", auth.Actor{Permissions: []string{"read"}}, "next:shelves "},
		{"expand=next,owner", auth.Actor{Permissions: []string{"read"}}, `forbidden: this needs the permission "people.read"`},
		{"expand=next", auth.Actor{Role: "blocked", Permissions: []string{"read"}}, `forbidden: the role "blocked" may do nothing`},
		{"expand=", auth.Actor{Role: "super"}, `expand not_expandable names ""; ` + served},
		{"expand=next,", auth.Actor{Role: "super"}, `expand not_expandable names ""; ` + served},
		{"expand=secret", auth.Actor{Role: "super"}, `expand not_expandable names "secret"; ` + served},
		{"expand=n", auth.Actor{Role: "super"}, `expand not_expandable names "n"; ` + served},
	} {
		query, err := url.ParseQuery(test.query)
		if err != nil {
			t.Fatal(err)
		}
		x, err := r.expansion(&session{actor: &test.actor}, query)
		got := ""
		switch {
		case said(err) == "query_invalid":
			got = complaints(t, err)
		case err != nil:
			got = err.Error()
		default:
			for _, ref := range x.refs {
				got += ref.path + ":" + ref.target.Name + " "
			}
			if x.isEmpty() != (got == "") {
				t.Errorf("%s: it is empty: %v", test.query, x.isEmpty())
			}
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.query, got, test.want)
		}
	}
	without := &resource{api: a, c: &people}
	_, err := without.expansion(&session{actor: &auth.Actor{Role: "super"}}, url.Values{"expand": {"owner"}})
	if got := complaints(t, err); got != `expand not_expandable names "owner", but there is no reference here that can be expanded` {
		t.Error(got)
	}
}
