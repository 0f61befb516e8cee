package auth

import (
	"github.com/partywall/partywall/api/check"
	"github.com/partywall/partywall/api/store"
)

// CheckNewPassword refuses a password that is the account's address, and one that
// is the old password; isOld is nil for a new account. The error is a
// *store.InvalidError, or isOld's.
func CheckNewPassword(email, plain string, isOld func() (bool, error)) error {
	if email != "" && check.FoldEmail(plain) == check.FoldEmail(email) {
		return badPassword("same_as_email", "must not be the email address")
	}
	if isOld == nil {
		return nil
	}
	old, err := isOld()
	if err == nil && old {
		err = badPassword("same_as_old", "must not be the old password")
	}
	return err
}

func badPassword(code, message string) error {
	return &store.InvalidError{Collection: "users", Fields: check.FieldErrors{{Pointer: "/password", Code: code, Message: message}}}
}

// SamePassword reports whether two passwords are the same to Verify.
func SamePassword(a, b string) bool { return equal(normal(a), normal(b)) }
