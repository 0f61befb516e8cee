package kinds

import (
	"fmt"
	"strings"
	"time"

	"github.com/dave/jennifer/jen"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/code"
)

var timeKind = register(&Kind{
	Name: def.KindTime,
	Noun: "a date and time",
	Rules: Rules{
		Bounds: true, Convert: convertTime,
		Makes: def.Now, Make: func() *jen.Statement { return code.Wire("Now").Call() },
		Distinct: true, Ordered: true, IsDate: true,
	},
	Codec: Codec{
		Go:        goType(goTime),
		Append:    wireFunc("AppendTime"),
		Size:      wireFunc("SizeTime"),
		Read:      method("Time"),
		Transcode: method("JSONTime"),
		Marshal:   wireFunc("AppendJSONTime"),
		ReadJSON:  method("Time"),
		Field:     namedField("NewTimeField"),
		Value:     func(*Type) *jen.Statement { return code.Wire("TimeValue") },
		Parse:     func(*Type) *jen.Statement { return code.Runtime("ParseTime") },
		Literal:   func(_ *Type, v any) jen.Code { return timeValue(v) },
		MissingJSON: func(_ *Type, v any) string {
			if v == nil {
				return ""
			}
			return v.(time.Time).Format(`"2006-01-02T15:04:05.000Z"`)
		},
		Sample: func(*Type, *Field, Named) jen.Code { return jen.Qual("time", "Now").Call() },
	},
	Check: Check{
		Constraints: func(f *Field) *jen.Statement {
			if members := append(required(f), bounds(f, timeValue)...); members != nil {
				return code.Check("Time").Values(members...)
			}
			return nil
		},
		CheckValue: checkFunc("AnyTime"),
		// The zero value stands for the default.
		IsGiven: isNotZero,
	},
	Schema: Schema{JSONSchema: fixed(JSONObject{{"type", "string"}, {"format", "date-time"}})},
})

// timestampKind is the kind of the times at which a document was created and last written,
// which are zero in Go if they are unknown.
var timestampKind = func() *Kind {
	k := *timeKind
	k.HoldsMissing = true
	k.AppendGiven, k.SizeGiven = wireFunc("AppendTimestamp"), wireFunc("SizeTimestamp")
	k.OptionalJSONMember = wholeFunc("AppendJSONTimestamp")
	return &k
}()

func goTime() *jen.Statement { return jen.Qual("time", "Time") }

// timeValue returns v, a time.Time, in Go.
func timeValue(v any) jen.Code {
	return jen.Qual("time", "UnixMilli").Call(jen.Lit(int(v.(time.Time).UnixMilli()))).Dot("UTC").Call()
}

func convertTime(_ *Type, v any) (any, string, string) {
	t, ok := v.(time.Time)
	if !ok {
		return nil, wrongType(def.KindTime, v), "a time.Time"
	}
	isNow := strings.Contains(t.String(), " m=") // the monotonic clock was read, as by time.Now
	t = t.UTC()
	switch {
	case isNow:
		return nil, "is made by time.Now and would change whenever code is generated", "a constant, such as time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)"
	case t.Nanosecond()%int(time.Millisecond) != 0:
		return nil, "is more precise than a BSON date", "a constant of whole milliseconds"
	case t.Year() < 0 || t.Year() > 9999:
		return nil, fmt.Sprintf("is in the year %d, in UTC", t.Year()), "one from 0 to 9999, as JSON writes them"
	}
	return t, "", ""
}
