package tenant

import (
	"testing"
	"testing/synctest"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo/address"
)

// servers returns a deployment as the driver describes it: an address and a kind in
// turn.
func servers(list ...string) event.TopologyDescription {
	var d event.TopologyDescription
	for i := 0; i < len(list); i += 2 {
		d.Servers = append(d.Servers, event.ServerDescription{Addr: address.Address(list[i]), Kind: list[i+1]})
	}
	return d
}

// TestOutagesAreHeardOf from the driver: since when there has been no server, which is
// when the last one ceased to answer.
func TestOutagesAreHeardOf(t *testing.T) {
	const second = time.Second
	type step struct {
		// failFastDelay is how long it is since the step before.
		after time.Duration
		// failed and answered are the connection of a heartbeat; missing is how long the
		// failed one's answer was, which the server might have kept back if it was awaited.
		failed, answered string
		missing          time.Duration
		awaited          bool
		// before and now are what the driver knew and knows.
		before, now []string
		away        time.Duration
	}
	primary, gone := []string{"a:1", "RSPrimary"}, []string{"a:1", "Unknown"}
	for name, test := range map[string]struct {
		reads bool
		steps []step
	}{
		"nothing yet": {false, []step{{after: 3 * second, before: nil, now: gone, away: 3 * second}}},
		"a first server, and time goes on": {false, []step{
			{after: second, before: gone, now: primary}, {after: second, before: primary, now: primary},
		}},
		"a server that says so itself": {false, []step{
			{before: gone, now: primary}, {after: 5 * second, before: primary, now: []string{"a:1", "RSSecondary"}},
			{after: 2 * second, before: []string{"a:1", "RSSecondary"}, now: gone, away: 2 * second},
		}},
		"a server that did not answer for a while": {false, []step{
			{before: gone, now: primary}, {after: 20 * second, failed: "a:1[-5]", missing: 4 * second},
			{before: primary, now: gone, away: 4 * second},
		}},
		"a server that did not answer again": {false, []step{
			{before: gone, now: primary}, {after: 20 * second, failed: "a:1[-5]", missing: 4 * second},
			{after: 3 * second, failed: "a:1[-6]", missing: second}, {before: primary, now: gone, away: 7 * second},
		}},
		"a server that answered in between": {false, []step{
			{before: gone, now: primary}, {after: 20 * second, failed: "a:1[-5]", missing: 9 * second}, {answered: "a:1[-5]"},
			{after: 3 * second, failed: "a:1[-6]", missing: second}, {before: primary, now: gone, away: second},
		}},
		"a server that did not answer, and another": {false, []step{
			{before: gone, now: primary}, {after: 20 * second, failed: "a:1[-5]", missing: 4 * second},
			{after: 2 * second, failed: "b:1[-5]", missing: second}, {before: primary, now: gone, away: 6 * second},
		}},
		"another one that did not answer": {false, []step{
			{before: gone, now: primary}, {after: 20 * second, failed: "b:1[-5]", missing: 4 * second},
			{before: primary, now: gone, away: 0},
		}},
		"an answer that the server may have kept back": {false, []step{
			{before: gone, now: primary}, {after: 20 * second, failed: "a:1[-5]", missing: 12 * second, awaited: true},
			{before: primary, now: gone, away: 2 * second},
		}},
		"an answer that was not late": {false, []step{
			{before: gone, now: primary}, {after: 20 * second, failed: "a:1[-5]", missing: 5 * second, awaited: true},
			{before: primary, now: gone, away: 0},
		}},
		"away, and back": {false, []step{
			{before: gone, now: primary}, {before: primary, now: gone}, {after: 9 * second, before: gone, now: gone, away: 9 * second},
			{before: gone, now: primary}, {after: second, before: primary, now: gone, away: 0},
		}},
		"a secondary alone":                     {false, []step{{after: second, before: nil, now: []string{"a:1", "RSSecondary"}, away: second}}},
		"a secondary alone, which serves reads": {true, []step{{after: second, before: nil, now: []string{"a:1", "RSSecondary"}}}},
		"a primary behind others":               {false, []step{{after: second, before: nil, now: []string{"a:1", "Unknown", "b:1", "RSSecondary", "c:1", "RSPrimary"}}}},
		"a server by itself":                    {false, []step{{after: second, before: nil, now: []string{"a:1", "Standalone"}}}},
		"a router":                              {false, []step{{after: second, before: nil, now: []string{"a:1", "Mongos"}}}},
		"a load balancer":                       {false, []step{{after: second, before: nil, now: []string{"a:1", "LoadBalancer"}}}},
		"an arbiter":                            {true, []step{{after: second, before: nil, now: []string{"a:1", "RSArbiter"}, away: second}}},
	} {
		synctest.Test(t, func(t *testing.T) {
			o := &outage{reads: test.reads}
			hears := o.monitor()
			o.begin()
			for i, s := range test.steps {
				time.Sleep(s.after)
				switch {
				case s.failed != "":
					hears.ServerHeartbeatFailed(&event.ServerHeartbeatFailedEvent{ConnectionID: s.failed, Duration: s.missing, Awaited: s.awaited})
					continue
				case s.answered != "":
					hears.ServerHeartbeatSucceeded(&event.ServerHeartbeatSucceededEvent{ConnectionID: s.answered})
					continue
				}
				hears.TopologyDescriptionChanged(&event.TopologyDescriptionChangedEvent{
					PreviousDescription: servers(s.before...), NewDescription: servers(s.now...),
				})
				want, there := s.away, o.usable(servers(s.now...).Servers) != nil
				if got := o.away(); there != (got == 0) || got > max(want, 1) || got < want {
					t.Errorf("%s, step %d: away for %v, want %v", name, i, got, want)
				}
				if there && !o.answered.Load() {
					t.Errorf("%s, step %d: it has not answered", name, i)
				}
			}
		})
	}
}
