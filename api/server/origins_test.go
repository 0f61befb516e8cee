package server_test

import (
	"slices"
	"testing"

	"github.com/partywall/partywall/api/server"
)

// TestOrigins has a row for what browsers send, and for what looks like it and
// would never be sent.
func TestOrigins(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]server.Origins{
		"*":                                {"*"},
		"https://app.example.com":          {"https://app.example.com"},
		"http://a:3000 ,https://b.example": {"http://a:3000", "https://b.example"},
		"http://127.0.0.1:8080":            {"http://127.0.0.1:8080"},
		"https://1password.example":        {"https://1password.example"},
		"chrome-extension://abcdefgh":      {"chrome-extension://abcdefgh"},
		"https://0xg.example.0xg":          {"https://0xg.example.0xg"},
		"http://[::1]:3000":                {"http://[::1]:3000"},
		"capacitor://localhost":            {"capacitor://localhost"},
		"https://xn--bcher-kva.example":    {"https://xn--bcher-kva.example"},
		"http://a:443":                     {"http://a:443"},
	} {
		var got server.Origins
		if err := got.UnmarshalText([]byte(text)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "app.example.com", "https://app.example.com/", "https://app.example.com/app", "https://App.example.com", "HTTPS://app.example.com",
		"https://*.example.com", "https://a,", "https://app.example.com:443", "http://app.example.com:80", "null", "https://bücher.example", "https://u@a", "https://a:", "https://a.", "https://", "https://a b",
		"*,https://a", "https://a,https://a", "ws://a", "file://a", "data://a", "http://127.0.0.1:80801", "http://a:0", "http://a:080", "http://127.1", "http://256.0.0.1", "http://0127.0.0.1",
		"http://0x7f.0.0.1", "http://0x7f.0.0.0x1", "http://1", "http://[0:0:0:0:0:0:0:1]", "http://[::ffff:127.0.0.1]", "http://[:::]",
	} {
		var got server.Origins
		if err := got.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q passes as %q", text, got)
		}
	}
}
