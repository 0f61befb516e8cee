package clients_test

import (
	"context"
	"testing"
	"time"

	"github.com/go-faster/jx"

	"github.com/partywall/partywall/docs/examples/clients/ogen"
)

// bearer gives the client its token, once there is one.
type bearer struct{ token string }

// Token is asked for by every operation that needs one.
func (b *bearer) Token(context.Context, ogen.OperationName) (ogen.Token, error) {
	return ogen.Token{Token: b.token}, nil
}

// as is the answer that is expected; any other is a failure.
func as[T any](t *testing.T, answer any, err error) T {
	t.Helper()
	got, ok := answer.(T)
	if err != nil || !ok {
		t.Fatalf("answered with %T %+v, %v", answer, answer, err)
	}
	return got
}

// TestOgen goes through all that a client of a collection does.
func TestOgen(t *testing.T) {
	ctx, ada := t.Context(), &bearer{}
	c, err := ogen.NewClient(serve(t), ada)
	if err != nil {
		t.Fatal(err)
	}

	// Who has no token is refused, and so is who has the wrong password.
	unknown, err := c.ListBook(ctx, ogen.ListBookParams{XTenant: ogen.NewOptString(library)})
	as[*ogen.APIUnauthorizedHeaders](t, unknown, err)
	wrong, err := c.Login(ctx, &ogen.LoginReq{Email: email, Password: "guess"}, ogen.LoginParams{XTenant: ogen.NewOptString(library)})
	if refused := as[*ogen.APIUnauthorizedHeaders](t, wrong, err); refused.Response.Code != "invalid_credentials" || refused.WWWAuthenticate == "" {
		t.Errorf("a wrong password: %+v", refused)
	}
	granted, err := c.Login(ctx, &ogen.LoginReq{Email: email, Password: password}, ogen.LoginParams{XTenant: ogen.NewOptString(library)})
	ada.token = as[*ogen.APIGrantHeaders](t, granted, err).Response.Token

	// Create: the answer says where and in which state.
	created, err := c.CreateAuthor(ctx, &ogen.AuthorNew{Name: "Mary Shelley"}, ogen.CreateAuthorParams{})
	author := as[*ogen.AuthorHeaders](t, created, err).Response
	restoreWithOgen(ctx, t, c)
	book := createWithOgen(ctx, t, c, author.ID)
	for _, isbn := range []string{"9780000000002", "9780000000003"} {
		more, err := c.CreateBook(ctx, &ogen.BookNew{Isbn: isbn, Title: "The Last Man " + isbn[12:], Author: author.ID}, ogen.CreateBookParams{})
		as[*ogen.BookHeaders](t, more, err)
	}
	again, err := c.CreateBook(ctx, &ogen.BookNew{Isbn: book.Isbn, Title: "Taken", Author: author.ID}, ogen.CreateBookParams{})
	if taken := as[*ogen.APIConflictHeaders](t, again, err); taken.Response.Code != "duplicate" || taken.Response.Errors[0].Pointer != "/isbn" {
		t.Errorf("a taken number: %+v", taken)
	}

	// List: filters, a sort that they serve, pages, and documents in the place of
	// references.
	page := ogen.ListBookParams{
		Author: ogen.NewOptString(author.ID), TitlePrefix: ogen.NewOptString("The Last"),
		Sort: ogen.NewOptListBookSort(ogen.ListBookSortMinusTitle), Limit: ogen.NewOptInt(1),
		Expand: []ogen.ListBookExpandItem{ogen.ListBookExpandItemAuthor},
	}
	var isbns []string
	for {
		answer, err := c.ListBook(ctx, page)
		found := as[*ogen.BookPageHeaders](t, answer, err)
		for _, b := range found.Response.Books {
			isbns = append(isbns, b.Isbn)
			if who, ok := b.Author.Value.GetAuthor(); !ok || who.Name != "Mary Shelley" {
				t.Errorf("the author is %+v", b.Author)
			}
		}
		if found.Link.IsSet() != found.Response.Next.IsSet() {
			t.Errorf("the link is %v, next %v", found.Link, found.Response.Next)
		}
		if !found.Response.Next.IsSet() {
			break
		}
		page.After = found.Response.Next
	}
	if len(isbns) != 2 || isbns[0] != "9780000000003" || isbns[1] != "9780000000002" {
		t.Errorf("listed are %v", isbns)
	}
	unserved, err := c.ListBook(ctx, ogen.ListBookParams{Title: ogen.NewOptString("Frankenstein")})
	as[*ogen.APIBadRequestHeaders](t, unserved, err)

	changeWithOgen(ctx, t, c, book.ID)
}

