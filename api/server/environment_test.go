package server_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/partywall/partywall/api/server"
)

// TestEmptyVariables count as not set, so that a template that fills none of them
// leaves every default as it is.
func TestEmptyVariables(t *testing.T) {
	t.Chdir(t.TempDir())
	var unset, empty server.Config
	names := 0
	for _, field := range reflect.VisibleFields(reflect.TypeFor[server.Config]()) {
		if name, _, _ := strings.Cut(field.Tag.Get("env"), ","); name != "" {
			t.Setenv(name, "")
			names++
		}
	}
	if err := server.LoadEnvironment(&empty); err == nil || !strings.Contains(err.Error(), "MONGO_URI: not set") {
		t.Errorf("without a database: %v", err)
	}
	t.Setenv("MONGO_URI", "mongodb://127.0.0.1:1/")
	if err := server.LoadEnvironment(&empty); err != nil {
		t.Fatal(err)
	}
	unset = server.Defaults()
	unset.MongoURI = empty.MongoURI
	if !reflect.DeepEqual(unset, empty) || names < 20 {
		t.Errorf("%d empty variables: %+v\nwant %+v", names, empty, unset)
	}
}
