package rest_test

import (
	"os"
	"testing"

	"github.com/partywall/partywall/api/server/servertest"
	"github.com/partywall/partywall/api/testdb"
)

func TestMain(m *testing.M) { os.Exit(testdb.Run(m)) }

// bearer returns the header that a token goes in.
var bearer = servertest.Bearer
