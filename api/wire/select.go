package wire

// JSONSelection are the members of a JSON object that are wanted, nil for all of them: those within
// a member are its value. It goes through arrays as if they were their elements.
type JSONSelection map[string]JSONSelection

// Add adds the member at the path of names.
func (s JSONSelection) Add(names []string) {
	within, known := s[names[0]]
	switch {
	case known && within == nil:
	case len(names) == 1:
		s[names[0]] = nil
	default:
		if within == nil {
			within = JSONSelection{}
			s[names[0]] = within
		}
		within.Add(names[1:])
	}
}

// Append appends what is wanted of text, which a codec has rendered.
func (s JSONSelection) Append(dst, text []byte) []byte {
	return s.append(dst, &JSONReader{buf: text})
}

func (s JSONSelection) append(dst []byte, r *JSONReader) []byte {
	opening := r.buf[r.pos]
	if s == nil || opening != '{' && opening != '[' {
		return append(dst, r.raw()...)
	}
	dst = append(dst, opening)
	closing := opening + 2 // in ASCII, of both pairs
	first := len(dst)
	for r.more(closing) {
		before := len(dst)
		if before > first {
			dst = append(dst, ',')
		}
		if opening == '[' {
			dst = s.append(dst, r)
			continue
		}
		start := r.pos
		within, wanted := s[r.text()]
		r.colon()
		if !wanted {
			dst = dst[:before]
			r.Skip()
			continue
		}
		dst = within.append(append(dst, r.buf[start:r.pos]...), r)
	}
	return append(dst, closing)
}
