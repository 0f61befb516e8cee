// Package peer is what Go code written by hand does for the same requests: echo,
// the driver, struct tags, and a token that is verified with each request. It
// does less than the product: no catalog, no standing, no log, no limits.
package peer

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/golang-jwt/jwt/v5"
	"github.com/labstack/echo/v4"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/partywall/partywall/tools/bench/internal/canned"
)

// Decoder reads what a cursor has left.
type Decoder func(ctx context.Context, cursor *mongo.Cursor) ([]canned.User, error)

// All reads with cursor.All, as most do.
func All(ctx context.Context, cursor *mongo.Cursor) ([]canned.User, error) {
	users := []canned.User{}
	err := cursor.All(ctx, &users)
	return users, err
}

// Next reads with cursor.Next and bson.Unmarshal, which is faster in this driver.
func Next(ctx context.Context, cursor *mongo.Cursor) ([]canned.User, error) {
	users := []canned.User{}
	for cursor.Next(ctx) {
		var u canned.User
		if err := bson.Unmarshal(cursor.Current, &u); err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, cursor.Err()
}

// Config is what the peer serves with.
type Config struct {
	Client *mongo.Client
	Key    ed25519.PublicKey
	Decode Decoder
	// ThreeSteps makes a PATCH read, update and read again, as the product does,
	// rather than find and modify in one step.
	ThreeSteps bool
}

type server struct {
	Config
	parser *jwt.Parser
}

// New is the peer as an HTTP handler.
func New(cfg Config) *echo.Echo {
	s := &server{cfg, jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithIssuer("partywall"), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
	)}
	e := echo.New()
	e.GET("/api/users", s.list, s.authenticate)
	e.POST("/api/users", s.create, s.authenticate)
	e.PATCH("/api/users/:id", s.update, s.authenticate)
	e.GET("/open/api/users", s.list, unauthenticated)
	return e
}

const databaseKey = "database"

type claims struct {
	jwt.RegisteredClaims
	Tenant string `json:"tid"`
}

// authenticate verifies the token, and takes the database from its tenant.
func (s *server) authenticate(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		token, ok := strings.CutPrefix(c.Request().Header.Get(echo.HeaderAuthorization), "Bearer ")
		if !ok {
			return echo.ErrUnauthorized
		}
		var who claims
		if _, err := s.parser.ParseWithClaims(token, &who, func(*jwt.Token) (any, error) { return s.Key, nil }); err != nil {
			return echo.ErrUnauthorized
		}
		tenant, err := bson.ObjectIDFromHex(who.Tenant)
		if err != nil {
			return echo.ErrUnauthorized
		}
		c.Set(databaseKey, canned.Database(tenant))
		return next(c)
	}
}

// unauthenticated takes the database from the query.
func unauthenticated(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		tenant, err := bson.ObjectIDFromHex(c.QueryParam("tenant"))
		if err != nil {
			return echo.ErrBadRequest
		}
		c.Set(databaseKey, canned.Database(tenant))
		return next(c)
	}
}

func (s *server) collection(c echo.Context) *mongo.Collection {
	return s.Client.Database(c.Get(databaseKey).(string)).Collection("users")
}

type answer struct {
	Message string        `json:"message"`
	Users   []canned.User `json:"users"`
}

// list answers with all users, or with as many as limit says, in one batch then.
func (s *server) list(c echo.Context) error {
	opts := options.Find().SetSort(bson.D{{Key: "_id", Value: 1}})
	if text := c.QueryParam("limit"); text != "" {
		limit, err := strconv.Atoi(text)
		if err != nil || limit < 1 {
			return echo.ErrBadRequest
		}
		opts.SetLimit(int64(limit)).SetBatchSize(int32(limit))
	}
	ctx := c.Request().Context()
	cursor, err := s.collection(c).Find(ctx, bson.D{}, opts)
	if err != nil {
		return err
	}
	users, err := s.Decode(ctx, cursor)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer{"Users found successfully", users})
}

// argon are the product's costs of a hash.
var argon = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

func (s *server) create(c echo.Context) error {
	var body struct{ Name, Email, Password string }
	if err := c.Bind(&body); err != nil {
		return err
	}
	email := strings.ToLower(strings.TrimSpace(body.Email))
	if body.Name == "" || len(body.Name) > 200 || !strings.Contains(email, "@") || len(body.Password) < 8 {
		return echo.ErrUnprocessableEntity
	}
	hash, err := argon2id.CreateHash(body.Password, argon)
	if err != nil {
		return err
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	user := canned.User{
		ID: bson.NewObjectID(), Name: body.Name, Email: email, Password: hash,
		Role: canned.Role{Name: "basic", Permission: []string{}}, CreatedAt: now, UpdatedAt: now, Rev: 1,
	}
	if _, err := s.collection(c).InsertOne(c.Request().Context(), user); err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderLocation, c.Request().URL.Path+"/"+user.ID.Hex())
	return c.JSON(http.StatusCreated, user)
}

// update changes a user's name, if the user is as If-Match says.
func (s *server) update(c echo.Context) error {
	var body struct {
		Name *string `json:"name"`
	}
	if err := (&echo.DefaultBinder{}).BindBody(c, &body); err != nil {
		return err
	}
	id, err := bson.ObjectIDFromHex(c.Param("id"))
	if err != nil {
		return echo.ErrBadRequest
	}
	if body.Name == nil || *body.Name == "" || len(*body.Name) > 200 {
		return echo.ErrUnprocessableEntity
	}
	rev, updated, err := parseTag(c.Request().Header.Get("If-Match"))
	if err != nil {
		return err
	}
	filter := bson.D{{Key: "_id", Value: id}, {Key: "_rev", Value: rev}, {Key: "updatedAt", Value: updated}}
	change := bson.D{
		{Key: "$set", Value: bson.D{{Key: "name", Value: *body.Name}, {Key: "updatedAt", Value: time.Now()}}},
		{Key: "$inc", Value: bson.D{{Key: "_rev", Value: 1}}},
	}
	write := s.modify
	if s.ThreeSteps {
		write = s.modifyInSteps
	}
	user, err := write(c.Request().Context(), s.collection(c), filter, change)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return echo.NewHTTPError(http.StatusPreconditionFailed)
	}
	if err != nil {
		return err
	}
	c.Response().Header().Set("ETag", fmt.Sprintf(`"%d-%d"`, user.Rev, user.UpdatedAt.UnixMilli()))
	return c.JSON(http.StatusOK, user)
}

func (s *server) modify(ctx context.Context, users *mongo.Collection, filter, change bson.D) (user canned.User, err error) {
	after := options.FindOneAndUpdate().SetReturnDocument(options.After)
	err = users.FindOneAndUpdate(ctx, filter, change, after).Decode(&user)
	return user, err
}

func (s *server) modifyInSteps(ctx context.Context, users *mongo.Collection, filter, change bson.D) (user canned.User, err error) {
	if err := users.FindOne(ctx, filter[:1]).Decode(&user); err != nil {
		return user, err
	}
	result, err := users.UpdateOne(ctx, filter, change)
	if err != nil {
		return user, err
	}
	if result.MatchedCount == 0 {
		return user, mongo.ErrNoDocuments
	}
	err = users.FindOne(ctx, filter[:1]).Decode(&user)
	return user, err
}

func parseTag(tag string) (rev int64, updated time.Time, err error) {
	var ms int64
	if _, err := fmt.Sscanf(tag, `"%d-%d"`, &rev, &ms); err != nil {
		return 0, updated, echo.NewHTTPError(http.StatusPreconditionRequired)
	}
	return rev, time.UnixMilli(ms).UTC(), nil
}
