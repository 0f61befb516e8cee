package tenant

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
)

// Node is a server of a cluster, as described by itself. Members that it does not
// report are nil.
type Node struct {
	Address string `json:"address"`
	// Connections are the connections open now, of all clients; Available is how
	// many more there may be.
	Connections *int `json:"connections"`
	Available   *int `json:"available"`
	// Collections and Indexes are counted over all databases, including the
	// server's own.
	Collections *int `json:"collections"`
	Indexes     *int `json:"indexes"`
	// Files is the number of open files and Handles that of data handles in use in
	// WiredTiger, which has one for each collection and index in use. Cursors is
	// the number of open cursors.
	Files   *int `json:"files"`
	Handles *int `json:"handles"`
	Cursors *int `json:"cursors"`
}

// Limit returns how many connections the node accepts, 0 if unknown.
func (n *Node) Limit() int {
	if n.Connections == nil || n.Available == nil {
		return 0
	}
	return *n.Connections + *n.Available
}

// Namespaces returns the number of collections and indexes, 0 if unknown.
func (n *Node) Namespaces() int {
	if n.Collections == nil || n.Indexes == nil {
		return 0
	}
	return *n.Collections + *n.Indexes
}

// PrivilegeError is returned if a cluster's user lacks a privilege.
type PrivilegeError struct {
	Cluster string
	// Action is MongoDB's name of the action that the user may not perform on
	// Resource.
	Action, Resource string
}

// Error returns which privilege is missing.
func (e *PrivilegeError) Error() string {
	return fmt.Sprintf("cluster %q: the connection string's user lacks the privilege %s on %s; docs/privileges.md has a role with it", e.Cluster, e.Action, e.Resource)
}

// unauthorized is MongoDB's error code for missing privileges.
const unauthorized = 13

// status is the result of serverStatus, as far as it is used.
type status struct {
	Host        string `bson:"host"`
	Connections *struct {
		Current   int `bson:"current"`
		Available int `bson:"available"`
	} `bson:"connections"`
	Catalog *struct {
		Collections int `bson:"collections"`
		Internal    int `bson:"internalCollections"`
	} `bson:"catalogStats"`
	Indexes *struct {
		Count int `bson:"count"`
	} `bson:"indexStats"`
	WiredTiger struct {
		Connection struct {
			Files *int `bson:"files currently open"`
		} `bson:"connection"`
		Handles struct {
			Active *int `bson:"connection data handles currently active"`
		} `bson:"data-handle"`
		Cursor struct {
			Open *int `bson:"open cursor count"`
		} `bson:"cursor"`
	} `bson:"wiredTiger"`
}

// node returns the status as a Node.
func (s *status) node(address string) Node {
	n := Node{Address: address, Files: s.WiredTiger.Connection.Files, Handles: s.WiredTiger.Handles.Active, Cursors: s.WiredTiger.Cursor.Open}
	if s.Connections != nil {
		n.Connections, n.Available = &s.Connections.Current, &s.Connections.Available
	}
	if s.Catalog != nil {
		n.Collections = new(s.Catalog.Collections + s.Catalog.Internal)
	}
	if s.Indexes != nil {
		n.Indexes = &s.Indexes.Count
	}
	return n
}

// Node describes one server of the cluster, the one that operations go to. It needs
// the privilege serverStatus on the cluster; without it the error is a
// *PrivilegeError.
func (c *Clusters) Node(ctx context.Context, name string) (Node, error) {
	client, err := c.client(name)
	if err != nil {
		return Node{}, err
	}
	return c.byName[name].ask(ctx, client, "")
}

// Nodes describes all servers of the cluster that hold data, or that route to those
// that do. Each is asked over a connection of its own.
func (c *Clusters) Nodes(ctx context.Context, name string) ([]Node, error) {
	found, err := c.find(name)
	if err != nil {
		return nil, err
	}
	addresses, err := c.addresses(ctx, name)
	if err != nil {
		return nil, err
	}
	if addresses == nil {
		node, err := c.Node(ctx, name)
		return []Node{node}, err
	}
	nodes, errs := make([]Node, len(addresses)), make([]error, len(addresses))
	var all sync.WaitGroup
	for i, address := range addresses {
		all.Go(func() { nodes[i], errs[i] = found.askAt(ctx, address) })
	}
	all.Wait()
	for _, err := range errs {
		if _, ok := errors.AsType[*PrivilegeError](err); ok { // the same for all of them
			return nil, err
		}
	}
	return nodes, errors.Join(errs...)
}

