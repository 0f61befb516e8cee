// Package raw has the operations on documents as they are stored: on one named
// collection of one tenant's database, never on a database itself. The product's own
// packages use it for collections of any schema; generated repositories reach it
// through api/runtime.
package raw
