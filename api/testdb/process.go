package testdb

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const (
	// startTimeout bounds how long a server may take to say where it listens.
	startTimeout = time.Minute
	// endTimeout bounds how long it may take to end by itself: it closes hundreds of databases.
	endTimeout = 2 * time.Minute
)

// process is a server of one's own. It ends when its standard input does, and so
// with this process, however that ends.
type process struct {
	uri    string
	cmd    *exec.Cmd
	stdin  io.Closer
	exited chan struct{}
	stderr *bytes.Buffer
}

// start runs a server on the TCP address, with its data in dir; an empty dir
// means a temporary one.
func start(address, dir string) (*process, error) {
	binary, err := build()
	if err != nil {
		return nil, err
	}
	args := []string{"mongod", "-listen", address}
	if dir != "" {
		args = append(args, "-dir", dir)
	}
	p := &process{cmd: exec.Command(binary, args...), exited: make(chan struct{}), stderr: &bytes.Buffer{}}
	p.cmd.Stderr = p.stderr
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the MongoDB-compatible server: %w", err)
	}
	first := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(stdout).ReadString('\n')
		first <- strings.TrimSpace(line)
		_ = p.cmd.Wait()
		close(p.exited)
	}()
	select {
	case p.uri = <-first:
	case <-time.After(startTimeout):
	}
	if p.uri == "" {
		p.kill()
		return nil, fmt.Errorf("the MongoDB-compatible server did not start:\n%s", p.stderr)
	}
	return p, nil
}

// kill ends the process as a power failure would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.stdin.Close()
	<-p.exited
}

// end lets the process end by itself.
func (p *process) end() error {
	_ = p.stdin.Close()
	select {
	case <-p.exited:
		return nil
	case <-time.After(endTimeout):
		p.kill()
		return errors.New("the MongoDB-compatible server did not end by itself")
	}
}

// Server is a server that a test may kill.
type Server struct {
	tb      testing.TB
	dir     string
	process *process
}

// Own starts a server for the test alone. Where MONGO_URI names one for all, the
// test is skipped.
func Own(tb testing.TB) *Server {
	tb.Helper()
	if os.Getenv("MONGO_URI") != "" {
		tb.Skip("needs a server that it may kill; MONGO_URI names one that others use")
	}
	s := &Server{tb: tb, dir: tb.TempDir()}
	s.start("127.0.0.1:0")
	tb.Cleanup(func() { s.process.kill() })
	return s
}

func (s *Server) start(address string) {
	s.tb.Helper()
	p, err := start(address, s.dir)
	if err != nil {
		s.tb.Fatal(err)
	}
	s.process = p
}

// URI is the server's connection string, the same after Restart.
func (s *Server) URI() string { return s.process.uri }

// Kill ends the server as a power failure would.
func (s *Server) Kill() { s.process.kill() }

// Restart starts the server again, with the data and at the address it had.
func (s *Server) Restart() {
	s.tb.Helper()
	uri, err := url.Parse(s.process.uri)
	if err != nil {
		s.tb.Fatal(err)
	}
	s.start(uri.Host)
}
