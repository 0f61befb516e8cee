package main

import "strings"

// reasons say why targets are missed, as profiles show it, or the commands that were
// counted. They are printed beside rows that are missed, and only then: run with
// -profile, or read the profile of a Go benchmark, before one is written here.
var reasons = []struct{ title, row, why string }{
	{
		"Lists over HTTP", "allocations",
		"the driver's cursor allocates once for each document (`bsoncore.(*Iterator).Next`: 87 % of all at 1000 documents), and about 75 times for a `Find` " +
			"(42 in `Operation.Execute`, 12 to encode filter and sort, 9 in `Database.Collection`); net/http takes about 14 and the request's deadline another 14, so that " +
			"even no documents take more than this. Only what does not read through the driver's cursor can come below the target",
	},
	{
		"Codecs", "encode",
		"the document's one allocation and its collection are 39 % of ours (`slices.Grow`), folding the address 3 %; what remains is a call and a copy for each member. " +
			"Into a buffer that is used again it takes two thirds of the time, but what is inserted belongs to the driver until it is sent",
	},
	{
		"Codecs", "decode",
		"32 % of ours is memory: strings that are copied (23 %) and the list of permissions (8 %), which the driver copies as well; 19 % is walking from member to member",
	},
	{
		"Commands", "PATCH",
		"what is stored is read first, for `If-Match`, the policy and what the schema says of the whole; then changed under its revision, and read again for the answer",
	},
	{
		"Commands", "DELETE",
		"after the rule has read the document and it is gone, the user's sessions are looked for, to end them",
	},
	{
		"Commands", "refresh",
		"the session is read, changed under its revision, and read again",
	},
	{
		"Commands", "not cached",
		"beside the entry, its database is looked for among the other entries' databases and among their names, so that no two tenants share one",
	},
	{
		"Namespaces", "the last of 34",
		"names are compared one after the other (72 % of a profile of the Go benchmark), so that each takes some 0.5 ns more. A tenant with that many collections pays it once for each write, which takes " +
			"more than 100 µs (Writes over HTTP)",
	},
	{
		"Operations", "tenants made",
		"the embedded database makes one update at a time in each database, so that they are atomic, and all that provisioning records is in one: the catalog. A profile of it has 46 % in those updates, " +
			"which read every entry to find one, and the requests of eight workers wait 37 s for their turn within 16 s. It takes about 40 ms of its CPU for each tenant, whoever asks, and however many at once",
	},
	{
		"Operations", "embedded database",
		"the machine's cores are busy with the database and the runner together: one after another leaves half of them idle, and there is no more to gain than that. Over a network, where the runner waits, it gains what the row below says",
	},
	{
		"Express and Mongoose", "Express",
		"of ours, transcoding ten documents is 6 %; 32 % is the driver's `Find`, and 25 %, within it and beside it, system calls on two sockets, " +
			"which a request and its query need; the rest is net/http, echo and memory",
	},
}

// reason is why a row of a section misses its target.
func reason(title, row string) string {
	for _, r := range reasons {
		if r.title == title && strings.Contains(row, r.row) {
			return r.why
		}
	}
	return "no profile was looked at yet: `make bench` takes one with `-profile`"
}
