package store_test

import (
	"reflect"
	"regexp"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/internal/raw"
	"github.com/partywall/partywall/api/meta"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/wire"
)

// The state of a document is the same whether it was decoded or not.
func TestRev(t *testing.T) {
	at := time.Date(2026, 1, 31, 8, 30, 0, 123e6, time.UTC)
	for want, test := range map[string]struct {
		doc bson.D
		rev store.Rev
	}{
		"0-0":               {bson.D{}, store.NewRev(0, time.Time{})},
		"3-0":               {bson.D{{Key: "_rev", Value: int64(3)}}, store.NewRev(3, time.Time{})},
		"3-1769848200123":   {bson.D{{Key: "_rev", Value: int32(3)}, {Key: "updatedAt", Value: at}}, store.NewRev(3, at)},
		"0-1769848200123":   {bson.D{{Key: "_rev", Value: nil}, {Key: "updatedAt", Value: at}}, store.NewRev(0, at)},
		"7--62135596800001": {bson.D{{Key: "_rev", Value: 7.0}, {Key: "updatedAt", Value: time.Time{}.Add(-time.Millisecond)}}, store.NewRev(7, time.Time{}.Add(-time.Millisecond))},
	} {
		rev := store.RevOf(marshalled(t, test.doc), "updatedAt")
		if rev != test.rev || rev.String() != want {
			t.Errorf("%v is %s, want %s and %s", test.doc, rev, test.rev, want)
		}
	}
	if now := wire.Now(); now.Location() != time.UTC || now.Nanosecond()%1e6 != 0 || time.Since(now) < 0 {
		t.Errorf("now is %v", now)
	}
}

// TestUntimedRev: without updatedAt a tag is the revision alone, whatever is stored by that name.
func TestUntimedRev(t *testing.T) {
	for want, doc := range map[string]bson.D{
		"0": {}, "3": {{Key: "_rev", Value: int64(3)}, {Key: "updatedAt", Value: time.Now()}}, "-3": {{Key: "_rev", Value: int32(-3)}},
		"1795464547267": {{Key: "_rev", Value: int64(1795464547267)}, {Key: "updatedAt", Value: "odd"}},
	} {
		rev := store.RevOf(marshalled(t, doc), "")
		parsed, ok := store.ParseRev(want, "")
		if rev.String() != want || !ok || parsed != rev {
			t.Errorf("%v is %s, and %s is %v, %t", doc, rev, want, parsed, ok)
		}
		if _, ok := store.ParseRev(want, "updatedAt"); ok {
			t.Errorf("%s is no tag of a document with updatedAt", want)
		}
	}
	for _, text := range []string{"3-0", "", "+3", "03", "3 ", "99999999999999999999"} {
		if rev, ok := store.ParseRev(text, ""); ok {
			t.Errorf("%q is %s", text, rev)
		}
	}
	if rev, same := store.NewUntimedRev(3), store.RevOf(marshalled(t, bson.D{{Key: "_rev", Value: int64(3)}}), ""); rev != same {
		t.Errorf("%v is not %v", rev, same)
	}
	odd := store.RevOf(marshalled(t, bson.D{{Key: "_rev", Value: "x"}}), "")
	if _, ok := store.ParseRev(odd.String(), ""); ok || len(odd.String()) < 10 {
		t.Errorf("%s", odd)
	}
}

// TestRevOfOddDocuments: values that no repository writes are told apart by a hash of 64 bits.
func TestRevOfOddDocuments(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, doc := range []bson.D{{{Key: "_rev", Value: "3"}}, {{Key: "_rev", Value: 3.5}}, {{Key: "updatedAt", Value: "3"}}, {{Key: "_rev", Value: "3"}, {Key: "updatedAt", Value: "3"}}} {
		text := store.RevOf(marshalled(t, doc), "updatedAt").String()
		if !regexp.MustCompile(`^0-0-[0-9a-f]{16}$`).MatchString(text) || seen[text] {
			t.Errorf("%v is %s", doc, text)
		}
		seen[text] = true
		if rev, ok := store.ParseRev(text, "updatedAt"); ok {
			t.Errorf("%s is read as %v", text, rev)
		}
	}
}

// TestConditionsOfARev are about the members that a collection has.
func TestConditionsOfARev(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 31, 8, 30, 0, 0, time.UTC)
	for updated, want := range map[string]bson.D{
		"":          {{Key: "_rev", Value: int64(3)}},
		"updatedAt": {{Key: "_rev", Value: int64(3)}, {Key: "updatedAt", Value: bson.NewDateTimeFromTime(at)}},
		"changed":   {{Key: "_rev", Value: int64(3)}, {Key: "changed", Value: bson.NewDateTimeFromTime(at)}},
	} {
		if got := store.NewRev(3, at).Conditions(updated); !reflect.DeepEqual(got, want) {
			t.Errorf("with updatedAt at %q: %v, want %v", updated, got, want)
		}
	}
}

func TestServed(t *testing.T) {
	for want, list := range map[bool][]raw.Collection{true: {{}, {Collection: meta.Collection{Timestamps: true}}}, false: {{Collection: meta.Collection{Admin: true}}, {Collection: meta.Collection{Private: true}}, {Collection: meta.Collection{Admin: true, Private: true}}}} {
		for _, c := range list {
			if c.Served() != want {
				t.Errorf("admin %v, private %v: %v", c.Admin, c.Private, !want)
			}
		}
	}
}

// marshalled returns doc as it is stored.
func marshalled(t *testing.T, doc bson.D) bson.Raw {
	t.Helper()
	stored, err := bson.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}
