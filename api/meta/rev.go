package meta

// The members that the product writes itself.
const (
	// RevPath counts the writes of a document; absent means none by this product.
	RevPath     = "_rev"
	CreatedPath = "createdAt"
	UpdatedPath = "updatedAt"
	// DeletedPath is when a document was deleted, in collections with SoftDelete. One that is missing
	// or null says that it is not.
	DeletedPath = "deletedAt"
)
