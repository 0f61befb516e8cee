package tenant

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/api/testdb/scripted"
	"github.com/partywall/partywall/gen/tenants"
)

// asksForTime tells the clock's hello from those of the driver's monitors, which
// belong to no session.
func asksForTime(c scripted.Command) bool {
	return c.Body.Lookup("lsid").Type == bson.TypeEmbeddedDocument
}

func newClock(t *testing.T) (*clock, *scripted.Server) {
	t.Helper()
	server := scripted.Start(t)
	client, err := mongo.Connect(options.Client().ApplyURI(server.URI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(context.WithoutCancel(t.Context())) })
	return &clock{client: client}, server
}

// TestTheClockIsItsServers, to half of what asking it took.
func TestTheClockIsItsServers(t *testing.T) {
	t.Parallel()
	c, server := newClock(t)
	held := server.On("hello").Where(asksForTime).Hold()
	begun := time.Now()
	go func() {
		<-held.Arrived()
		time.Sleep(200 * time.Millisecond) // so that half of it is something
		held.Release()
	}()
	got, err := c.now(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ended := time.Now()
	if latest := ended.Add(ended.Sub(begun) / 2); got.Before(begun.Add(100*time.Millisecond).Truncate(time.Millisecond)) || got.After(latest) {
		t.Errorf("it is %v, asked between %v and %v", got, begun, ended)
	}
	if got.Location() != time.UTC || got.Truncate(time.Millisecond) != got {
		t.Errorf("%v is not what a database stores", got)
	}
}

// TestTheClockIsReadSeldom: it goes on by itself from what the server said last.
func TestTheClockIsReadSeldom(t *testing.T) {
	t.Parallel()
	c, server := newClock(t)
	asked := server.On("hello").Where(asksForTime).Nth(1000)
	asked.Fail(scripted.Error{Code: 50}) // which none of these comes to
	tell := func(what string, want int) time.Time {
		t.Helper()
		now, err := c.now(t.Context())
		if err != nil || asked.Met() != want {
			t.Errorf("%s: %v, asked %d times, want %d", what, err, asked.Met(), want)
		}
		return now
	}
	first := tell("at first", 1)
	if again := tell("again", 1); again.Before(first) {
		t.Errorf("it is %v after %v", again, first)
	}
	c.measured = c.measured.Add(-time.Hour)
	if later := tell("an hour later", 1); later.Sub(first) < time.Hour {
		t.Errorf("it is %v, an hour after %v", later, first)
	}
	c.measured = c.measured.Add(-time.Hour)
	tell("two hours later", 2)

	server.Reset()
	server.On("hello").Where(asksForTime).Always().Fail(scripted.Error{Code: 50})
	tellAnyway, err := c.now(t.Context())
	if err != nil || tellAnyway.IsZero() {
		t.Errorf("a server that does not answer, and was read before: %v", err)
	}
	c.measured = time.Time{}
	if now, err := c.now(t.Context()); !errors.Is(err, store.ErrUnavailable) || !now.IsZero() {
		t.Errorf("a server that does not answer: %v, %v", now, err)
	}
}

// TestNoLeaseIsRenewedWithoutATime: it lasts for as long as it was taken for.
func TestNoLeaseIsRenewedWithoutATime(t *testing.T) {
	t.Parallel()
	server := scripted.Start(t)
	clusters, err := NewClusters(map[string]string{DefaultCluster: server.URI()}, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = clusters.Close(context.WithoutCancel(t.Context())) })
	c, err := NewCatalog(clusters, "catalog", time.Minute, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	made, err := c.Create(t.Context(), "acme", DefaultCluster, Beginning{})
	if err != nil {
		t.Fatal(err)
	}
	req := LeaseRequest{Owner: "somebody", TTL: time.Hour}
	err = c.WithLease(t.Context(), made.ID, req, func(ctx context.Context, lease *Lease) (last tenants.Patch, _ error) {
		c.clock.measured = time.Time{}
		server.On("hello").Where(asksForTime).Fail(scripted.Error{Code: 50})
		before := lease.Stored().Rev()
		if err := lease.renew(ctx, time.Hour); !errors.Is(err, store.ErrUnavailable) || lease.Stored().Rev() != before {
			t.Errorf("without a time: %v; the lock is %+v", err, lease.Stored().Lock)
		}
		if err := lease.renew(ctx, time.Hour); err != nil || lease.Stored().Rev() == before {
			t.Errorf("with one: %v; the lock is %+v", err, lease.Stored().Lock)
		}
		return last, nil
	})
	if err != nil {
		t.Error(err)
	}
}
