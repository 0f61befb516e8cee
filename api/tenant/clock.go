package tenant

import (
	"context"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/partywall/partywall/api/internal/raw"
)

// remeasureInterval is how often a clock asks its server: quartz drifts by at most
// about a second in that time (100 ppm).
const remeasureInterval = 2 * time.Hour

// clock tells the time of the catalog's server, so that processes with different
// clocks agree on when a lock expires.
type clock struct {
	client *mongo.Client

	mu sync.Mutex
	// server is the server's time at the moment measured.
	server, measured time.Time
}

// now returns the server's time, give or take half of the round trip.
func (c *clock) now(ctx context.Context) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.measured.IsZero() || time.Since(c.measured) > remeasureInterval {
		begun := time.Now()
		var hello struct {
			LocalTime time.Time `bson:"localTime"`
		}
		if err := c.client.Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
			return time.Time{}, raw.WrapError("hello", err)
		}
		c.measured = time.Now()
		c.server = hello.LocalTime.Add(c.measured.Sub(begun) / 2)
	}
	return c.server.Add(time.Since(c.measured)).UTC().Truncate(time.Millisecond), nil
}
