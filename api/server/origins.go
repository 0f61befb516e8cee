package server

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/partywall/partywall/api/rest"
)

// Origins are those of pages in browsers.
type Origins []string

// origin is one as browsers write it: in lower case, and without a path. The port
// is left out where it is the scheme's own, which browsers do, too.
var origin = regexp.MustCompile(`^[a-z][a-z0-9+.-]*://([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:]+\])(:[0-9]+)?$`)

// UnmarshalText reads origins separated by commas.
func (o *Origins) UnmarshalText(text []byte) error {
	*o = nil
	for i, given := range strings.Split(string(text), ",") {
		given = strings.TrimSpace(given)
		redundant := strings.HasPrefix(given, "https:") && strings.HasSuffix(given, ":443") || strings.HasPrefix(given, "http:") && strings.HasSuffix(given, ":80")
		if given != rest.AnyOrigin && (!origin.MatchString(given) || redundant) {
			return fmt.Errorf("number %d is none", i+1)
		}
		*o = append(*o, given)
	}
	return nil
}
