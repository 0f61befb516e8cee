package steps

import (
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/wire"
)

// ToDate makes dates of text.
func ToDate() Step {
	return conversion{
		name: "to_date", doc: "makes dates of text",
		done: []bson.Type{bson.TypeDateTime}, kinds: []string{"Time"},
		read: func(m *Members) become {
			layouts := m.Texts("layouts", "layouts as Go's package time has them", unambiguous...)
			for _, layout := range layouts {
				if problem := checkLayout(layout); problem != "" {
					m.Refuse("layouts: %.50q %s", layout, problem)
				}
			}
			return dateOf(layouts)
		},
	}.step()
}

// unambiguous are the layouts that can be read in one way only.
var unambiguous = []string{time.RFC3339Nano, time.DateOnly}

// checkLayout returns what is wrong with a layout, a predicate. time.Parse knows no zone by
// its abbreviation but UTC and the machine's own.
func checkLayout(layout string) string {
	moment := time.Date(2021, time.October, 23, 14, 25, 36, 0, time.UTC)
	read, err := time.Parse(layout, moment.Format(layout))
	switch {
	case err != nil || read.YearDay() != moment.YearDay() || read.Year() != moment.Year():
		return "does not say year, month and day of Mon Jan 2 15:04:05 2006, as a layout does; write one such as 2006-01-02 15:04"
	case read.Hour() != 0 && read.Hour() != moment.Hour():
		return "has hours up to 12, and not which half of the day; write PM, too"
	case strings.Contains(layout, "MST") && !strings.Contains(layout, "07"):
		return "has a zone by its abbreviation alone, which may be several; write one with an offset, such as -0700"
	}
	return ""
}

// dateOf returns what makes a date of text that the layouts read in one way.
func dateOf(layouts []string) become {
	return func(v bson.RawValue) (to bson.RawValue, problem string) {
		text, ok := v.StringValueOK()
		if !ok {
			return to, "is " + wire.TypeName(v.Type) + ", which does not become a date"
		}
		dates := parseDates(text, layouts)
		switch {
		case len(dates) == 0:
			return to, "is text that none of the layouts reads"
		case len(dates) > 1:
			return to, "is text that the layouts read as different dates"
		case !check.HasYear(dates[0]):
			return to, "is not in the years 0 to 9999"
		}
		return dateValue(dates[0]), ""
	}
}

// parseDates returns the dates that text may mean, each once, in UTC.
func parseDates(text string, layouts []string) []time.Time {
	var dates []time.Time
	for _, layout := range layouts {
		date, err := time.Parse(layout, text)
		if err == nil && !slices.ContainsFunc(dates, date.Equal) {
			dates = append(dates, date.UTC())
		}
	}
	return dates
}

func dateValue(t time.Time) bson.RawValue {
	return bson.RawValue{Type: bson.TypeDateTime, Value: binary.LittleEndian.AppendUint64(nil, uint64(t.UnixMilli()))}
}
