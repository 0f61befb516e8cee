package server

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// hangups are the signals that tell the server to read its files again. They never
// end it, even where there is nothing to read.
func hangups() (signals chan os.Signal, stop func()) {
	signals = make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	return signals, func() { signal.Stop(signals) }
}

// reloadOn reads keys and certificates again at each signal, until ctx ends.
func (s *Server) reloadOn(ctx context.Context, signals <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-signals:
			if s.signing.AuthKeysFile != "" {
				_ = s.ReloadKeys(ctx) // the log knows
			}
			for _, e := range s.endpoints {
				e.certificate.reread()
			}
		}
	}
}
