package main

import (
	"net/http"
	"net/url"
	"slices"
	"testing"
)

// pages reads all pages of a list, and returns one member of each document, page by
// page.
func (c *chat) pages(t *testing.T, collection, query, member string) [][]string {
	t.Helper()
	var all [][]string
	for after := ""; ; {
		body := c.send(t, http.MethodGet, "/api/"+collection+"?"+query+after, "").is(http.StatusOK)
		var page []string
		for _, doc := range body[collection].([]any) {
			text, _ := doc.(map[string]any)[member].(string)
			page = append(page, text)
		}
		all = append(all, page)
		next, more := body["next"].(string)
		if !more {
			return all
		}
		after = "&after=" + url.QueryEscape(next)
	}
}

// TestPagesOfAConversation reads one as clients do: by time, three messages at a time,
// no more of each than is shown, with how many there are.
func TestPagesOfAConversation(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.login(t)
	query := "conversationId=5eed0002-0001-4001-8001-000000000001&sort=createdAt&limit=3&count=true&fields=text,isCreatedByUser"
	got := c.pages(t, "messages", query, "text")
	want := [][]string{
		{"How do I bake bread without yeast?", "With soda and something sour: buttermilk will do.", "How much soda for a pound of flour?"},
		{"A level teaspoon.", "And how long does it bake?", "Forty minutes in a hot oven."},
		{"Thank you, it is in."},
	}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("pages %q, not %q", got, want)
	}
	body := c.send(t, http.MethodGet, "/api/messages?"+query, "").is(http.StatusOK)
	first := body["messages"].([]any)[0].(map[string]any)
	if body["count"] != 7.0 || len(first) != 3 || first["isCreatedByUser"] != true {
		t.Errorf("%v messages, the first is %v", body["count"], first)
	}
}

// TestSortsOfSeveralKeys lists presets in their owner's order, and conversations by tag.
func TestSortsOfSeveralKeys(t *testing.T) {
	t.Parallel()
	c := open(t)
	c.login(t)
	got := slices.Concat(c.pages(t, "presets", "user=65a000090000000000000001&sort=order,-updatedAt&limit=2", "title")...)
	if want := []string{"Tests", "Long answers", "Letters", "Poems", "New preset"}; !slices.Equal(got, want) {
		t.Errorf("presets %q, not %q", got, want)
	}
	got = slices.Concat(c.pages(t, "conversations", "user=65a000090000000000000001&tags=kitchen&sort=-updatedAt&limit=1", "title")...)
	if want := []string{"Soup for forty", "Bread without yeast"}; !slices.Equal(got, want) {
		t.Errorf("conversations %q, not %q", got, want)
	}
	c.send(t, http.MethodGet, "/api/presets?user=65a000090000000000000001&sort=-updatedAt", "").refused(http.StatusBadRequest, "query_invalid")

	body := c.send(t, http.MethodGet, "/api/conversations?conversationId=5eed0002-0001-4001-8001-000000000001&expand=messages&fields=title,messageCount,messages", "").is(http.StatusOK)
	one := body["conversations"].([]any)[0].(map[string]any)
	said := one["messages"].([]any)
	if one["messageCount"] != 7.0 || len(said) != 7 || said[0].(map[string]any)["sender"] != "User" {
		t.Errorf("a conversation with its messages: %v", one)
	}
}