// createWithOgen creates a book with a member of each kind, and reads it.
func createWithOgen(ctx context.Context, t *testing.T, c *ogen.Client, author string) *ogen.Book {
	t.Helper()
	day := time.Date(1818, 1, 1, 0, 0, 0, 0, time.UTC)
	answer, err := c.CreateBook(ctx, &ogen.BookNew{
		Isbn: "9780000000001", Title: "Frankenstein", Author: author, Translators: []string{author},
		Kind: ogen.NewOptBookNewKind(ogen.BookNewKindNovel), Pages: ogen.NewOptInt64(280), Weight: ogen.NewOptFloat64(210.5),
		Lent: ogen.NewOptBool(true), Published: ogen.NewOptDateTime(day),
		Shelf: ogen.NewOptString(author), Stamp: ogen.NewOptString("AQID"), Tags: []string{"ice", "fire"},
		Titles:   ogen.NewOptBookNewTitles(ogen.BookNewTitles{"fr": "Le Prométhée moderne"}),
		Cover:    ogen.NewOptBookCoverNew(ogen.BookCoverNew{Color: ogen.NewOptBookCoverNewColor(ogen.BookCoverNewColorGreen), Artist: ogen.NewOptString(author)}),
		Chapters: []ogen.BookChapterNew{{Title: "Letter 1", Page: 1}},
		Extra:    jx.Raw(`{"seen":{"$date":"2026-01-31T08:30:00Z"},"by":["Ada",1]}`),
	}, ogen.CreateBookParams{})
	created := as[*ogen.BookHeaders](t, answer, err)
	book := created.Response
	if created.Location != "/api/books/"+book.ID || created.ETag == "" {
		t.Errorf("created at %s, as %s", created.Location, created.ETag)
	}
	read, err := c.GetBook(ctx, ogen.GetBookParams{ID: book.ID})
	if got := as[*ogen.GetBookOKHeaders](t, read, err); got.ETag != created.ETag || got.Response.Title != book.Title {
		t.Errorf("read as %s: %+v", got.ETag, got.Response)
	}
	same, err := c.GetBook(ctx, ogen.GetBookParams{ID: book.ID, IfNoneMatch: ogen.NewOptString(created.ETag)})
	as[*ogen.GetBookNotModified](t, same, err)
	if have := string(book.Extra); have != `{"seen":{"$date":"2026-01-31T08:30:00Z"},"by":["Ada",1]}` {
		t.Errorf("what else there is of it is %s", have)
	}
	if at := book.Published.Value; !at.Equal(day) || book.Stamp.Value != "AQID" || book.Titles.Value["fr"] == "" || book.Chapters[0].Page != 1 {
		t.Errorf("created as %+v", book)
	}
	addChapter(ctx, t, c, &book)
	return &book
}

// addChapter adds a chapter to a book, changes it, and removes it.
func addChapter(ctx context.Context, t *testing.T, c *ogen.Client, book *ogen.Book) {
	t.Helper()
	answer, err := c.CreateChaptersOfBook(ctx, &ogen.BookChapterNew{Title: "Letter 2", Page: 9}, ogen.CreateChaptersOfBookParams{ID: book.ID})
	added := as[*ogen.BookChapterHeaders](t, answer, err)
	item := added.Response.ID.Value
	answered, err := c.UpdateChaptersOfBook(ctx, &ogen.UpdateChaptersOfBookApplicationJSON{Page: ogen.NewOptInt64(10)},
		ogen.UpdateChaptersOfBookParams{ID: book.ID, Item: item, IfMatch: added.ETag})
	changed := as[*ogen.GetChaptersOfBookOKHeaders](t, answered, err)
	gone, err := c.DeleteChaptersOfBook(ctx, ogen.DeleteChaptersOfBookParams{ID: book.ID, Item: item, IfMatch: changed.ETag})
	as[*ogen.DeleteChaptersOfBookNoContent](t, gone, err)
	if changed.Response.Title != "Letter 2" || changed.Response.Page != 10 || added.Location != "/api/books/"+book.ID+"/chapters/"+item {
		t.Errorf("at %s: %+v", added.Location, changed.Response)
	}
}

