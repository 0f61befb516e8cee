package load

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// Try sends one request, and returns the status of the answer and after how long it says to try again, 0 if it does not.
func (c *Clients) Try(addr string, r Request) (status int, retryAfter time.Duration, err error) {
	answer, err := c.send(addr, r)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return 0, 0, err
	}
	seconds, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
	if answer.StatusCode == http.StatusOK {
		seconds = 0
	}
	return answer.StatusCode, time.Duration(seconds) * time.Second, nil
}