// addresses returns the addresses of the cluster's servers, nil if only a load
// balancer is known.
func (c *Clusters) addresses(ctx context.Context, name string) ([]string, error) {
	client, err := c.client(name)
	if err != nil {
		return nil, err
	}
	found := c.byName[name]
	opts := found.options
	switch {
	case opts.LoadBalanced != nil && *opts.LoadBalanced:
		return nil, nil
	case opts.Direct != nil && *opts.Direct:
		return found.hosts, nil
	}
	var hello struct {
		Hosts    []string `bson:"hosts"`
		Passives []string `bson:"passives"`
	}
	err = client.Database("admin").RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}, options.RunCmd().SetReadPreference(readpref.Nearest())).Decode(&hello)
	if err != nil {
		return nil, fmt.Errorf("cluster %q: no server answers at %s: %w", name, strings.Join(found.hosts, ", "), reason(err))
	}
	if hello.Hosts == nil { // not a replica set
		return found.hosts, nil
	}
	return slices.Sorted(slices.Values(slices.Concat(hello.Hosts, hello.Passives))), nil
}

// nodeTimeout is how long a server may take to be found and to answer.
const nodeTimeout = 10 * time.Second

// connectTo returns a client of the server at an address, regardless of the rest of the
// cluster.
func (c *cluster) connectTo(address string, maxPool uint64) (*mongo.Client, error) {
	own := c.options
	opts := options.Client().SetHosts([]string{address}).SetDirect(true).SetMaxPoolSize(maxPool).SetAppName("partywall").
		SetServerSelectionTimeout(min(*own.ServerSelectionTimeout, nodeTimeout)).
		SetServerMonitoringMode(options.ServerMonitoringModePoll) // no streaming: nothing waits for news
	opts.Auth, opts.TLSConfig, opts.ServerAPIOptions = own.Auth, own.TLSConfig, own.ServerAPIOptions
	opts.ConnectTimeout, opts.Compressors, opts.Dialer = own.ConnectTimeout, own.Compressors, own.Dialer
	client, err := mongo.Connect(opts)
	if err != nil {
		return nil, fmt.Errorf("cluster %q: the client for %s cannot be set up", c.name, address)
	}
	return client, nil
}

// askAt asks the server at an address, regardless of the rest of the cluster.
func (c *cluster) askAt(ctx context.Context, address string) (Node, error) {
	client, err := c.connectTo(address, 1)
	if err != nil {
		return Node{}, err
	}
	ending := context.WithoutCancel(ctx)
	defer func() { _ = client.Disconnect(ending) }()
	ctx, cancel := context.WithTimeout(ctx, nodeTimeout)
	defer cancel()
	return c.ask(ctx, client, address)
}

// ask asks the server that the client is connected to, which reports its address
// itself if it is not known.
func (c *cluster) ask(ctx context.Context, client *mongo.Client, address string) (Node, error) {
	command := bson.D{{Key: "serverStatus", Value: 1}}
	for _, section := range []string{"metrics", "locks", "repl", "opLatencies", "tcmalloc"} {
		command = append(command, bson.E{Key: section, Value: 0})
	}
	var s status
	err := client.Database("admin").RunCommand(ctx, command, options.RunCmd().SetReadPreference(readpref.Primary())).Decode(&s)
	refusal, refused := errors.AsType[mongo.CommandError](err)
	switch {
	case refused && refusal.Code == unauthorized:
		return Node{}, &PrivilegeError{Cluster: c.name, Action: "serverStatus", Resource: "{ cluster: true }"}
	case err != nil && address == "":
		return Node{}, fmt.Errorf("cluster %q: no server reports its status: %w", c.name, reason(err))
	case err != nil:
		return Node{}, fmt.Errorf("cluster %q: the server at %s does not report its status: %w", c.name, address, reason(err))
	case address == "":
		address = s.Host
	}
	return s.node(address), nil
}
