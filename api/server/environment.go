package server

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
	"github.com/joho/godotenv"
)

// LoadEnvironment fills cfg, a pointer to a struct with env tags, from the
// environment and, for variables that are not set there, from the file .env in the
// working folder. An empty variable counts as not set. The error names each
// variable that is missing or malformed and what it takes, but never its value,
// which may be a secret.
func LoadEnvironment(cfg any) error {
	environment := env.ToMap(os.Environ())
	file, err := readEnvFile()
	if err != nil {
		return err
	}
	for name, value := range file {
		if _, set := environment[name]; !set {
			environment[name] = value
		}
	}
	maps.DeleteFunc(environment, func(_, value string) bool { return value == "" })
	return explain(cfg, env.ParseWithOptions(cfg, env.Options{Environment: environment}))
}

// envFile is read from the working folder.
const envFile = ".env"

// readEnvFile reads the .env file, if there is one.
func readEnvFile() (map[string]string, error) {
	text, err := os.ReadFile(envFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: the file cannot be read: %w", envFile, withoutPath(err))
	}
	file, err := parseEnv(text)
	if err != nil {
		return nil, envProblem(text, func(lines []byte) bool { _, err := parseEnv(lines); return err == nil })
	}
	for name := range file {
		if !variableName.MatchString(name) {
			return nil, envProblem(text, func(lines []byte) bool {
				file, err := parseEnv(lines)
				_, there := file[name]
				return err != nil || !there
			})
		}
	}
	return file, nil
}

// parseEnv calls godotenv, whose errors quote the file, which may hold secrets, and
// name no line.
func parseEnv(text []byte) (map[string]string, error) {
	return godotenv.Parse(bytes.NewReader(text))
}

// envProblem returns an error with the first line that is wrong: the one after the
// longest valid prefix of the file. A quoted value may span several lines, so that
// a shorter prefix can be invalid.
func envProblem(text []byte, good func(lines []byte) bool) error {
	lines := bytes.SplitAfter(text, []byte("\n"))
	last := len(lines) - 1
	for last > 0 && !good(bytes.Join(lines[:last], nil)) {
		last--
	}
	return fmt.Errorf("%s: line %d: takes lines of the form NAME=VALUE, with quotes that are closed; it is not", envFile, last+1)
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Misspelled returns a message for each variable of the environment, and of the
// file .env, that nothing reads and whose name is close to one of cfg's. It does
// not look at values.
func Misspelled(cfg any) []string {
	known := map[string]string{}
	for _, v := range variables(reflect.TypeOf(cfg)) {
		known[v.name] = v.name
	}
	var names []string
	for name := range env.ToMap(os.Environ()) {
		names = append(names, name)
	}
	file, _ := readEnvFile() // LoadEnvironment reports the error
	for name := range file {
		names = append(names, name)
	}
	slices.Sort(names)
	var list []string
	for _, name := range slices.Compact(names) {
		if known[name] != "" {
			continue
		}
		if meant := suggestion(name, known); meant != "" {
			list = append(list, fmt.Sprintf("%s: nothing reads it; did you mean %s?", name, meant))
		}
	}
	return list
}

// productPrefix is a prefix that people may expect in the names of variables.
const productPrefix = "PARTYWALL_"

// minTypoLength is the minimum length of names that are compared letter by letter:
// ADDR resembles variables of many other programs.
const minTypoLength = 6

// suggestion returns the variable that somebody may have meant by name.
func suggestion(name string, known map[string]string) string {
	bare := strings.ToUpper(name)
	if stripped, ok := strings.CutPrefix(bare, productPrefix); ok && known[stripped] != "" {
		return stripped
	}
	if known[bare] != "" {
		return bare
	}
	meant := ""
	for candidate := range known {
		if len(candidate) >= minTypoLength && isTypo(letters(bare), letters(candidate)) && (meant == "" || candidate < meant) {
			meant = candidate
		}
	}
	return meant
}

func letters(name string) string { return strings.ReplaceAll(name, "_", "") }

// isTypo reports whether the names differ by one letter that is replaced, missing,
// added or swapped with its neighbour.
func isTypo(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	same := 0
	for same < len(a) && a[same] == b[same] {
		same++
	}
	if len(a) < len(b) {
		return a[same:] == b[same+1:]
	}
	if same == len(a) || a[same+1:] == b[same+1:] {
		return true
	}
	return same+1 < len(a) && a[same] == b[same+1] && a[same+1] == b[same] && a[same+2:] == b[same+2:]
}

// explain turns the errors of the env package into ours.
func explain(cfg any, err error) error {
	aggregate, ok := errors.AsType[env.AggregateError](err)
	if !ok {
		return err
	}
	var errs []error
	for _, err := range aggregate.Errors {
		var parse env.ParseError
		var missing env.VarIsNotSetError
		var empty env.EmptyVarError
		switch {
		case errors.As(err, &parse):
			errs = append(errs, malformed(cfg, parse.Name, problemOf(parse.Err)))
		case errors.As(err, &missing):
			errs = append(errs, unset(cfg, missing.Key))
		case errors.As(err, &empty):
			errs = append(errs, unset(cfg, empty.Key))
		default:
			errs = append(errs, errors.New("the environment cannot be read"))
		}
	}
	return errors.Join(errs...)
}

// problemOf returns the error if it is of one of this package's own types; others
// quote the value, and are left out.
func problemOf(err error) string {
	text := err.Error()
	if strings.Contains(text, "parsing") || strings.Contains(text, "invalid") || strings.Contains(text, "unknown") {
		return "it is not"
	}
	return text
}

func malformed(cfg any, field, problem string) error {
	v := variable{}
	for _, candidate := range variables(reflect.TypeOf(cfg)) {
		if candidate.field == field {
			v = candidate
		}
	}
	return fmt.Errorf("%s: takes %s; %s", v.name, v.takes, problem)
}

func unset(cfg any, name string) error {
	for _, v := range variables(reflect.TypeOf(cfg)) {
		if v.name == name {
			return fmt.Errorf("%s: not set; it takes %s", name, v.takes)
		}
	}
	return fmt.Errorf("%s: not set", name)
}

// variable describes one variable of an environment struct.
type variable struct{ field, name, fallback, takes, doc string }

// variables returns the variables of a struct type, or of the one it points to, in
// order.
func variables(t reflect.Type) []variable {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var list []variable
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			list = append(list, variables(f.Type)...)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("env"), ",")
		list = append(list, variable{f.Name, name, f.Tag.Get("envDefault"), f.Tag.Get("takes"), f.Tag.Get("doc")})
	}
	return list
}

// DescribeEnvironment writes a description of each variable of cfg. It never writes
// a value other than defaults.
func DescribeEnvironment(w io.Writer, cfg any) {
	for _, v := range variables(reflect.TypeOf(cfg)) {
		fallback := ""
		if v.fallback != "" {
			fallback = " (default " + v.fallback + ")"
		}
		_, _ = fmt.Fprintf(w, "  %s%s\n      %s\n      takes %s\n", v.name, fallback, v.doc, v.takes)
	}
}
