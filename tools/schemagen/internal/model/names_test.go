package model

import (
	"strings"
	"testing"
)

func TestGoName(t *testing.T) {
	for name, want := range map[string]string{
		"createdAt": "CreatedAt", "user_id": "UserID", "userId": "UserID", "url": "URL", "apiURL": "APIURL",
		"httpServer": "HTTPServer", "HTTPServerTime": "HTTPServerTime", "ipAddress": "IPAddress", "json": "JSON",
		"uuid": "UUID", "in-progress": "InProgress", "5 stars": "5Stars", "a/b": "AB", "+": "", "": "",
		"_id": "ID", "identity": "Identity", "x2": "X2", "élan": "Élan",
		"aId": "AID",
	} {
		if got := goName(name); got != want {
			t.Errorf("goName(%q) = %q, want %q", name, got, want)
		}
	}
	for _, word := range []string{
		"acl", "api", "ascii", "cpu", "css", "dns", "eof", "guid", "html", "http", "https", "id", "ip", "json", "lhs", "qps", "ram", "rhs", "rpc",
		"sla", "smtp", "sql", "ssh", "tcp", "tls", "ttl", "udp", "ui", "uid", "uri", "url", "utf8", "uuid", "vm", "xml", "xmpp", "xsrf", "xss",
	} {
		if got, want := goName("my_"+word), "My"+strings.ToUpper(word); got != want {
			t.Errorf("goName of my_%s = %q, want %q", word, got, want)
		}
	}
	if got := goPath("role.home_url"); got != "RoleHomeURL" {
		t.Errorf("goPath = %q", got)
	}
}

func TestTitleAndPackage(t *testing.T) {
	for name, want := range map[string][2]string{
		"users":     {"Users", "users"},
		"audit_log": {"Audit log", "auditlog"},
		"auditLog":  {"Audit log", "auditlog"},
		"apiKeys":   {"Api keys", "apikeys"},
		"xAxis":     {"X axis", "xaxis"},
		"HTTPCodes": {"Http codes", "httpcodes"},
		"usersOfUI": {"Users of ui", "usersofui"},
		"DNSOk":     {"Dns ok", "dnsok"},
		"":          {"", ""},
	} {
		if got := [2]string{Title(name), packageName(name)}; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"email", "role.name", "createdAt"}
	for name, want := range map[string]string{"mail": "email", "rolename": "role.name", "created": "createdAt", "EMAIL": "email"} {
		if got := nearest(name, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", name, got, want)
		}
	}
	if got := nearest("x", nil); got != "" {
		t.Errorf("nearest of nothing is %q", got)
	}
}
