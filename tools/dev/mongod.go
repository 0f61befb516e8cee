package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"

	"github.com/partywall/partywall/tools/dev/embedded"
)

// mongod runs the subcommand of that name and returns the exit code: 0 after a clean end, 1 for a server that
// could not start or failed, 2 for flags that are wrong.
func mongod(args []string) int {
	flags := flag.NewFlagSet("dev mongod", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:0", "TCP `address` to serve on; port 0 takes a free one")
	dir := flags.String("dir", "", "`folder` of the data; without it, a temporary one that is removed at the end")
	profile := flags.String("profile", "", "`file` for a CPU profile of the server, from its start to its end")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "dev mongod: unexpected argument %q; it takes flags only\n", flags.Arg(0))
		return 2
	}
	if err := profiled(*profile, func() error { return serveMongod(*listen, *dir) }); err != nil {
		fmt.Fprintln(os.Stderr, "dev mongod:", err)
		return 1
	}
	return 0
}

// profiled writes a CPU profile of what serve does, if there is a file for it.
func profiled(name string, serve func() error) (err error) {
	if name == "" {
		return serve()
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return serve()
}

// serveMongod serves until a signal comes or standard input ends. The latter is how a parent takes the server
// down with it, however the parent ends.
func serveMongod(listen, dir string) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if dir == "" {
		if dir, err = os.MkdirTemp("", "partywall-mongod-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	server, err := embedded.Start(ctx, embedded.Config{Listen: listen, Dir: dir, Logger: logger})
	if err != nil {
		return err
	}
	fmt.Println(server.URI())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	<-server.Done()
	return server.Err()
}