// changeWithOgen changes a book as only who has read it may, and deletes it.
func changeWithOgen(ctx context.Context, t *testing.T, c *ogen.Client, id string) {
	t.Helper()
	read, err := c.GetBook(ctx, ogen.GetBookParams{ID: id, Expand: []ogen.GetBookExpandItem{ogen.GetBookExpandItemTranslators, ogen.GetBookExpandItemCoverArtist}})
	expanded := as[*ogen.GetBookOKHeaders](t, read, err).Response
	if who, ok := expanded.Translators[0].GetAuthor(); !ok || who.Name != "Mary Shelley" || !expanded.Cover.Artist.Value.IsAuthor() {
		t.Errorf("expanded: %+v", expanded)
	}
	plain, err := c.GetBook(ctx, ogen.GetBookParams{ID: id})
	tag := as[*ogen.GetBookOKHeaders](t, plain, err).ETag

	patch := ogen.UpdateBookApplicationMergePatchJSON{
		Title: ogen.NewOptString("Frankenstein; or, The Modern Prometheus"),
		Pages: ogen.NewOptNilInt64(301),
		Cover: ogen.NewOptNilBookCoverPatch(ogen.BookCoverPatch{Color: ogen.NewOptNilBookCoverPatchColor(ogen.BookCoverPatchColorBlue)}),
	}
	patch.Published.SetToNull()
	patch.Extra = jx.Raw(`{"by":null,"ice":true}`)
	changed, err := c.UpdateBook(ctx, &patch, ogen.UpdateBookParams{ID: id, IfMatch: tag})
	now := as[*ogen.GetBookOKHeaders](t, changed, err)
	if b := now.Response; b.Pages.Value != 301 || b.Published.IsSet() || b.Cover.Color != ogen.BookCoverColorBlue || now.ETag == tag {
		t.Errorf("changed to %s: %+v", now.ETag, b)
	}
	if have := string(now.Response.Extra); have != `{"seen":{"$date":"2026-01-31T08:30:00Z"},"ice":true}` {
		t.Errorf("what else there is of it becomes %s", have)
	}
	other := ogen.UpdateBookApplicationJSON{Title: ogen.NewOptString("Other")}
	stale, err := c.UpdateBook(ctx, &other, ogen.UpdateBookParams{ID: id, IfMatch: tag})
	as[*ogen.APIPreconditionFailedHeaders](t, stale, err)
	blind, err := c.UpdateBook(ctx, &other, ogen.UpdateBookParams{ID: id})
	as[*ogen.APIPreconditionRequiredHeaders](t, blind, err)

	gone, err := c.DeleteBook(ctx, ogen.DeleteBookParams{ID: id, IfMatch: now.ETag})
	as[*ogen.DeleteBookNoContent](t, gone, err)
	missing, err := c.GetBook(ctx, ogen.GetBookParams{ID: id})
	as[*ogen.APINotFoundHeaders](t, missing, err)
}

// restoreWithOgen deletes an author, finds it among the deleted, restores it, and purges it in the end.
func restoreWithOgen(ctx context.Context, t *testing.T, c *ogen.Client) {
	t.Helper()
	created, err := c.CreateAuthor(ctx, &ogen.AuthorNew{Name: "Percy Shelley"}, ogen.CreateAuthorParams{})
	id := as[*ogen.AuthorHeaders](t, created, err).Response.ID
	remove := func() {
		t.Helper()
		gone, err := c.DeleteAuthor(ctx, ogen.DeleteAuthorParams{ID: id, IfMatch: "*"})
		as[*ogen.DeleteAuthorNoContent](t, gone, err)
	}
	remove()
	deleted, err := c.ListAuthor(ctx, ogen.ListAuthorParams{Deleted: ogen.NewOptBool(true)})
	if list := as[*ogen.AuthorPageHeaders](t, deleted, err).Response.Authors; len(list) != 1 || list[0].ID != id || !list[0].DeletedAt.IsSet() {
		t.Errorf("the deleted are %+v", list)
	}
	restored, err := c.RestoreAuthor(ctx, ogen.RestoreAuthorParams{ID: id})
	if back := as[*ogen.GetAuthorOKHeaders](t, restored, err); back.ETag == "" || back.Response.DeletedAt.IsSet() {
		t.Errorf("restored, it is %+v", back)
	}
	again, err := c.RestoreAuthor(ctx, ogen.RestoreAuthorParams{ID: id})
	as[*ogen.APINotFoundHeaders](t, again, err)
	remove()
	purged, err := c.PurgeAuthor(ctx, ogen.PurgeAuthorParams{ID: id})
	as[*ogen.PurgeAuthorNoContent](t, purged, err)
}
