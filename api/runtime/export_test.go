package runtime

// ReadRequest is readRequest.
var ReadRequest = readRequest
