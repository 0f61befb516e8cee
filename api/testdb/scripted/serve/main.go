// Command serve runs the scripted server by itself, for suites that take MONGO_URI
// and for a look with mongosh. It prints its connection string, and ends with its
// standard input.
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/partywall/partywall/api/testdb/scripted"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run(args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
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
	server := scripted.Serve(listener, kinds[*kind], scripted.Version(*version))
	defer server.Close()
	if _, err := fmt.Fprintln(stdout, server.URI()); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, stdin)
	return err
}
