package tenant

import (
	"context"
	"errors"
	"testing"

	"github.com/partywall/partywall/api/internal/turn"
	"github.com/partywall/partywall/api/store"
)

// TestGatesSayWhyNot: a command that does not get its turn is told whose crowd it is in, or that its request ended.
func TestGatesSayWhyNot(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		line *turn.Line
		ctx  context.Context //nolint:containedctx // that of the case
		want error
	}{
		"nobody shares":      {nil, ended, nil},
		"there is a turn":    {turn.New(turn.Config{Slots: 1}), t.Context(), nil},
		"its tenant's crowd": {turn.New(turn.Config{InAll: 1}), t.Context(), store.ErrCrowded},
		"everybody's":        {turn.New(turn.Config{PerTenant: 1}), t.Context(), store.ErrOverloaded},
		"its request ended":  {turn.New(turn.Config{PerTenant: 1, InAll: 1}), ended, context.Canceled},
	} {
		g := &gate{&cluster{line: c.line}, turn.Member{Name: "acme", Weight: 1}}
		err := g.Enter(c.ctx)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if err == nil {
			g.Leave()
		}
		if p := g.cluster.pressure(); len(p.Waiting) > 0 && p.Waiting[0].Name != "" {
			t.Errorf("%s: %v wait", name, p.Waiting)
		}
	}
}
