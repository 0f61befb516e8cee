// Package capacity computes how far a deployment goes: the connections,
// collections, indexes and requests of a number of tenants and instances, which of
// them runs out first, and when. It does no I/O.
package capacity

import (
	"fmt"
	"slices"
	"strings"
)

// Limits are the limits of a deployment.
type Limits struct {
	// Connections is how many connections a node accepts, including reserved ones;
	// 0 if unknown.
	Connections int `json:"connections,omitempty"`
	// Namespaces is how many collections and indexes there should be at most; 0 if
	// unknown.
	Namespaces int `json:"namespaces,omitempty"`
}

// Tier is a size that a provider offers deployments in.
type Tier struct {
	Name string `json:"name,omitempty"`
	Limits
}

// TierSource is the source of the figures in Tiers.
const TierSource = "MongoDB Atlas's documentation, November 2026"

// Tiers returns MongoDB Atlas's tiers of the general class, the smallest first. For
// M0 and Flex the documentation recommends no number of collections and indexes;
// they limit databases and collections instead, M0 to 100 and 500, which is not
// taken into account.
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

// TierNamed returns the tier of that name, ignoring case. The error lists the
// tiers.
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

// larger suggests the smallest larger tier that suffices, as an alternative. It is
// empty if there is none, or if t is no tier.
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
