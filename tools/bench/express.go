package main

import (
	"crypto/ed25519"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/partywall/partywall/tools/bench/internal/canned"
	"github.com/partywall/partywall/tools/bench/internal/load"
	"github.com/partywall/partywall/tools/bench/internal/process"
	"github.com/partywall/partywall/tools/bench/internal/report"
)

//go:embed express/package.json express/package-lock.json express/server.js
var expressFiles embed.FS

const roleExpress = "express"

// expressTarget is what a list of ten costs the design that the product
// replaces, as a multiple of ours.
const expressTarget = 15

func (b *bench) expressSection() (s report.Section, err error) {
	s = report.Section{
		Title: "Express and Mongoose",
		Text: "The design that this product replaces, `GET /api/users` with 10 users: Express 4 and Mongoose 5.13, one connection for each tenant made at start-up, the same check of the token. " +
			"Its packages come from the npm registry.",
	}
	if why := b.withoutExpress(); why != "" {
		s.Text += fmt.Sprintf(" Not run here: %s.", why)
		return s, nil
	}
	dir, err := os.MkdirTemp("", "partywall-express-")
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := installExpress(dir); err != nil {
		return s, err
	}
	const users = 10
	h, err := b.open(1, roleProduct)
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if h.servers[roleExpress], err = h.startExpress(dir, users, 1); err != nil {
		return s, err
	}
	r, err := h.page(users)
	if err != nil {
		return s, err
	}
	if _, err := h.clients.Ask(h.warmUp(), func(int) (string, load.Request) { return h.servers[roleExpress].Addr, r }); err != nil {
		return s, err
	}
	series, err := h.compare("express", r, roleProduct, roleExpress)
	if err != nil {
		return s, err
	}
	s.Rows = []report.Row{report.Compare(counted(users)+": Express + Mongoose", series[0], series[1], expressTarget)}
	return s, nil
}

// withoutExpress says why that design is not run, if it is not.
func (b *bench) withoutExpress() string {
	if b.offline {
		return "it is not to be fetched"
	}
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "there is no " + tool
		}
	}
	return ""
}

// warmUp is how many requests JavaScript is compiled within.
func (h *house) warmUp() int {
	if h.quick {
		return 1
	}
	return 3_000
}

func installExpress(dir string) error {
	if err := os.CopyFS(dir, expressFiles); err != nil {
		return err
	}
	cmd := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = filepath.Join(dir, "express")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm ci: %w\n%s", err, out)
	}
	return nil
}

// startExpress serves that many tenants, with that many users each.
func (h *house) startExpress(dir string, users, tenants int) (*process.Process, error) {
	seed, err := base64.StdEncoding.DecodeString(h.keys)
	if err != nil {
		return nil, err
	}
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	ids := make([]string, tenants)
	for i := range ids {
		ids[i] = canned.TenantID(users, i).Hex()
	}
	return process.Start([]string{
		"NODE_ENV=production", "MONGO=" + h.mongo(), "TENANTS=" + strings.Join(ids, ","),
		"PUBLIC_KEY=" + base64.RawURLEncoding.EncodeToString(public),
	}, "node", filepath.Join(dir, "express", "server.js"))
}
