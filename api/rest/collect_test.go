package rest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/partywall/partywall/api/fleet"
)

// figures returns what a scrape of c has, by name and label.
func figures(t *testing.T, c prometheus.Collector) map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			found[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return found
}

// TestCensusIsTakenOnce scrapes several times while an answer is known, with a
// catalog that does not answer at first.
func TestCensusIsTakenOnce(t *testing.T) {
	taken, down := 0, errors.New("down")
	var log bytes.Buffer
	c := newTenantCounter(func(context.Context) (fleet.Counts, error) {
		taken++
		return fleet.Counts{Current: 1, Behind: 2, Dirty: 3, Ahead: 4, Provisioning: 5, Unusable: 6}, down
	}, time.Hour, slog.New(slog.NewTextHandler(&log, nil)))
	defer c.counts.Close()
	for failures := range 3 {
		want := map[string]float64{"partywall_tenants_count_failures_total": float64(failures + 1)}
		if diff := cmp.Diff(want, figures(t, c)); diff != "" {
			t.Error(diff)
		}
	}
	if said := log.String(); strings.Count(said, `level=WARN msg="tenants were not counted" error=down`) != 3 {
		t.Errorf("the log says %s", said)
	}
	down = nil
	want := map[string]float64{
		"partywall_tenants_count_failures_total": 3,
		"partywall_tenants current":              1,
		"partywall_tenants behind":               2,
		"partywall_tenants dirty":                3,
		"partywall_tenants ahead":                4,
		"partywall_tenants provisioning":         5,
		"partywall_tenants unusable":             6,
	}
	for range 3 {
		if diff := cmp.Diff(want, figures(t, c)); diff != "" {
			t.Error(diff)
		}
	}
	if known, err := c.count(t.Context()); err != nil || known.Ahead != 4 || taken != 4 {
		t.Errorf("taken %d times; known: %+v, %v", taken, known, err)
	}
}

// TestCensusIsNotWaitedFor asks for what is known while the catalog does not
// answer.
func TestCensusIsNotWaitedFor(t *testing.T) {
	begun := make(chan struct{}, 1)
	c := newTenantCounter(func(ctx context.Context) (fleet.Counts, error) {
		begun <- struct{}{}
		<-ctx.Done()
		return fleet.Counts{}, ctx.Err()
	}, time.Hour, slog.New(slog.DiscardHandler))
	defer c.counts.Close()
	impatient, giveUp := context.WithCancel(t.Context())
	giveUp()
	for range 3 {
		if known, err := c.count(impatient); !errors.Is(err, context.Canceled) {
			t.Errorf("known: %+v, %v", known, err)
		}
	}
	<-begun
}

// TestRoomIsCountedOnce scrapes several times while an answer is known, with a catalog that does not answer at first.
func TestRoomIsCountedOnce(t *testing.T) {
	taken, down := 0, errors.New("down")
	var log bytes.Buffer
	c := newRoomCounter(func(context.Context) (map[string]fleet.Room, error) {
		taken++
		return map[string]fleet.Room{"default": {Tenants: 3, Namespaces: 12, Unknown: 1}, "eu": {}}, down
	}, time.Hour, slog.New(slog.NewTextHandler(&log, nil)))
	defer c.rooms.Close()
	if diff := cmp.Diff(map[string]float64{"partywall_namespaces_count_failures_total": 1}, figures(t, c)); diff != "" {
		t.Error(diff)
	}
	if said := log.String(); strings.Count(said, `level=WARN msg="namespaces were not counted" error=down`) != 1 {
		t.Errorf("the log says %s", said)
	}
	down = nil
	want := map[string]float64{
		"partywall_namespaces_count_failures_total":    1,
		"partywall_namespaces default":                 12,
		"partywall_namespaces eu":                      0,
		"partywall_tenants_unknown_namespaces default": 1,
		"partywall_tenants_unknown_namespaces eu":      0,
	}
	for range 3 {
		if diff := cmp.Diff(want, figures(t, c)); diff != "" {
			t.Error(diff)
		}
	}
	if taken != 2 {
		t.Errorf("counted %d times", taken)
	}
}
