package tenant

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"github.com/partywall/partywall/api/internal/turn"
	"github.com/partywall/partywall/api/store"
)

// connectTimeout is how long a server may take to accept a connection, and to answer
// a heartbeat. A connection string's connectTimeoutMS overrides it.
const connectTimeout = 10 * time.Second

// cluster is a deployment and its client, which is created when first needed.
type cluster struct {
	name, uri        string
	maxPool          uint64
	selectionTimeout time.Duration
	pool             pool
	outage           outage
	isShared         bool
	// line is what commands wait in, nil unless tenants share the pool.
	line *turn.Line
	// probe checks whether a cluster that is away is back.
	probe func(*cluster)

	mu sync.Mutex
	// options are parsed from uri, nil until DNS has returned its servers.
	options *options.ClientOptions
	hosts   []string
	client  *mongo.Client
	// configErr is the error of parsing uri at failed.
	configErr error
	failed    time.Time
}

func newCluster(name, uri string, maxPool uint64, wait clusterOptions, probe func(*cluster)) *cluster {
	return &cluster{name: name, uri: uri, maxPool: maxPool, selectionTimeout: wait.selectionTimeout, isShared: wait.isShared, outage: outage{failFastDelay: wait.failFastDelay}, probe: probe}
}

// errDNS is returned if DNS does not answer, or has no such servers.
var errDNS = errors.New("DNS did not resolve its servers")

// dnsRetryDelay is how long an answer from DNS is remembered, so that concurrent
// callers do not ask again.
const dnsRetryDelay = time.Second

// configure parses the connection string. Errors quote nothing of it but host
// names: the driver's own errors quote parts that may be passwords.
func (c *cluster) configure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.options != nil {
		return nil
	}
	if c.configErr != nil && time.Since(c.failed) < dnsRetryDelay {
		return c.configErr
	}
	opts := options.Client().
		SetServerSelectionTimeout(c.selectionTimeout).
		SetConnectTimeout(connectTimeout).
		SetMaxPoolSize(c.maxPool).
		SetAppName("partywall").
		SetPoolMonitor(c.pool.monitor()).
		SetServerMonitor(c.outage.monitor()).
		ApplyURI(c.uri)
	err := opts.Validate()
	if given := opts.MaxPoolSize; given != nil && *given > 0 && *given < c.maxPool {
		c.maxPool = *given
	}
	opts.SetMaxPoolSize(c.maxPool)
	if err == nil {
		err = opts.Validate() // checked against the pool's final size
	}
	if c.configErr = c.configError(err, opts); c.configErr != nil {
		c.failed = time.Now()
		return c.configErr
	}
	c.options, c.hosts = opts, opts.Hosts
	if c.isShared {
		c.line = newLine(c.maxPool)
	}
	c.outage.reads = readsSecondaries(opts)
	return nil
}

// configError returns what is wrong with the connection string.
func (c *cluster) configError(err error, opts *options.ClientOptions) error {
	dns, isDNS := errors.AsType[*net.DNSError](err)
	switch {
	case !opts.WriteConcern.Acknowledged() || isUnacknowledged(err):
		return fmt.Errorf("cluster %q: the connection string has w=0, with which no server acknowledges writes; leave it out: writes wait for a majority", c.name)
	case err == nil:
		return nil
	case isDNS:
		return fmt.Errorf("cluster %q: %w: %s: %w: %s; check the host's name, and this machine's DNS", c.name, errDNS, srvHost(dns.Name), store.ErrUnavailable, dns.Err)
	case strings.HasPrefix(c.uri, "mongodb+srv://") && isRecordError(err):
		return fmt.Errorf("cluster %q: the DNS records of its mongodb+srv host cannot be used: %s", c.name, err.Error())
	case opts.MinPoolSize != nil && *opts.MinPoolSize > c.maxPool:
		return fmt.Errorf("cluster %q: the connection string's minPoolSize is above %d, the maximum number of connections; write a smaller one", c.name, c.maxPool)
	}
	return fmt.Errorf("cluster %q: not a MongoDB connection string; write mongodb://HOST:PORT/ or mongodb+srv://HOST/, with special characters of a password percent-encoded", c.name)
}

// srvHost returns the host of a mongodb+srv string without the prefix of the SRV
// query.
func srvHost(name string) string {
	if _, host, ok := strings.Cut(name, "._tcp."); ok {
		return host
	}
	return name
}

// isUnacknowledged reports whether err is that a connection string has w=0 with
// journal=true. It has no type: connstring.ConnString's Validate makes it of text alone.
func isUnacknowledged(err error) bool {
	return err != nil && strings.Contains(err.Error(), "both w=0 and j=true")
}

// isRecordError reports whether err is one of the driver's errors about SRV and TXT
// records, which quote at most names of servers and options. They have no type:
// validateSRVResult, validateTXTResult and GetConnectionArgsFromTXT of the driver's
// x/mongo/driver/dns make them of text alone.
func isRecordError(err error) bool {
	for _, part := range []string{"from SRV record", "server record", "TXT record", "records from TXT"} {
		if strings.Contains(err.Error(), part) {
			return true
		}
	}
	return false
}

// readsSecondaries reports whether reads may continue without a primary.
func readsSecondaries(opts *options.ClientOptions) bool {
	return opts.ReadPreference != nil && opts.ReadPreference.Mode() != readpref.PrimaryMode
}

// connect returns the cluster's client, creating it on first use.
func (c *cluster) connect() (*mongo.Client, error) {
	if err := c.configure(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client != nil {
		return c.client, nil
	}
	c.outage.begin()
	client, err := mongo.Connect(c.options)
	if err != nil {
		return nil, fmt.Errorf("cluster %q: the client cannot be set up", c.name)
	}
	c.client = client
	return client, nil
}

func (c *cluster) close(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.client == nil {
		return nil
	}
	client := c.client
	c.client = nil
	return client.Disconnect(ctx)
}
