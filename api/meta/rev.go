package meta

// The members that the product writes itself.
const (
	// RevPath counts the writes of a document; absent means none by this product.
	RevPath = "_rev"
	// CreatedPath and UpdatedPath are where documents say when they were created and last
	// written, unless their collection declares other names.
	CreatedPath = "createdAt"
	UpdatedPath = "updatedAt"
	// DeletedPath is when a document was deleted, in collections with SoftDelete. One that is missing
	// or null says that it is not.
	DeletedPath = "deletedAt"
)

// NoTimestamp is the name of a timestamp that documents do not have.
const NoTimestamp = "-"

// TimestampPath returns where documents have a timestamp, empty if they have none: the name that
// is declared for it, or else the standard one.
func TimestampPath(kept bool, declared, standard string) string {
	switch {
	case !kept || declared == NoTimestamp:
		return ""
	case declared == "":
		return standard
	}
	return declared
}

// CreatedPath returns where documents say when they were created, empty if they do not.
func (c *Collection) CreatedPath() string {
	return TimestampPath(c.Timestamps, c.CreatedAt, CreatedPath)
}

// UpdatedPath returns where documents say when they were last written, empty if they do not.
func (c *Collection) UpdatedPath() string {
	return TimestampPath(c.Timestamps, c.UpdatedAt, UpdatedPath)
}
