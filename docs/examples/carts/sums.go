package main

import (
	"errors"
	"math/big"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/partywall/partywall/docs/examples/carts/gen/carts"
)

// checkSums checks that an item's sums go together, to the cent: what was added up as doubles is off by less.
func checkSums(item carts.Item) error {
	sum := new(big.Rat).Mul(exact(item.PurchasePrice), new(big.Rat).SetInt64(item.Quantity))
	switch {
	case cents(sum) != cents(exact(item.TotalPrice)):
		return errors.New("must have a totalPrice that is purchasePrice times quantity")
	case exact(item.PriceWithTax).Cmp(exact(item.TotalPrice)) < 0 && cents(exact(item.PriceWithTax)) != cents(sum):
		return errors.New("must have a priceWithTax that is no less than totalPrice")
	}
	return nil
}

// total adds up what a cart's items cost, as JSON has decimals.
func total(cart *carts.Cart) string {
	sum := new(big.Rat)
	for _, item := range cart.Products {
		if item.Status != carts.ItemStatusCancelled {
			sum.Add(sum, exact(item.PriceWithTax))
		}
	}
	return cents(sum)
}

func cents(amount *big.Rat) string { return amount.FloatString(2) }

// exact returns the number that d stands for. A missing one is 0.
func exact(d bson.Decimal128) *big.Rat {
	digits, exponent, err := d.BigInt()
	if err != nil || digits.Sign() == 0 {
		return new(big.Rat)
	}
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(exponent, -exponent))), nil)
	if exponent < 0 {
		return new(big.Rat).SetFrac(digits, power)
	}
	return new(big.Rat).SetInt(digits.Mul(digits, power))
}
