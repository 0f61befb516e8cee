package model

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/partywall/partywall/schema/def"
	"github.com/partywall/partywall/tools/schemagen/internal/kinds"
)

// bounds sets f's Min and Max.
func (l *loader) bounds(f *kinds.Field, d *def.Field, at place) {
	f.Min = l.bound("Min", d.Min, f.Type, at)
	f.Max = l.bound("Max", d.Max, f.Type, at)
	if f.Min != nil && f.Max != nil && kinds.Compare(f.Min, f.Max) > 0 {
		l.add(at, fmt.Sprintf("Min %s is above Max %s", kinds.Show(f.Min), kinds.Show(f.Max)), "Min and Max the other way round")
	}
}

func (l *loader) bound(member string, v any, t *kinds.Type, at place) any {
	if v == nil {
		return nil
	}
	if !t.Bounds {
		remedy := "no " + member
		if t.Lengths {
			remedy = member + "Len"
		}
		l.add(at, fmt.Sprintf("%s is for Int, Float, Decimal and Time, not %s", member, t.Name), remedy)
		return nil
	}
	value, problem, remedy := t.Convert(t, v)
	if at, ok := value.(time.Time); ok && problem == "" && at.IsZero() {
		problem, remedy = "is the zero time, which stands for no bound", "another date, or nothing"
	}
	if problem != "" {
		l.add(at, fmt.Sprintf("the %s %s", member, problem), remedy)
		return nil
	}
	return value
}

func (l *loader) checkLengths(d *def.Field, t *kinds.Type, at place) {
	l.checkLength("MinLen", "Min", d.MinLen, t, at)
	l.checkLength("MaxLen", "Max", d.MaxLen, t, at)
	if d.MaxLen > 0 && d.MinLen > d.MaxLen {
		l.add(at, fmt.Sprintf("MinLen %d is above MaxLen %d", d.MinLen, d.MaxLen), "MinLen and MaxLen the other way round")
	}
}

// checkLength checks MinLen or MaxLen; value is what to write for types with bounds
// on values.
func (l *loader) checkLength(member, value string, n int, t *kinds.Type, at place) {
	switch {
	case n != 0 && !t.Lengths:
		remedy := "no " + member
		if t.Bounds {
			remedy = value
		}
		l.add(at, fmt.Sprintf("%s is for String, Secret, Bytes, List, Set, Map and Any, not %s", member, t.Name), remedy)
	case n < 0:
		l.add(at, fmt.Sprintf("%s is %d", member, n), "a positive number, or nothing for no bound")
	}
}

func (l *loader) checkText(d *def.Field, t *kinds.Type, at place) {
	if d.Pattern != "" && !t.Text {
		l.add(at, fmt.Sprintf("Pattern is for String, not %s", t.Name), "no Pattern")
	}
	if d.Format != "" && !t.Text {
		l.add(at, fmt.Sprintf("Format is for String, not %s", t.Name), "no Format")
	}
	if _, known := kinds.FormatOf(d.Format); d.Format != "" && !known {
		l.add(at, fmt.Sprintf("the Format %q is unknown", d.Format), "one of package def's, such as def.Email")
	}
	if (d.Trim || d.Lower || d.Upper) && !t.Text {
		l.add(at, fmt.Sprintf("Trim, Lower and Upper are for String, not %s", t.Name), "none of them")
	}
	if d.Lower && d.Upper {
		l.add(at, "is both Lower and Upper", "one of the two")
	}
	if _, err := compile(d.Pattern); err != nil {
		l.add(at, fmt.Sprintf("the Pattern %q does not compile: %s", d.Pattern, reason(err)), "a regular expression as package regexp reads them")
	}
}

// compile compiles pattern to match whole strings. It compiles it alone first, so
// that it cannot close the group around it.
func compile(pattern string) (*regexp.Regexp, error) {
	if _, err := regexp.Compile(pattern); err != nil {
		return nil, err
	}
	return regexp.Compile(`\A(?:` + pattern + `)\z`)
}

// reason returns why a pattern does not compile, without the pattern.
func reason(err error) string {
	if broken, ok := errors.AsType[*syntax.Error](err); ok {
		return broken.Code.String()
	}
	return err.Error()
}

