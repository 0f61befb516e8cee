package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"github.com/partywall/partywall/tools/bench/internal/measure"
)

// Program is a child that knows nothing of its parent: the product as it is installed.
// It is found by the line of its log that says where it listens.
type Program struct {
	Addr string

	cmd *exec.Cmd
	log *os.File
	// ended is closed when the child has, and failed is what it ended with.
	ended  chan struct{}
	failed error
}

// listening is the line of the product's log.
var listening = regexp.MustCompile(`"msg":"listening","addr":"([^"]+)"`)

const (
	// startTimeout is how long a program may take until it listens, and lookInterval how
	// long its log is left alone in between.
	startTimeout = 30 * time.Second
	lookInterval = 2 * time.Millisecond
)

// Run starts a program in a folder, with env for its whole environment, and waits until
// it listens. Its log is a file in the folder.
func Run(dir string, env []string, program string) (*Program, error) {
	log, err := os.CreateTemp(dir, filepath.Base(program)+"-*.log")
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program)
	cmd.Dir, cmd.Env, cmd.Stderr = dir, env, log
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	p := &Program{cmd: cmd, log: log, ended: make(chan struct{})}
	go func() {
		p.failed = cmd.Wait()
		close(p.ended)
	}()
	if p.Addr, err = p.address(); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// address waits until the log says where the program listens.
func (p *Program) address() (string, error) {
	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	look := time.NewTicker(lookInterval)
	defer look.Stop()
	for {
		if found := listening.FindSubmatch(p.said()); found != nil {
			return string(found[1]), nil
		}
		select {
		case <-p.ended:
			return "", fmt.Errorf("%s ended before it listened: %w\n%s", p.cmd.Path, p.failed, p.said())
		case <-timeout.C:
			return "", fmt.Errorf("%s does not listen after %v:\n%s", p.cmd.Path, startTimeout, p.said())
		case <-look.C:
		}
	}
}

// said is the log so far.
func (p *Program) said() []byte {
	content, err := os.ReadFile(p.log.Name())
	if err != nil {
		return []byte(err.Error())
	}
	return bytes.TrimSpace(content)
}

// Pid is the program's process id.
func (p *Program) Pid() int { return p.cmd.Process.Pid }

// Usage is what the program has used so far.
func (p *Program) Usage() (measure.Usage, error) { return measure.Of(p.Pid()) }

// Kill ends the program as kill -9 does.
func (p *Program) Kill() error { return p.cmd.Process.Kill() }

// Stop asks the program to end, as an init system does.
func (p *Program) Stop() error { return p.cmd.Process.Signal(syscall.SIGTERM) }

// Wait waits until the program has ended. The error says with what, if it was not with
// success.
func (p *Program) Wait() error {
	<-p.ended
	return p.failed
}

// Close kills the program if it still runs. What it ended with is not looked at.
func (p *Program) Close() error {
	err := p.Kill()
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	<-p.ended
	return errors.Join(err, p.log.Close())
}
