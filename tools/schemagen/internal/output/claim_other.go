//go:build !unix

package output

import "errors"

// claim fails: without locks on folders, nobody can tell whose one is.
func claim(string) (release func(), err error) { return nil, errors.ErrUnsupported }
