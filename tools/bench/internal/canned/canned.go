// Package canned holds the documents that every side of a comparison works on.
package canned

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// User is a document of the collection users, as Go code written by hand
// declares it: with struct tags, for the driver and for encoding/json alike.
type User struct {
	ID        bson.ObjectID `bson:"_id" json:"_id"`
	Name      string        `bson:"name" json:"name"`
	Email     string        `bson:"email" json:"email"`
	Password  string        `bson:"password" json:"-"`
	Role      Role          `bson:"role" json:"role"`
	CreatedAt time.Time     `bson:"createdAt" json:"createdAt"`
	UpdatedAt time.Time     `bson:"updatedAt" json:"updatedAt"`
	Rev       int64         `bson:"_rev" json:"-"`
}

// Role is a user's standing.
type Role struct {
	Name       string   `bson:"name" json:"name"`
	Permission []string `bson:"permission" json:"permission"`
}

var roles = []Role{
	{Name: "super", Permission: []string{"write", "read", "delete"}},
	{Name: "hos", Permission: []string{"write", "read"}},
	{Name: "auditor", Permission: []string{"read"}},
	{Name: "basic", Permission: []string{}},
}

// hash is as long as the hashes that are stored. It fits no password.
const hash = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// Users are n users. The first has a role that may do everything.
func Users(n int) []User {
	list := make([]User, n)
	for i := range list {
		created := time.Date(2026, 3, 1, 9, 30, 15, 267e6, time.UTC).Add(time.Duration(i) * time.Minute)
		list[i] = User{
			ID: UserID(i), Name: fmt.Sprintf("Ada Augusta King-Noel %d", i), Email: fmt.Sprintf("ada.king%d@example.com", i),
			Password: hash, Role: roles[i%len(roles)], CreatedAt: created, UpdatedAt: created.Add(time.Hour), Rev: 3,
		}
	}
	return list
}

// Raw are the same n users as they are stored.
func Raw(n int) []bson.Raw {
	list := make([]bson.Raw, n)
	for i, u := range Users(n) {
		list[i] = Marshal(u)
	}
	return list
}

// Marshal is v as BSON. It is for documents that this program made itself.
func Marshal(v any) bson.Raw {
	raw, err := bson.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("canned: %v", err))
	}
	return raw
}

// UserID is the _id of the i-th user, in every tenant's database.
func UserID(i int) bson.ObjectID { return id("user", 0, i) }

// The id of a tenant says how many users its database has, so that one
// replaying server serves any number of tenants without knowing them.

// TenantID is the _id of one of the tenants with that many users.
func TenantID(users, number int) bson.ObjectID { return id("tent", users, number) }

func id(kind string, a, b int) (oid bson.ObjectID) {
	copy(oid[:], kind)
	binary.BigEndian.PutUint32(oid[4:], uint32(a))
	binary.BigEndian.PutUint32(oid[8:], uint32(b))
	return oid
}

// UsersOf is how many users the tenant has.
func UsersOf(tenant bson.ObjectID) int { return int(binary.BigEndian.Uint32(tenant[4:])) }

// Name is what the tenant is called.
func Name(tenant bson.ObjectID) string { return "name-" + tenant.Hex() }

// Database is where the tenant's documents are.
func Database(tenant bson.ObjectID) string { return "t_" + tenant.Hex() }

// TenantOf is the tenant of a Name or a Database; ok is false for any other
// text.
func TenantOf(text string) (tenant bson.ObjectID, ok bool) {
	text = strings.TrimPrefix(strings.TrimPrefix(text, "name-"), "t_")
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(tenant) || !strings.HasPrefix(string(raw), "tent") {
		return tenant, false
	}
	return bson.ObjectID(raw), true
}
