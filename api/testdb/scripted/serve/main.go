// Command serve runs the scripted server by itself, or with a command that is told
// where it is by MONGO_URI:
//
//	go run ./api/testdb/scripted/serve -version 7 -- go test ./api/store
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"

	"github.com/partywall/partywall/api/testdb/scripted"
)

func main() {
	err := run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		os.Exit(ended.ExitCode())
	case err != nil && !errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

// run serves until its command has ended or, without one, its standard input.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(stderr)
	address := flags.String("listen", "127.0.0.1:0", "the `address` to listen on")
	version := flags.Int("version", 8, "MongoDB's major version: 7 or 8")
	kind := flags.String("kind", "replicaset", "what the server is: replicaset, mongos or standalone")
	if err := flags.Parse(args); err != nil {
		return err
	}
	kinds := map[string]scripted.Option{"replicaset": scripted.ReplicaSet(), "mongos": scripted.Mongos(), "standalone": scripted.Standalone()}
	if kinds[*kind] == nil || *version != 7 && *version != 8 {
		return fmt.Errorf("there is no %s of version %d; -h says what there is", *kind, *version)
	}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		return err
	}
	server := scripted.Serve(listener, kinds[*kind], scripted.Version(*version), scripted.Unrecorded())
	defer server.Close()
	if flags.NArg() == 0 {
		_, _ = fmt.Fprintln(stdout, server.URI())
		_, err = io.Copy(io.Discard, stdin)
		return err
	}
	cmd := exec.Command(flags.Arg(0), flags.Args()[1:]...)
	cmd.Env = append(os.Environ(), "MONGO_URI="+server.URI())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
	return cmd.Run()
}
