package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// TestMain lets the test's binary be the command that is run.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "child" {
		if strings.HasPrefix(os.Getenv("MONGO_URI"), "mongodb://127.0.0.1:") {
			os.Exit(told)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// told is how the command ends when it knows where the server is.
const told = 7

func TestServesUntilTheInputEnds(t *testing.T) {
	in, end := io.Pipe()
	out, said := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run([]string{"-kind", "standalone", "-version", "7"}, in, said, io.Discard) }()
	line := make([]byte, 64)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	client, err := mongo.Connect(options.Client().ApplyURI(strings.TrimSpace(string(line[:n]))))
	if err != nil {
		t.Fatal(err)
	}
	hello, err := client.Database("admin").RunCommand(t.Context(), bson.D{{Key: "hello", Value: 1}}).Raw()
	if err != nil || hello.Lookup("maxWireVersion").Int32() != 21 {
		t.Errorf("%s, %v", hello, err)
	}
	if err := client.Disconnect(t.Context()); err != nil {
		t.Error(err)
	}
	_ = end.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestRunsACommand(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var ended *exec.ExitError
	if err := run([]string{self, "child"}, nil, io.Discard, io.Discard); !errors.As(err, &ended) || ended.ExitCode() != told {
		t.Errorf("got %v", err)
	}
}

func TestRefusesWhatItIsNot(t *testing.T) {
	for _, args := range [][]string{{"-version", "6"}, {"-kind", "shard"}, {"-fly"}, {"-listen", "nowhere"}} {
		var said bytes.Buffer
		if err := run(args, nil, io.Discard, &said); err == nil {
			t.Errorf("%v is served", args)
		}
	}
}
