package tenant

import (
	"net"
	"testing"

	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/connstring"
	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/dns"
)

// TestDriverErrorsWithoutType has the driver make each error that is recognized by its
// text.
func TestDriverErrorsWithoutType(t *testing.T) {
	t.Parallel()
	for name, records := range map[string]struct {
		host, target string
		texts        []string
	}{
		"a short domain":            {"example.org", "example.org", nil},
		"a target above the domain": {"db.example.org", "org", nil},
		"another domain":            {"db.example.org", "a.example.com", nil},
		"two texts":                 {"db.example.org", "a.example.org", []string{"replicaSet=a", "authSource=b"}},
		"a text without option":     {"db.example.org", "a.example.org", []string{"replicaSet"}},
		"another option":            {"db.example.org", "a.example.org", []string{"tls=false"}},
	} {
		resolver := dns.Resolver{
			LookupSRV: func(string, string, string) (string, []*net.SRV, error) {
				return "", []*net.SRV{{Target: records.target, Port: 27017}}, nil
			},
			LookupTXT: func(string) ([]string, error) { return records.texts, nil },
		}
		_, err := resolver.ParseHosts(records.host, "", true)
		if err == nil {
			_, err = resolver.GetConnectionArgsFromTXT(records.host)
		}
		if err == nil || !isRecordError(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := connstring.ParseAndValidate("mongodb://127.0.0.1/?w=0&journal=true"); !isUnacknowledged(err) {
		t.Errorf("w=0 with journal=true: %v", err)
	}
}
