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

	"github.com/partywall/partywall/api/store"
)

// connectTimeout is how long a server may take to accept a connection, and to answer
// a heartbeat. A connection string's connectTimeoutMS overrides it.
const connectTimeout = 10 * time.Second

// cluster is one deployment, and its client once there is need of it.
type cluster struct {
	name, uri string
	maxPool   uint64
	selection time.Duration
	pool      pool
	outage    outage
	// probe looks whether a cluster that is away is back.
	probe func(*cluster)

	mu sync.Mutex
	// options are read from uri, nil while DNS did not say which servers it means.
	options *options.ClientOptions
	hosts   []string
	client  *mongo.Client
	// failure is what reading uri came to at failed.
	failure error
	failed  time.Time
}

func newCluster(name, uri string, maxPool uint64, wait patience, probe func(*cluster)) *cluster {
	return &cluster{name: name, uri: uri, maxPool: maxPool, selection: wait.selection, outage: outage{after: wait.outage}, probe: probe}
}

// errDNS says that DNS did not answer, or said that there are no such servers.
var errDNS = errors.New("DNS does not say which servers it has")

// dnsPause is how long what DNS said of a connection string counts: whoever waited
// for it need not ask again.
const dnsPause = time.Second

// configure reads the connection string. Nothing of it but the host's name is ever
// quoted: the driver's own errors quote parts that may be passwords.
func (c *cluster) configure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.options != nil {
		return nil
	}
	if c.failure != nil && time.Since(c.failed) < dnsPause {
		return c.failure
	}
	opts := options.Client().
		SetServerSelectionTimeout(c.selection).
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
		err = opts.Validate() // now against the pool as it will be
	}
	if c.failure = c.explain(err, opts); c.failure != nil {
		c.failed = time.Now()
		return c.failure
	}
	c.options, c.hosts = opts, opts.Hosts
	c.outage.reads = readsSecondaries(opts)
	return nil
}

// explain says what is wrong with the connection string.
func (c *cluster) explain(err error, opts *options.ClientOptions) error {
	var dns *net.DNSError
	switch {
	case !opts.WriteConcern.Acknowledged() || err != nil && strings.Contains(err.Error(), "both w=0 and j=true"):
		return fmt.Errorf("cluster %q: the connection string says w=0, so that no server would say whether anything is stored; leave it out: writes wait for a majority", c.name)
	case err == nil:
		return nil
	case errors.As(err, &dns):
		return fmt.Errorf("cluster %q: %w: %s: %w: %s; check the host's name, and this machine's DNS", c.name, errDNS, serviceless(dns.Name), store.ErrUnavailable, dns.Err)
	case strings.HasPrefix(c.uri, "mongodb+srv://") && isAboutRecords(err):
		return fmt.Errorf("cluster %q: what DNS says of its mongodb+srv host cannot be used: %s", c.name, err.Error())
	case opts.MinPoolSize != nil && *opts.MinPoolSize > c.maxPool:
		return fmt.Errorf("cluster %q: the connection string's minPoolSize is above %d, the most connections there may be; write a smaller one", c.name, c.maxPool)
	}
	return fmt.Errorf("cluster %q: not a MongoDB connection string; write mongodb://HOST:PORT/ or mongodb+srv://HOST/, with special characters of a password percent-encoded", c.name)
}

// serviceless is the host in the name that is asked for its servers.
func serviceless(name string) string {
	if _, host, ok := strings.Cut(name, "._tcp."); ok {
		return host
	}
	return name
}

// isAboutRecords knows the driver's errors about SRV and TXT records, which quote
// names of servers at most. It exports no type for them.
func isAboutRecords(err error) bool {
	for _, part := range []string{"from SRV record", "server record", "TXT record", "records from TXT"} {
		if strings.Contains(err.Error(), part) {
			return true
		}
	}
	return false
}

// readsSecondaries says whether reads may go on where there is no primary.
func readsSecondaries(opts *options.ClientOptions) bool {
	return opts.ReadPreference != nil && opts.ReadPreference.Mode() != readpref.PrimaryMode
}

// connect is the cluster's client, which is made the first time.
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
