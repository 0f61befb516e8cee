package server

// FinishHalfMade is one round of what a server does every minute.
var FinishHalfMade = (*Server).finishInterrupted
