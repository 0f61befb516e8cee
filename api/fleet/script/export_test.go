package script

// IsServers is for tests: no server that they run on has such collections.
var IsServers = isServers
