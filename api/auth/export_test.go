package auth

// NewTokensAt is NewTokens with a clock that a test sets.
var NewTokensAt = newTokens
