package main

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/partywall/partywall/tools/bench/internal/canned"
	"github.com/partywall/partywall/tools/bench/internal/measure"
	"github.com/partywall/partywall/tools/bench/internal/parts"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

func (b *bench) pathSection() (report.Section, error) {
	s := report.Section{
		Title: "The way to the query",
		Text: "What a request does before its query, called directly: no HTTP. The peer is the cold path, for a token, a tenant and a user that were never seen: " +
			"it verifies a signature and asks the replaying server, and its CPU is the client's side of that.",
	}
	h, err := b.open(1)
	if err != nil {
		return s, err
	}
	err = h.measurePath(&s)
	return s, errors.Join(err, h.close())
}

func (h *house) measurePath(s *report.Section) error {
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	p, err := openParts(h.mongo(), log)
	if err != nil {
		return err
	}
	defer p.Accounts.Close()
	defer p.Catalog.Close()
	ctx := context.Background()
	resolve, err := h.codecs.Run(
		measure.Here("cached", func() error {
			_, err := p.Catalog.ResolveID(ctx, canned.TenantID(1, 0))
			return err
		}),
		h.strangers("cold", func(tenant int, _ string) error {
			_, err := p.Catalog.ResolveID(ctx, canned.TenantID(1, tenant))
			return err
		}))
	if err != nil {
		return err
	}
	row := report.Compare("resolve a tenant: cached, and cold", resolve[0], resolve[1], 0)
	cached := resolve[0].Median()
	s.Rows = append(s.Rows, row.Against("< 200 ns, 0 allocs", cached.CPU < 200 && cached.Allocs < 0.5))

	token, err := h.userToken(0)
	if err != nil {
		return err
	}
	whole, err := h.codecs.Run(
		measure.Here("remembered", func() error { return admit(ctx, p, token) }),
		h.strangers("cold", func(_ int, token string) error { return admit(ctx, p, token) }))
	if err != nil {
		return err
	}
	row = report.Compare("token, tenant, standing and policy: remembered, and cold", whole[0], whole[1], 0)
	known := whole[0].Median()
	s.Rows = append(s.Rows, row.Against("≤ 5 µs, ≤ 10 allocs", known.CPU <= 5_000 && known.Allocs < 10.5))
	return nil
}

// admit is what stands between a request's arrival and its query.
func admit(ctx context.Context, p parts.Config, token string) error {
	who, err := p.Tokens.Verify(token)
	if err != nil {
		return err
	}
	t, err := p.Catalog.ResolveID(ctx, who.Tenant)
	if err != nil {
		return err
	}
	actor, err := p.Accounts.Actor(ctx, t.Handle(), who)
	if err != nil {
		return err
	}
	return p.Policy.Allow(actor, "read")
}

// strangers is a side that meets another tenant, and another token, each time:
// ones that no other side of h has met either.
func (h *house) strangers(name string, meet func(tenant int, token string) error) measure.Side {
	const most = 300 // tokens take time to sign
	side := measure.Prepared(name, func(n int) (func() error, error) {
		tokens := make([]string, n)
		for i := range tokens {
			var err error
			if tokens[i], err = h.userToken(h.met + 1 + i); err != nil {
				return nil, err
			}
		}
		return func() error {
			token := tokens[0]
			tokens = tokens[1:]
			h.met++
			return meet(h.met, token)
		}, nil
	})
	slice := side.Slice
	side.Slice = func(n int) (measure.Sample, error) { return slice(min(n, most)) }
	return side
}

// userToken is what a login of the first user of a tenant gives.
func (h *house) userToken(tenant int) (string, error) { return h.tokenOf(1, tenant) }
