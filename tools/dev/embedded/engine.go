package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
)

// stopTimeout is how long the engine may take to finish what it is doing; it takes milliseconds when no client
// is connected.
const stopTimeout = 10 * time.Second

// engine is FerretDB, listening on a Unix socket that only the front uses.
type engine struct {
	socket  string
	cancel  context.CancelFunc
	stopped chan struct{}
}

// startEngine opens every database of the folder and serves them on the folder's socket.
func startEngine(f *folder, logger *slog.Logger) (*engine, error) {
	db, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{Unix: f.socket()},
		Logger:    slog.New(quiet{logger.Handler()}),
		Handler:   "sqlite",
		SQLiteURL: "file:" + f.path + "/",
	})
	if err != nil {
		return nil, fmt.Errorf("embedded server: cannot open the databases in %s: %w", f.path, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	e := &engine{socket: f.socket(), cancel: cancel, stopped: make(chan struct{})}
	go func() {
		defer close(e.stopped)
		_ = db.Run(ctx) // always nil
	}()
	return e, nil
}

// close stops the engine and waits until its files are closed.
func (e *engine) close() error {
	e.cancel()
	select {
	case <-e.stopped:
		return nil
	case <-time.After(stopTimeout):
		return errors.New("embedded server: the database engine did not stop within " + stopTimeout.String())
	}
}

// quiet lets warnings and errors through. The engine reports each connection and each command below that, and
// as a warning it dumps every reply that is an error, which the client has already.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && q.Handler.Enabled(ctx, level)
}

func (q quiet) Handle(ctx context.Context, record slog.Record) error {
	if record.Level < slog.LevelError && strings.HasPrefix(record.Message, "Response ") {
		return nil
	}
	return q.Handler.Handle(ctx, record)
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
