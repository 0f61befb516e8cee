package model

import (
	"strings"
	"testing"

	"github.com/partywall/partywall/schema/def"
)

func TestCollectionMistakes(t *testing.T) {
	named := func(name string) []def.Collection {
		return one(person(text), func(c *def.Collection) { c.Name = name })
	}
	entity := func(name string) []def.Collection {
		return one(person(text), func(c *def.Collection) { c.Entity, c.Doc = name, name+" is one." })
	}
	pair := func(name, entity string) []def.Collection {
		c := person(text)
		c.Name, c.Entity, c.Doc = name, entity, entity+" is one."
		return []def.Collection{person(text), c}
	}
	checkMistakes(t, []mistaken{
		{"right", pair("pets", "Pet"), nil},
		{"no name", named(""), []string{
			`schema: Person: has no Name; write the Name it is stored under, such as "persons"`,
		}},
		{"no name, no entity", one(person(text), func(c *def.Collection) { c.Name, c.Entity = "", "" }), []string{
			`schema: collection 1: has no Name; write the Name it is stored under, such as "users"`,
			`schema: collection 1: has no Entity; write the Go type of a document, such as "User"`,
		}},
		{"two without names", func() []def.Collection { list := pair("", "Pet"); list[0].Name = ""; return list }(), []string{
			`schema: Person: has no Name; write the Name it is stored under, such as "persons"`,
			`schema: Pet: has no Name; write the Name it is stored under, such as "pets"`,
		}},
		{"name with a capital", named("People"), []string{
			`schema: Person: the Name "People" does not fit URLs and MongoDB; write a lower-case letter, then letters, digits and _ only`,
		}},
		{"name with a dot", named("people.old"), []string{
			`schema: Person: the Name "people.old" does not fit URLs and MongoDB; write a lower-case letter, then letters, digits and _ only`,
		}},
		{"name with a hyphen", named("old-people"), []string{
			`schema: Person: the Name "old-people" does not fit URLs and MongoDB; write a lower-case letter, then letters, digits and _ only`,
		}},
		{"system name", named("system.users"), []string{
			`schema: Person: the Name "system.users" is one of MongoDB's own; write a Name that does not start with system.`,
		}},
		{"longest name", named(strings.Repeat("a", 120)), nil},
		{"long name", named(strings.Repeat("a", 121)), []string{
			`schema: Person: the Name has 121 bytes; write at most 120`,
		}},
		{"route login", named("login"), []string{
			`schema: Person: the Name "login" is taken by the route /api/login; write another Name, or Private: true`,
		}},
		{"route refresh", named("refresh"), []string{
			`schema: Person: the Name "refresh" is taken by the route /api/refresh; write another Name, or Private: true`,
		}},
		{"route logout", named("logout"), []string{
			`schema: Person: the Name "logout" is taken by the route /api/logout; write another Name, or Private: true`,
		}},
		{"route password", named("password"), []string{
			`schema: Person: the Name "password" is taken by the route /api/password; write another Name, or Private: true`,
		}},
		{"route of a private collection", one(person(text), func(c *def.Collection) { c.Name, c.Private = "login", true }), nil},
		{"keyword", named("func"), []string{
			`schema: Person: the Name "func" makes the package func, which is a Go keyword; write another Name, such as "func_list"`,
		}},
		{"predeclared", named("string"), []string{
			`schema: Person: the Name "string" makes the package string, which is predeclared in Go; write another Name, such as "string_list"`,
		}},
		{"predeclared with underscore", named("e_r_r_o_r"), []string{
			`schema: Person: the Name "e_r_r_o_r" makes the package error, which is predeclared in Go; write another Name, such as "e_r_r_o_r_list"`,
		}},
		{"import bson", named("bson"), []string{
			`schema: Person: the Name "bson" makes the package bson, which generated code imports; write another Name, such as "bson_list"`,
		}},
		{"import check", named("check"), []string{
			`schema: Person: the Name "check" makes the package check, which generated code imports; write another Name, such as "check_list"`,
		}},
		{"import context", named("context"), []string{
			`schema: Person: the Name "context" makes the package context, which generated code imports; write another Name, such as "context_list"`,
		}},
		{"import store", named("store"), []string{
			`schema: Person: the Name "store" makes the package store, which generated code imports; write another Name, such as "store_list"`,
		}},
		{"import wire", named("wire"), []string{
			`schema: Person: the Name "wire" makes the package wire, which generated code imports; write another Name, such as "wire_list"`,
		}},
		{"import time", named("time"), []string{
			`schema: Person: the Name "time" makes the package time, which generated code imports; write another Name, such as "time_list"`,
		}},
		{"import iter", named("iter"), []string{
			`schema: Person: the Name "iter" makes the package iter, which generated code imports; write another Name, such as "iter_list"`,
		}},
		{"import errors", named("errors"), []string{
			`schema: Person: the Name "errors" makes the package errors, which generated code imports; write another Name, such as "errors_list"`,
		}},
		{"import fmt", named("fmt"), []string{
			`schema: Person: the Name "fmt" makes the package fmt, which generated code imports; write another Name, such as "fmt_list"`,
		}},
		{"special package", named("main"), []string{
			`schema: Person: the Name "main" makes the package main, which Go treats specially; write another Name, such as "main_list"`,
		}},
		{"same name", pair("people", "Pet"), []string{
			`schema: Pet: the Name "people" is also that of Person in schema; write a Name of its own`,
		}},
		{"same package", pair("peo_ple", "Pet"), []string{
			`schema: Pet: the Name "peo_ple" makes the package people, as does "people" of Person in schema; write a Name that differs in letters or digits`,
		}},
		{"same entity", pair("pets", "Person"), []string{
			`schema: Person: the Entity "Person" is also that of the collection "people" in schema; write an Entity of its own`,
		}},
		{"no entity", one(person(text), func(c *def.Collection) { c.Entity = "" }), []string{
			`schema: people: has no Entity; write the Go type of a document, such as "User"`,
		}},
		{"two without entities", func() []def.Collection { list := pair("pets", ""); list[0].Entity = ""; return list }(), []string{
			`schema: people: has no Entity; write the Go type of a document, such as "User"`,
			`schema: pets: has no Entity; write the Go type of a document, such as "User"`,
		}},
		{"entity not exported", entity("person"), []string{
			`schema: person: the Entity "person" is not an exported Go name; write a capital letter, then letters and digits`,
		}},
		{"entity not a name", entity("Old-Person"), []string{
			`schema: Old-Person: the Entity "Old-Person" is not an exported Go name; write a capital letter, then letters and digits`,
		}},
		{"entity is generated", entity("Query"), []string{
			`schema: Query: the Go name Query is that of the generated Query and of the Entity; write another Entity`,
		}},
		{"no doc", one(person(text), func(c *def.Collection) { c.Doc = "" }), nil},
		{"doc of something else", one(person(text), func(c *def.Collection) { c.Doc = "Persons are many." }), []string{
			`schema: Person: the Doc does not start with "Person"; write "Person …"`,
		}},
		{"doc of a longer name", one(person(text), func(c *def.Collection) { c.Doc = "Person_s is one." }), []string{
			`schema: Person: the Doc does not start with "Person"; write "Person …"`,
		}},
		{"doc after a space", one(person(text), func(c *def.Collection) { c.Doc = " Person is one." }), []string{
			`schema: Person: the Doc does not start with "Person"; write "Person …"`,
		}},
		{"doc says nothing", one(person(text), func(c *def.Collection) { c.Doc = "Person" }), []string{
			`schema: Person: the Doc does not start with "Person"; write "Person …"`,
		}},
		{"no fields", one(person(), func(*def.Collection) {}), []string{
			`schema: Person: has no Fields; write at least one field`,
		}},
		{"unknown scope", one(person(text), func(c *def.Collection) { c.Scope = 7 }), []string{
			`schema: Person: has the unknown Scope 7; write def.PerTenant or def.Admin`,
		}},
		{"admin and private", one(person(text), func(c *def.Collection) { c.Scope, c.Private = def.Admin, true }), []string{
			`schema: Person: an Admin collection is never served; write no Private`,
		}},
		{"admin and access", one(person(text), func(c *def.Collection) { c.Scope, c.Access = def.Admin, def.Access{Read: "x"} }), []string{
			`schema: Person: an Admin collection is never served, so nobody needs a permission for it; write nothing for Access`,
		}},
		{"unknown permission", one(person(text), func(c *def.Collection) { c.Access = def.Access{Create: "create", Delete: "write"} }), []string{
			`schema: Person: Access.Create is the unknown permission "create"; write "read", "write" or "delete"`,
		}},
		{"declared permissions", append(
			staff(def.Field{Name: "may", Type: def.Set(def.NamedEnum("Permission", "look", "write", "delete"))}),
			one(person(text), func(c *def.Collection) { c.Access = def.Access{Read: "look"} })...,
		), []string{
			`schema: User: Access.Read is the unknown permission "read"; write "look", "write" or "delete"`,
		}},
	})
}

func TestAlternatives(t *testing.T) {
	for want, values := range map[string][]string{
		"":                nil,
		`"a"`:             {"a", "a"},
		`"a" or "b"`:      {"a", "b", "a"},
		`"a", "b" or "c"`: {"a", "b", "b", "c"},
	} {
		if have := alternatives(values); have != want {
			t.Errorf("%q: %s, want %s", values, have, want)
		}
	}
}
