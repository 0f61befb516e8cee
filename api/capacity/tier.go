// Package capacity says how far a deployment goes: how many connections, collections,
// indexes and requests there are with so many tenants and instances, which of them runs
// out first, and when. It computes, and asks nobody.
package capacity

import (
	"fmt"
	"slices"
	"strings"
)

// Limits are what a deployment takes.
type Limits struct {
	// Connections is how many a node takes, those that are reserved included; 0 if that
	// is not known.
	Connections int `json:"connections,omitempty"`
	// Namespaces is how many collections and indexes there should be at most; 0 if that
	// is not known.
	Namespaces int `json:"namespaces,omitempty"`
}

// Tier is a size that a provider sells deployments in.
type Tier struct {
	Name string `json:"name,omitempty"`
	Limits
}

// TierSource says where the figures of Tiers are from.
const TierSource = "MongoDB Atlas's documentation, November 2026"

// Tiers are MongoDB Atlas's, of its general class, the smallest first. Of M0 and Flex the documentation
// recommends no number of collections and indexes; they limit databases and collections instead, M0
// to 100 and 500, which is not computed with.
func Tiers() []Tier {
	return []Tier{
		{"M0", Limits{Connections: 500}},
		{"Flex", Limits{Connections: 500}},
		{"M10", Limits{Connections: 1500, Namespaces: 5_000}},
		{"M20", Limits{Connections: 3000, Namespaces: 10_000}},
		{"M30", Limits{Connections: 3000, Namespaces: 10_000}},
		{"M40", Limits{Connections: 6000, Namespaces: 100_000}},
		{"M50", Limits{Connections: 16_000, Namespaces: 100_000}},
		{"M60", Limits{Connections: 32_000, Namespaces: 100_000}},
	}
}

// TierNamed is the tier of that name, in capitals or not. The error names those that
// there are.
func TierNamed(name string) (Tier, error) {
	var names []string
	for _, t := range Tiers() {
		if strings.EqualFold(t.Name, name) {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return Tier{}, fmt.Errorf("there is no tier %.20q; there are %s", name, strings.Join(names, ", "))
}

// larger names the smallest larger tier that is enough, as an alternative to something
// else. It says nothing where there is none, or where t is no tier.
func (t Tier) larger(enough func(Limits) bool) string {
	tiers := Tiers()
	at := slices.IndexFunc(tiers, func(other Tier) bool { return other.Name == t.Name })
	if at < 0 {
		return ""
	}
	for _, other := range tiers[at+1:] {
		if enough(other.Limits) {
			return ", or " + other.Name
		}
	}
	return ""
}
