package check

import (
	"net/url"
	"regexp"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on machines that have no files of them

	"golang.org/x/net/idna"
	"golang.org/x/text/currency"
)

// Format is what a text is, and the form in which it is stored.
type Format struct {
	// message is a predicate, such as "must be an email address".
	message string
	is      func(string) bool
	// fold returns the stored form, foldPrefix that of a text's beginning; nil if a text is
	// stored as it is given.
	fold, foldPrefix func(string) string
}

// Is reports whether text, as it is stored, has the format.
func (f *Format) Is(text string) bool { return f.is(text) }

// The formats that a def.Format can name.
var (
	// Email is an address as accounts are known by (RFC 5321).
	Email = &Format{message: "must be an email address", is: IsEmail, fold: FoldEmail, foldPrefix: FoldEmailPrefix}
	// URL is an absolute URL of a web page, without credentials (RFC 3986).
	URL = &Format{message: "must be an absolute URL such as https://example.com/path", is: isURL}
	// UUIDText is the text of a UUID (RFC 9562, section 4), stored in lower case.
	UUIDText = &Format{message: "must be a UUID such as 123e4567-e89b-42d3-a456-426614174000", is: uuidText.MatchString, fold: strings.ToLower, foldPrefix: strings.ToLower}
	// Hostname is a name in the DNS, stored in IDNA's ASCII form and without a dot at the end
	// (RFC 1123, RFC 5891).
	Hostname = &Format{message: "must be a host name such as www.example.com", is: isHostname, fold: foldHostname, foldPrefix: strings.ToLower}
	// E164 is a telephone number with its country code (ITU-T E.164: 15 digits at most).
	E164 = &Format{message: "must be a telephone number such as +4930123456, without spaces", is: e164.MatchString}
	// Date is a day without a time (RFC 3339, full-date).
	Date = &Format{message: "must be a date such as 2026-01-31", is: isDate}
	// TimeZone is the name of a zone in the IANA time zone database.
	TimeZone = &Format{message: "must be the name of a time zone such as Europe/Berlin", is: isTimeZone}
	// Currency is a code of ISO 4217, stored in upper case.
	Currency = &Format{message: "must be the code of a currency such as EUR", is: isCurrency, fold: strings.ToUpper, foldPrefix: strings.ToUpper}
)

var (
	uuidText = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	// RFC 1123, section 2.1.
	hostLabel = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
	e164      = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)
)

func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil &&
		!strings.ContainsAny(text, " \t\r\n") && !HasZeroByte(text)
}

// maxHostname is the maximum length of a name in its text form (RFC 1035, section 2.3.4).
const maxHostname = 253

func foldHostname(text string) string {
	name := strings.TrimSuffix(text, ".")
	if len(name) > 4*maxHostname { // IDNA takes the square of a label's length
		return text
	}
	ascii, err := idna.Lookup.ToASCII(name)
	if err != nil {
		return strings.ToLower(name)
	}
	return ascii
}

func isHostname(text string) bool {
	if len(text) > maxHostname {
		return false
	}
	for label := range strings.SplitSeq(text, ".") {
		if !hostLabel.MatchString(label) {
			return false
		}
	}
	ascii, err := idna.Lookup.ToASCII(text)
	return err == nil && ascii == text
}

func isDate(text string) bool {
	_, err := time.Parse(time.DateOnly, text)
	return err == nil && len(text) == len(time.DateOnly)
}

func isTimeZone(text string) bool {
	if text == "" || text == "Local" {
		return false
	}
	_, err := time.LoadLocation(text)
	return err == nil
}

func isCurrency(text string) bool {
	_, err := currency.ParseISO(text)
	return err == nil
}
