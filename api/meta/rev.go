package meta

// The members that the product writes itself.
const (
	// RevPath counts the writes of a document; absent means none by this product.
	RevPath     = "_rev"
	CreatedPath = "createdAt"
	UpdatedPath = "updatedAt"
)
