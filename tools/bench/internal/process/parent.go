package process

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// Process is a child, as its parent sees it.
type Process struct {
	Addr string

	name    string
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *bufio.Scanner
}

// Self starts this program again, with other arguments.
func Self(env []string, args ...string) (*Process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return Start(env, program, args...)
}

// Start starts a program, and waits until it serves.
func Start(env []string, program string, args ...string) (*Process, error) {
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{name: fmt.Sprint(args), cmd: cmd, in: in, answers: bufio.NewScanner(out)}
	s, err := p.read()
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	p.Addr = s.Addr
	return p, nil
}

// Close ends the child.
func (p *Process) Close() error {
	return errors.Join(p.in.Close(), p.cmd.Wait())
}

// Pid is the child's process id.
func (p *Process) Pid() int { return p.cmd.Process.Pid }

// Status asks the child.
func (p *Process) Status() (Status, error) { return p.ask("") }

// Profile starts profiles of the child in files of that prefix, or ends them if
// it is empty.
func (p *Process) Profile(prefix string) error {
	_, err := p.ask("profile " + prefix)
	return err
}

func (p *Process) ask(line string) (Status, error) {
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		return Status{}, fmt.Errorf("%s: %w", p.name, err)
	}
	return p.read()
}

func (p *Process) read() (s Status, err error) {
	if !p.answers.Scan() {
		return s, fmt.Errorf("%s ended: %w", p.name, errors.Join(io.ErrUnexpectedEOF, p.answers.Err()))
	}
	if err := json.Unmarshal(p.answers.Bytes(), &s); err != nil {
		return s, fmt.Errorf("%s said %.80q: %w", p.name, p.answers.Text(), err)
	}
	if s.Error != "" {
		return s, fmt.Errorf("%s: %s", p.name, s.Error)
	}
	return s, nil
}
