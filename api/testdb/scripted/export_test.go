package scripted

import "math"

// AwaitAsAsked lets hellos wait for as long as they ask to.
func AwaitAsAsked() Option { return func(s *Server) { s.maxAwaitTimeout = math.MaxInt64 } }
