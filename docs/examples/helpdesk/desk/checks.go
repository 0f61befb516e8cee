package desk

import (
	"errors"
	"regexp"
)

var (
	color  = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	script = regexp.MustCompile(`(?i)<\s*script`)
)

// checkColor checks that a text is a color as style sheets write it.
func checkColor(text string) error {
	if !color.MatchString(text) {
		return errors.New("must be a color such as #29b955")
	}
	return nil
}

// checkHTML checks that a text brings no script along. It is no sanitizer: whoever shows
// the text needs one.
func checkHTML(text string) error {
	if script.MatchString(text) {
		return errors.New("must have no scripts")
	}
	return nil
}
