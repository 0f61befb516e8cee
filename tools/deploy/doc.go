// Package deploy holds what runs the API and tenantctl elsewhere: images, a composition
// of containers, manifests, a unit, and how a release is built. It has no code but
// tests, which hold these files to the API that they start.
package deploy
