package command

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"go.mongodb.org/mongo-driver/v2/bson"
	"golang.org/x/term"

	"github.com/partywall/partywall/api/auth"
	"github.com/partywall/partywall/api/store"
	"github.com/partywall/partywall/gen/users"
)

func userCommand(t *terminal) *cobra.Command {
	return group("user", "Create users", userAdd(t))
}

// newUser is the body that the HTTP API takes: the same checks apply.
type newUser struct {
	Name     string   `json:"name,omitempty"`
	Email    string   `json:"email"`
	Password string   `json:"password"`
	Role     userRole `json:"role"`
}

type userRole struct {
	Name       string   `json:"name,omitempty"`
	Permission []string `json:"permission,omitempty"`
}

func userAdd(t *terminal) *cobra.Command {
	var user newUser
	cmd := &cobra.Command{
		Use:   "add TENANT --email ADDRESS --name NAME",
		Short: "Create a user of a tenant; the password is read from standard input",
		Args:  oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error {
			stack, _, err := open(cmd.Context(), t)
			if err != nil {
				return err
			}
			defer stack.Close()
			one, err := find(cmd, t, stack.Catalog, args[0])
			if err != nil {
				return err
			}
			if user.Password, err = t.password(); err != nil {
				return err
			}
			accounts, err := t.users()
			if err != nil {
				return err
			}
			return t.added(user.add(cmd.Context(), accounts, one.Handle()))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&user.Email, "email", "", "the address to log in with")
	flags.StringVar(&user.Name, "name", "", "how the person is addressed")
	flags.StringVar(&user.Role.Name, "role", "", "the role")
	flags.StringSliceVar(&user.Role.Permission, "permissions", nil, "permissions, separated by commas")
	return cmd
}

// users returns the accounts, as the app's schema declares them.
func (t *terminal) users() (auth.Users, error) {
	name := users.Collection().Name
	for i := range t.app.Collections {
		if t.app.Collections[i].Name == name {
			return auth.NewUsers(&t.app.Collections[i]), nil
		}
	}
	return auth.Users{}, fmt.Errorf("the schema has no collection %s", name)
}

func (user *newUser) add(ctx context.Context, accounts auth.Users, handle store.Tenant) (bson.Raw, error) {
	if err := auth.CheckNewPassword(user.Email, user.Password, nil); err != nil {
		return nil, err
	}
	body, err := json.Marshal(user) //nolint:gosec // the codec hashes the password; the text stays in memory
	if err != nil {
		return nil, err
	}
	return accounts.Add(ctx, handle, body, auth.NewPasswords())
}

// added prints the new user's _id, or why there is none.
func (t *terminal) added(doc bson.Raw, err error) error {
	_, invalid := errors.AsType[*store.InvalidError](err)
	_, taken := errors.AsType[*store.DuplicateError](err)
	if invalid || taken {
		t.printError(err)
		return errNo
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(t.out, doc.Lookup("_id").ObjectID().Hex())
	return err
}

// password reads a password: hidden on a terminal.
func (t *terminal) password() (string, error) {
	if file, ok := t.in.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		_, _ = fmt.Fprint(t.err, "Password: ")
		line, err := term.ReadPassword(int(file.Fd()))
		_, _ = fmt.Fprintln(t.err)
		return string(line), err
	}
	line, err := bufio.NewReader(t.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return "", errors.New("no password on standard input; pipe one in: printf %s \"$PASSWORD\" | tenantctl user add …")
	}
	return line, nil
}
