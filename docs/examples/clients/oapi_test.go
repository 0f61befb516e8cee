package clients_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/oapi-codegen/nullable"

	"github.com/partywall/partywall/docs/examples/clients/oapi"
)

// TestOapiCodegen goes through all that a client of a collection does.
func TestOapiCodegen(t *testing.T) {
	ctx, token := t.Context(), ""
	c, err := oapi.NewClientWithResponses(serve(t), oapi.WithRequestEditorFn(func(_ context.Context, req *http.Request) error {
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	where := oapi.XTenant(library)

	// Who has no token is refused, and so is who has the wrong password.
	unknown, err := c.ListBookWithResponse(ctx, &oapi.ListBookParams{XTenant: &where})
	if err != nil || unknown.ApplicationproblemJSON401 == nil || unknown.ApplicationproblemJSON401.Code != "token_missing" {
		t.Fatalf("without a token: %v %s", err, unknown.Body)
	}
	wrong, err := c.LoginWithResponse(ctx, &oapi.LoginParams{XTenant: &where}, oapi.LoginJSONRequestBody{Email: email, Password: "guess"})
	if err != nil || wrong.Headers401 == nil || wrong.Headers401.WWWAuthenticate == "" {
		t.Fatalf("a wrong password: %v %s", err, wrong.Body)
	}
	granted, err := c.LoginWithResponse(ctx, &oapi.LoginParams{XTenant: &where}, oapi.LoginJSONRequestBody{Email: email, Password: password})
	if err != nil || granted.JSON200 == nil {
		t.Fatalf("log in: %v %s", err, granted.Body)
	}
	token = granted.JSON200.Token

	// Create: the answer says where and in which state.
	author, err := c.CreateAuthorWithResponse(ctx, nil, oapi.AuthorNew{Name: "Mary Shelley"})
	if err != nil || author.JSON201 == nil {
		t.Fatalf("an author: %v %s", err, author.Body)
	}
	book := createWithOapi(ctx, t, c, author.JSON201.UnderscoreId)
	for _, isbn := range []string{"9780000000002", "9780000000003"} {
		more, err := c.CreateBookWithResponse(ctx, nil, oapi.BookNew{Isbn: isbn, Title: "The Last Man " + isbn[12:], Author: author.JSON201.UnderscoreId})
		if err != nil || more.JSON201 == nil {
			t.Fatalf("a book: %v %s", err, more.Body)
		}
	}
	again, err := c.CreateBookWithResponse(ctx, nil, oapi.BookNew{Isbn: book.Isbn, Title: "Taken", Author: author.JSON201.UnderscoreId})
	if err != nil || again.ApplicationproblemJSON409 == nil || again.ApplicationproblemJSON409.Code != "duplicate" {
		t.Errorf("a taken number: %v %s", err, again.Body)
	}
	listWithOapi(ctx, t, c, author.JSON201.UnderscoreId)
	changeWithOapi(ctx, t, c, book.UnderscoreId)
}

// createWithOapi creates a book with a member of each kind, and reads it.
func createWithOapi(ctx context.Context, t *testing.T, c *oapi.ClientWithResponses, author string) *oapi.Book {
	t.Helper()
	day, kind, color := time.Date(1818, 1, 1, 0, 0, 0, 0, time.UTC), oapi.BookNewKindNovel, oapi.BookCoverNewColorGreen
	created, err := c.CreateBookWithResponse(ctx, nil, oapi.BookNew{
		Isbn: "9780000000001", Title: "Frankenstein", Author: author, Translators: &[]string{author}, Kind: &kind,
		Pages: new(int64(280)), Weight: new(210.5), Lent: new(true), Published: &day, Shelf: &author, Stamp: &[]byte{1, 2, 3},
		Tags: &[]string{"ice", "fire"}, Titles: &map[string]string{"fr": "Le Prométhée moderne"},
		Cover: &oapi.BookCoverNew{Color: &color, Artist: &author}, Chapters: &[]oapi.BookChapterNew{{Title: "Letter 1", Page: 1}},
		Extra: map[string]any{"seen": map[string]string{"$date": "2026-01-31T08:30:00Z"}, "by": []any{"Ada", 1}},
	})
	if err != nil || created.JSON201 == nil {
		t.Fatalf("a book: %v %s", err, created.Body)
	}
	book := created.JSON201
	if created.Headers201.Location != "/api/books/"+book.UnderscoreId || created.Headers201.ETag == "" {
		t.Errorf("created at %+v", created.Headers201)
	}
	read, err := c.GetBookWithResponse(ctx, book.UnderscoreId, nil)
	if err != nil || read.JSON200 == nil || read.Headers200.ETag != created.Headers201.ETag || read.JSON200.Title != book.Title {
		t.Errorf("read: %v %s", err, read.Body)
	}
	same, err := c.GetBookWithResponse(ctx, book.UnderscoreId, &oapi.GetBookParams{IfNoneMatch: &created.Headers201.ETag})
	if err != nil || same.StatusCode() != http.StatusNotModified || same.Headers304.ETag != created.Headers201.ETag {
		t.Errorf("read again: %v %d", err, same.StatusCode())
	}
	if have := fmt.Sprint(book.Extra); have != "map[by:[Ada 1] seen:map[$date:2026-01-31T08:30:00Z]]" {
		t.Errorf("what else there is of it is %s", have)
	}
	if !book.Published.Equal(day) || string(*book.Stamp) != "\x01\x02\x03" || (*book.Titles)["fr"] == "" || book.Chapters[0].Page != 1 {
		t.Errorf("created as %+v", book)
	}
	return book
}

// listWithOapi asks for pages by filters and a sort that they serve, with documents
// in the place of references.
func listWithOapi(ctx context.Context, t *testing.T, c *oapi.ClientWithResponses, author string) {
	t.Helper()
	title, sort := "The Last", oapi.ListBookParamsSortMinusTitle
	page := &oapi.ListBookParams{
		Author: &author, TitlePrefix: &title, Sort: &sort, Limit: new(1),
		Expand: &[]oapi.ListBookParamsExpand{oapi.ListBookParamsExpandAuthor},
	}
	var isbns []string
	for {
		found, err := c.ListBookWithResponse(ctx, page)
		if err != nil || found.JSON200 == nil {
			t.Fatalf("a page: %v %s", err, found.Body)
		}
		for _, b := range found.JSON200.Books {
			isbns = append(isbns, b.Isbn)
			if who, err := b.Author.AsAuthor(); err != nil || who.Name != "Mary Shelley" {
				t.Errorf("the author is %+v, %v", who, err)
			}
		}
		if (found.Headers200.Link == nil) != (found.JSON200.Next == nil) {
			t.Errorf("the link is %v, next %v", found.Headers200.Link, found.JSON200.Next)
		}
		if found.JSON200.Next == nil {
			break
		}
		page.After = found.JSON200.Next
	}
	if len(isbns) != 2 || isbns[0] != "9780000000003" || isbns[1] != "9780000000002" {
		t.Errorf("listed are %v", isbns)
	}
	unserved, err := c.ListBookWithResponse(ctx, &oapi.ListBookParams{Title: &title})
	if err != nil || unserved.ApplicationproblemJSON400 == nil || unserved.ApplicationproblemJSON400.Code != "query_invalid" {
		t.Errorf("what no index serves: %v %s", err, unserved.Body)
	}
}

// changeWithOapi changes a book as only who has read it may, and deletes it.
func changeWithOapi(ctx context.Context, t *testing.T, c *oapi.ClientWithResponses, id string) {
	t.Helper()
	read, err := c.GetBookWithResponse(ctx, id, nil)
	if err != nil || read.JSON200 == nil {
		t.Fatalf("read: %v %s", err, read.Body)
	}
	tag := read.Headers200.ETag
	patch := oapi.BookPatch{
		Title:     new("Frankenstein; or, The Modern Prometheus"),
		Pages:     nullable.NewNullableWithValue(int64(301)),
		Published: nullable.NewNullNullable[time.Time](),
		Extra:     nullable.NewNullableWithValue[any](map[string]any{"by": nil, "ice": true}),
		Cover:     nullable.NewNullableWithValue(oapi.BookCoverPatch{Color: nullable.NewNullableWithValue(oapi.BookCoverPatchColorBlue)}),
	}
	changed, err := c.UpdateBookWithApplicationMergePatchPlusJSONBodyWithResponse(ctx, id, &oapi.UpdateBookParams{IfMatch: tag}, patch)
	if err != nil || changed.JSON200 == nil {
		t.Fatalf("change: %v %s", err, changed.Body)
	}
	if have := fmt.Sprint(changed.JSON200.Extra); have != "map[ice:true seen:map[$date:2026-01-31T08:30:00Z]]" {
		t.Errorf("what else there is of it becomes %s", have)
	}
	if b := changed.JSON200; *b.Pages != 301 || b.Published != nil || b.Cover.Color != oapi.BookCoverColorBlue || changed.Headers200.ETag == tag {
		t.Errorf("changed to %s: %s", changed.Headers200.ETag, changed.Body)
	}
	other := oapi.BookPatch{Title: new("Other")}
	stale, err := c.UpdateBookWithResponse(ctx, id, &oapi.UpdateBookParams{IfMatch: tag}, other)
	if err != nil || stale.ApplicationproblemJSON412 == nil {
		t.Errorf("change what was: %v %s", err, stale.Body)
	}
	blind, err := c.UpdateBookWithResponse(ctx, id, &oapi.UpdateBookParams{}, other)
	if err != nil || blind.ApplicationproblemJSON428 == nil {
		t.Errorf("change without If-Match: %v %s", err, blind.Body)
	}
	gone, err := c.DeleteBookWithResponse(ctx, id, &oapi.DeleteBookParams{IfMatch: changed.Headers200.ETag})
	if err != nil || gone.StatusCode() != http.StatusNoContent {
		t.Errorf("delete: %v %s", err, gone.Body)
	}
	missing, err := c.GetBookWithResponse(ctx, id, nil)
	if err != nil || missing.ApplicationproblemJSON404 == nil {
		t.Errorf("read what is gone: %v %s", err, missing.Body)
	}
}