// setDefault sets f's Default; its bounds are already set.
func (l *loader) setDefault(f *kinds.Field, d *def.Field, at place) {
	if d.Default == nil {
		return
	}
	if d.Required {
		l.add(at, "is Required, so its Default is never used", "one of the two")
	}
	if made, ok := d.Default.(def.Made); ok {
		l.setMade(f, made, at)
		return
	}
	if f.Type.Convert == nil {
		remedy := "no Default"
		if f.Type.Makes != "" {
			remedy += ", or one that is made, such as def.New" + string(f.Type.Name)
		}
		l.add(at, fmt.Sprintf("%s cannot have a Default", f.Type.Name), remedy)
		return
	}
	value, problem, remedy := f.Type.Convert(f.Type, d.Default)
	if problem != "" {
		l.add(at, "the Default "+problem, remedy)
		return
	}
	f.Default = value
	switch value := value.(type) {
	case string:
		l.checkDefaultText(f, value, at)
	case []any:
		l.checkDefaultLength(f, len(value), at)
	case map[string]any:
		l.checkDefaultLength(f, len(value), at)
	}
	if s := f.Type.Struct; s != nil {
		l.checkFieldDefaults(s, at)
	}
	if f.Min != nil && kinds.Compare(value, f.Min) < 0 {
		l.add(at, fmt.Sprintf("the Default %s is below Min %s", kinds.Show(value), kinds.Show(f.Min)), "a Default within the bounds")
	}
	if f.Max != nil && kinds.Compare(value, f.Max) > 0 {
		l.add(at, fmt.Sprintf("the Default %s is above Max %s", kinds.Show(value), kinds.Show(f.Max)), "a Default within the bounds")
	}
}

// setMade sets a Default that is made at creation.
func (l *loader) setMade(f *kinds.Field, made def.Made, at place) {
	if f.Type.Makes != made {
		l.add(at, fmt.Sprintf("the Default is %s, but the field is %s", made, f.Type.Words()), "a Default of the field's type, or none")
		return
	}
	f.Default = made
}

// checkDefaultLength checks the default of a list, set or map that has n elements.
func (l *loader) checkDefaultLength(f *kinds.Field, n int, at place) {
	if n < f.MinLen {
		l.add(at, fmt.Sprintf("the Default has %d elements, fewer than MinLen %d", n, f.MinLen), "a longer Default")
	}
	if f.MaxLen > 0 && n > f.MaxLen {
		l.add(at, fmt.Sprintf("the Default has %d elements, more than MaxLen %d", n, f.MaxLen), "a shorter Default")
	}
}

// checkFieldDefaults checks that the members' defaults make an object.
func (l *loader) checkFieldDefaults(s *kinds.Struct, at place) {
	for _, f := range s.Fields {
		if f.Required {
			l.add(at, fmt.Sprintf("has def.FieldDefaults, but %s.%s is Required and has none", s.Go, f.Name), "a Default for "+s.Go+"."+f.Name+", or no Default here")
		}
	}
}

func (l *loader) checkDefaultText(f *kinds.Field, text string, at place) {
	if e := f.Type.Enum; e != nil {
		l.checkMember("Default", e, text, at)
		return
	}
	n := utf8.RuneCountInString(text)
	if n < f.MinLen {
		l.add(at, fmt.Sprintf("the Default %q is shorter than MinLen %d", text, f.MinLen), "a longer Default")
	}
	if f.MaxLen > 0 && n > f.MaxLen {
		l.add(at, fmt.Sprintf("the Default %q is longer than MaxLen %d", text, f.MaxLen), "a shorter Default")
	}
	if pattern, err := compile(f.Pattern); err == nil && f.Pattern != "" && !pattern.MatchString(text) {
		l.add(at, fmt.Sprintf("the Default %q does not match the Pattern %q", text, f.Pattern), "a Default that does")
	}
	if !isStored(f, text) {
		l.add(at, fmt.Sprintf("the Default %q is not as the field is stored", text), "it as its Format, Trim, Lower and Upper make it")
	}
}

// checkMember checks that text, the value of member, is one of the enum's values.
func (l *loader) checkMember(member string, e *kinds.Enum, text string, at place) (ok bool) {
	values := make([]string, len(e.Values))
	for i, v := range e.Values {
		values[i] = v.Value
	}
	if len(values) > 0 && !slices.Contains(values, text) {
		l.add(at, fmt.Sprintf("the %s %q is not one of the enum's values", member, text), alternatives(values))
		return false
	}
	return true
}

// isStored reports whether s has f's format, in stored form: a default is stored as written.
func isStored(f *kinds.Field, s string) bool {
	format, known := kinds.FormatOf(f.Format)
	return f.Text().Fold(s) == s && (!known || format.Is(s))
}
