package server

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// reloadSignals returns the signals that make the server read its files again. They
// never end it, even if there is nothing to read.
func reloadSignals() (signals chan os.Signal, stop func()) {
	signals = make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	return signals, func() { signal.Stop(signals) }
}

// reloadOn reloads keys and certificates at each signal, until ctx ends.
func (s *Server) reloadOn(ctx context.Context, signals <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
			if s.signing.AuthKeysFile != "" {
				_ = s.ReloadKeys(ctx) // already logged
			}
			for _, e := range s.endpoints {
				e.certificate.reread()
			}
		}
	}
}
