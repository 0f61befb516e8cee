package wire_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/partywall/partywall/api/wire"
)

// instants are times of any nanosecond of the years that RFC 3339 has a form for, the
// first and the last among them, in any zone.
var instants = rapid.Custom(func(t *rapid.T) time.Time {
	first, last := time.UnixMilli(firstMillis), time.UnixMilli(lastMillis)
	at := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) time.Time {
			pick := func(name string, least, most int) int { return rapid.IntRange(least, most).Draw(t, name) }
			year := rapid.SampledFrom([]int{0, 1, 10, 100, 999, 1000, 1999, 2000, 2024, 9000, 9999}).Draw(t, "year")
			return time.Date(year, time.Month(pick("month", 1, 12)), pick("day", 1, 28), pick("hour", 0, 23), pick("minute", 0, 59), pick("second", 0, 59), 1e6*pick("milli", 0, 999), time.UTC)
		}),
		rapid.Map(rapid.Int64Range(firstMillis, lastMillis), time.UnixMilli),
		rapid.SampledFrom([]time.Time{first, last, time.UnixMilli(-1), time.UnixMilli(0), time.Time{}.Add(time.Millisecond), time.Time{}.Add(-time.Millisecond)}),
	).Draw(t, "millis")
	at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 499_999, 999_999}).Draw(t, "nanos")))
	return at.In(time.FixedZone("", 60*rapid.IntRange(-23*60-59, 23*60+59).Draw(t, "zone")))
})

const javaScript = "2006-01-02T15:04:05.000Z" // as its Date writes them

func TestAnyTimeAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := instants.Draw(t, "instant")
		if have, want := string(wire.AppendJSONTime([]byte("x"), at)), `x"`+at.UTC().Format(javaScript)+`"`; have != want && !at.IsZero() {
			t.Errorf("%s, want %s", have, want)
		}
	})
}

// What the standard library writes as RFC 3339, to any number of digits and in any
// zone, is read as it is meant.
func TestAnyTimeIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := instants.Draw(t, "instant")
		digits := strings.Repeat("0", rapid.IntRange(0, 9).Draw(t, "digits"))
		layout := "2006-01-02T15:04:05" + strings.TrimSuffix("."+digits, ".") + rapid.SampledFrom([]string{"Z07:00", "-07:00"}).Draw(t, "offset")
		text := at.Format(layout)
		said, err := time.Parse(layout, text)
		if err != nil || at.Year() < 0 || at.Year() > 9999 {
			return // in its own zone it is a year before or behind
		}
		more := rapid.StringMatching(`[0-9]{0,3}`).Draw(t, "more")
		finer := said.Nanosecond()%int(time.Millisecond) != 0
		if len(digits) >= 9 {
			text = strings.Replace(text, at.Format("05."+digits), at.Format("05."+digits)+more, 1)
			finer = finer || strings.Trim(more, "0") != ""
		}
		want := time.UnixMilli(said.UnixMilli()).UTC()
		have, haveFiner, err := wire.ParseInstant(text)
		if err != nil || !have.Equal(want) || have.Location() != time.UTC || haveFiner != finer {
			t.Errorf("%s is %v, %v, %v, want %v, %v", text, have, haveFiner, err, want, finer)
		}
		if have, err := wire.ParseTime(text); err != nil || !have.Equal(want) {
			t.Errorf("%s is cut to %v, %v", text, have, err)
		}
		var known time.Time
		if err := json.Unmarshal([]byte(`"`+text+`"`), &known); err != nil || !known.Equal(said) {
			t.Errorf("encoding/json reads %s as %v, %v", text, known, err)
		}
	})
}

// What is not RFC 3339 is refused: the standard library's own reading, which is
// nearly as strict, and a form are the judges of texts with a character changed.
func TestTimesThatAreNone(t *testing.T) {
	const form = "dddd-dd-ddTdd:dd:dd"
	refused, taken := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		at := instants.Draw(t, "instant")
		text := []byte(at.Format(time.RFC3339))
		i := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		text[i] = rapid.SampledFrom([]byte("0123456789-:.,+TtZz ")).Draw(t, "char")
		known, err := time.Parse(time.RFC3339Nano, string(text))
		right := err == nil
		for i, c := range []byte(form) {
			digit := '0' <= text[i] && text[i] <= '9'
			right = right && (c == 'd' && digit || c == text[i])
		}
		inRange := right && !known.UTC().Before(time.UnixMilli(firstMillis)) && known.UTC().Year() <= 9999
		have, err := wire.ParseTime(string(text))
		switch {
		case err != nil && inRange && !known.Truncate(time.Millisecond).IsZero() && !noOffset(string(text)):
			t.Errorf("%s is refused: %v", text, err)
		case err == nil && (!inRange || !have.Equal(known.Truncate(time.Millisecond))):
			t.Errorf("%s is %v, want %v", text, have, known)
		case err != nil:
			if at, finer, _ := wire.ParseInstant(string(text)); finer || !at.IsZero() || !have.IsZero() {
				t.Errorf("%s is refused, and %v, %v", text, at, finer)
			}
			refused++
		default:
			taken++
		}
	})
	if refused == 0 || taken == 0 { // how many is chance
		t.Errorf("%d were refused, %d taken", refused, taken)
	}
}

// noOffset reports whether the offset has a whole day of hours, or an hour of
// minutes, which the library takes.
func noOffset(text string) bool {
	at := len(text) - len("+24:60")
	return at > 0 && (text[at] == '+' || text[at] == '-') && (text[at+1:at+3] >= "24" || text[at+4:] >= "60")
}

func TestInstantsNextToTheZeroTime(t *testing.T) {
	for text, taken := range map[string]bool{
		"0001-01-01T00:00:00Z": true, "0001-01-01T00:00:00.0000Z": true, "0001-01-01T00:00:00.0001Z": true, "0001-01-01T00:00:00.001Z": true,
		"9999-12-31T23:59:59.9-00:01": false, "now": false,
	} {
		at, finer, err := wire.ParseInstant(text)
		if taken != (err == nil) || finer != (text == "0001-01-01T00:00:00.0001Z") || err != nil && (finer || !at.IsZero()) {
			t.Errorf("%s is %v, %v, %v", text, at, finer, err)
		}
		if cut, err := wire.ParseTime(text); (err == nil) != taken || err != nil && !cut.IsZero() {
			t.Errorf("%s is cut to %v, %v", text, cut, err)
		}
	}
}
