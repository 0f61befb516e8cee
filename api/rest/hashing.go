package rest

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/partywall/partywall/api/auth"
)

// hashingMetrics are the metrics of hashing passwords, where attacks show first.
func hashingMetrics(p *auth.Passwords) []prometheus.Collector {
	return []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "partywall_passwords_waiting",
			Help: "Passwords waiting to be hashed.",
		}, func() float64 { return float64(p.Load().Waiting) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "partywall_password_argon2_bytes_total",
			Help: "Memory that argon2id has processed to hash passwords.",
		}, func() float64 { return float64(p.Load().Argon2) * (1 << 10) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "partywall_password_bcrypt_rounds_total",
			Help: "Rounds of bcrypt to verify passwords of older deployments.",
		}, func() float64 { return float64(p.Load().Bcrypt) }),
	}
}
