package main

import (
	"os/exec"
	"testing"
)

// TestVocabularyIsCurrent: what is measured is what the generator writes now.
func TestVocabularyIsCurrent(t *testing.T) {
	t.Parallel()
	if out, err := exec.CommandContext(t.Context(), "go", "run", "./internal/vocabulary/generate", "-check").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
