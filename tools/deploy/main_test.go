package deploy_test

import (
	"os"
	"testing"

	"github.com/partywall/partywall/api/testdb"
)

func TestMain(m *testing.M) {
	code := testdb.Run(m)
	if folder != "" {
		_ = os.RemoveAll(folder)
	}
	os.Exit(code)
}
