package main

import (
	"io"
	"log/slog"
	"net"
	"testing"

	"github.com/partywall/partywall/api/fleet"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen"
	"github.com/partywall/partywall/gen/users"
	"github.com/partywall/partywall/tools/bench/internal/canned"
	"github.com/partywall/partywall/tools/bench/internal/replay"
)

// TestReplayedCollectionsAreThere: no write that is measured is a collection's first.
func TestReplayedCollectionsAreThere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	server := replay.New(adminDB, 1, 0, gen.Collections(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	go server.Serve(listener)
	o, err := newOperator("mongodb://"+listener.Addr().String()+"/", adminDB, fleet.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := o.close(); err != nil {
			t.Error(err)
		}
	}()
	one, err := o.catalog.ResolveID(t.Context(), canned.TenantID(1, 0))
	if err != nil {
		t.Fatal(err)
	}
	_, _, before := server.Counts()
	if _, err := users.In(one.Handle()).Create(t.Context(), users.New{Name: "Ada", Email: "ada@example.com", Password: store.StoredSecret("none")}); err != nil {
		t.Fatal(err)
	}
	if _, _, after := server.Counts(); after-before != 1 || o.Births().Made != 0 {
		t.Errorf("a write takes %d commands, and makes %d collections", after-before, o.Births().Made)
	}
}
