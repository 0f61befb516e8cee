package command

import (
	"errors"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// TestNamesThatAreMissing are those of an empty variable: they must not stand for all
// tenants.
func TestNamesThatAreMissing(t *testing.T) {
	c := newCtl(t)
	c.app.Migrations = teams()
	made := c.behind("one", "two")
	for _, command := range []string{
		"migrate up", "migrate to 0", "migrate plan", "migrate verify", "migrate repair", "migrate unlock",
		"indexes plan", "indexes check", "indexes ensure", "indexes ensure --prune --yes",
	} {
		for _, value := range []string{"", " ", ",", "one,", ",one", "one,,two", " , "} {
			c.run(exitCannot, "", append(words(command), "--tenant", value), "--tenant", "a name is missing")
			c.run(exitCannot, "", append(words(command), "--tenant=one", "--tenant="+value), "a name is missing")
		}
	}
	for _, value := range []string{"", ",", "one,"} {
		c.run(exitCannot, "", append(words("migrate up"), "--canary", value), "--canary", "a name is missing")
	}
	for name := range made {
		c.says(c.run(exitDone, "", words("migrate plan --tenant "+name)), name, "0001")
	}
	c.run(exitDone, "", append(words("migrate up"), "--tenant", " one , two"))
	c.run(exitDone, "", words("migrate verify"))
}

// TestGoingBackIsAskedFor where more than one tenant would lose what migrations made.
func TestGoingBackIsAskedFor(t *testing.T) {
	c := newCtl(t)
	c.app.Migrations = teams()
	c.behind("one", "two")
	c.run(exitDone, "", words("migrate up"))
	c.run(exitCannot, "y\n", words("migrate to 0"), "this returns 2 tenants to version 0000", "--yes")
	c.run(exitDone, "", words("migrate verify"))
	c.run(exitDone, "", words("migrate to 0 --tenant one"))
	c.run(exitDone, "", words("migrate to 0")) // the other one alone goes back
	c.run(exitDone, "", words("migrate to 2"))
	c.run(exitDone, "", words("migrate to 0 --yes"))
	entries, err := c.admin.Collection("tenants").CountDocuments(t.Context(), bson.D{{Key: "migration.version", Value: 0}})
	if err != nil || entries != 2 {
		t.Errorf("%d tenants are before the first migration, %v", entries, err)
	}
}

func TestConfirm(t *testing.T) {
	for answer, done := range map[string]bool{"y\n": true, " YES \n": true, "yes": true, "n\n": false, "\n": false, "": false, "yep\n": false, "no\ny\n": false} {
		var asked strings.Builder
		term := &terminal{in: strings.NewReader(answer), err: &asked, interactive: true}
		if err := term.confirm(false, "this drops it"); (err == nil) != done || !strings.Contains(asked.String(), "this drops it. Continue? [y/N]") {
			t.Errorf("%q: %v after %q", answer, err, asked.String())
		}
	}
	var asked strings.Builder
	if err := (&terminal{err: &asked, interactive: true}).confirm(true, "this drops it"); err != nil || asked.Len() > 0 {
		t.Errorf("with --yes: %v, %q", err, asked.String())
	}
}

// TestCommandsWithoutACommand do nothing, which is not what they were to do.
func TestCommandsWithoutACommand(t *testing.T) {
	c := newCtl(t)
	for _, command := range []string{"", "tenant", "user", "migrate", "indexes"} {
		if out := c.run(exitCannot, "", words(command), "Usage:", "needs a command"); out != "" {
			t.Errorf("%s prints %q", command, out)
		}
		c.says(c.run(exitDone, "", append(words(command), "--help")), "Usage:")
	}
}

// full is a device without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

// TestResultsThatCannotBeWritten are no results.
func TestResultsThatCannotBeWritten(t *testing.T) {
	c := newCtl(t)
	c.app.Migrations = teams()
	c.behind("one")
	for _, line := range []string{
		"tenant list", "tenant list -o json", "tenant show one", "migrate plan", "migrate plan -o github", "migrate verify", "migrate status",
		"indexes check", "indexes check -o json", "token one", "--help", "migrate --help", "tenant create two",
		"capacity --tier M20", "capacity --tier M20 -o json", "capacity --tier M20 -o svg",
	} {
		var errs strings.Builder
		code := run(t.Context(), &terminal{app: c.app, in: strings.NewReader(""), out: full{}, err: &errs}, words(line))
		if code != exitCannot || !strings.Contains(errs.String(), "the results cannot be written: no space left on device") {
			t.Errorf("%s: exit code %d, %s", line, code, errs.String())
		}
	}
}

func TestVersionAndCompletion(t *testing.T) {
	c := newCtl(t)
	t.Setenv("MONGO_URI", "") // neither asks a database
	c.says(c.run(exitDone, "", words("--version")), "tenantctl of github.com/partywall/partywall ", "go1.")
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		c.says(c.run(exitDone, "", words("completion "+shell)), "tenantctl")
	}
}

// TestHelpOnWhatThereIsNot is a mistake, as the command itself would be.
func TestHelpOnWhatThereIsNot(t *testing.T) {
	for line, says := range map[string]string{
		"help nix":        `"nix" is not a command of tenantctl; there are `,
		"help tenant nix": `"nix" is not a command of tenantctl tenant; there are create, delete, list, materialize, share, show`,
		"nix":             `"nix" is not a command of tenantctl; there are `,
	} {
		c := &ctl{t: t}
		c.run(exitCannot, "", words(line), says)
	}
	c := &ctl{t: t}
	if out := c.run(exitDone, "", words("help tenant create")); !strings.Contains(out, "tenantctl tenant create NAME") {
		t.Error(out)
	}
}
