package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/partywall/partywall/api/auth"
)

// Signing is the part of the environment about the keys that sign tokens. The
// server and tenantctl share it.
type Signing struct {
	AuthKeys     string `env:"AUTH_KEYS" takes:"Ed25519 seeds, 32 bytes each in base64, separated by commas, the newest first; openssl rand -base64 32 makes one" doc:"the keys that sign tokens; this or AUTH_KEYS_FILE is required by the server and by tenantctl token"`
	AuthKeysFile string `env:"AUTH_KEYS_FILE" takes:"the path of a file that holds what AUTH_KEYS takes" doc:"a file with the keys, which the server reloads on SIGHUP"`
}

// Keys reads the keys. The error names the variable, but never quotes its value or
// the file.
func (s *Signing) Keys() (*auth.Keys, error) {
	switch {
	case s.AuthKeys != "" && s.AuthKeysFile != "":
		return nil, errors.New("AUTH_KEYS, AUTH_KEYS_FILE: both are set; set one of them")
	case s.AuthKeysFile != "":
		keys := new(auth.Keys)
		if err := s.reread(keys); err != nil {
			return nil, err
		}
		return keys, nil
	case s.AuthKeys == "":
		return nil, fmt.Errorf("AUTH_KEYS, AUTH_KEYS_FILE: neither is set; %w", unset(s, "AUTH_KEYS"))
	}
	keys, err := auth.ParseKeys(s.AuthKeys)
	if err != nil {
		return nil, fmt.Errorf("AUTH_KEYS: %w", err)
	}
	return keys, nil
}

// maxKeysFile is far more than any file of keys has, in bytes.
const maxKeysFile = 64 << 10

// reread replaces the keys by those in the file, unless that cannot be parsed.
func (s *Signing) reread(keys *auth.Keys) error {
	text, err := readFile(s.AuthKeysFile, maxKeysFile)
	if err == nil {
		err = keys.Replace(string(text))
	}
	if err != nil {
		return fmt.Errorf("AUTH_KEYS_FILE: %w", err)
	}
	return nil
}

// readFile reads a file of up to limit bytes. The error does not name it: somebody
// may have put the keys themselves into the variable.
func readFile(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, withoutPath(err)
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = fmt.Errorf("the file has more than %d bytes", limit)
	}
	return text, withoutPath(err)
}

func withoutPath(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("the file cannot be read: %w", path.Err)
	}
	return err
}

// readableByAll reports whether everybody on this machine may read the keys' file.
func (s *Signing) readableByAll() bool {
	info, err := os.Stat(s.AuthKeysFile)
	return err == nil && info.Mode().Perm()&0o004 != 0
}

// ReloadKeys reads the file of AUTH_KEYS_FILE again. From then on only the keys in
// it are valid; after an error the keys stay as they were. Both are logged.
func (s *Server) ReloadKeys(ctx context.Context) error {
	if err := s.signing.reread(s.keys); err != nil {
		s.log.ErrorContext(ctx, "the keys could not be reloaded; the previous ones stay in effect", "error", err)
		return err
	}
	var ids []string
	for _, key := range s.keys.Public() {
		ids = append(ids, key.ID)
	}
	s.log.InfoContext(ctx, "the keys were reloaded", "keys", ids)
	return nil
}
