# The commands of this repository. `make help` lists them.

SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# One binary serves as the developers' server and as the tests' MongoDB.
DEV := $(CURDIR)/.build/partywall-dev
LINT := $(CURDIR)/.build/golangci-lint
CYCLONEDX := $(CURDIR)/.build/cyclonedx-gomod

# Modules of their own beside the root's.
MODULES := tools/dev tools/bench tools/deploy docs/examples/clients $(CARRIED)

# Examples of what was written for Mongoose.
CARRIED := docs/examples/carts docs/examples/helpdesk docs/examples/messages

# What is generated for examples is not committed, and what other people's generators write is as they like it.
GENERATED := docs/examples/(clients/(gen|ogen|oapi)|(carts|helpdesk|messages)/gen)(/|$$)

# What a release is built for.
PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64
DIST ?= dist

# The race detector needs a C compiler. It leaves out the arithmetic of password hashes, which shares nothing, and
# which it would make twenty times as expensive. No package with generic code may be left out: the linker may take its copy of
# a type's methods for all packages, and the detector would no longer see what orders them.
CC_FOUND := $(shell command -v "$${CC:-cc}" 2>/dev/null)
UNSHARED := argon2 blake2b blowfish
RACE := $(if $(CC_FOUND),-race $(UNSHARED:%=-gcflags=golang.org/x/crypto/%=-race=false),)

.PHONY: help
help: ## List these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-14s %s\n", $$1, $$2}'

.PHONY: run
run: dev-binary ## Serve the API with an embedded database and demo tenants
	@exec $(DEV)

.PHONY: generate
generate: ## Write gen/ from schema/
	go generate ./...

.PHONY: check
check: lint-binary examples ## Check that generated code is current, formatting, vet, lint and import rules
	go run ./tools/schemagen -check -strict
	for module in $(CARRIED); do go -C $$module run ./generate -check -strict; done
	@unformatted=$$(gofmt -l . ); if [ -n "$$unformatted" ]; then echo "not formatted; run: gofmt -w ."; echo "$$unformatted"; exit 1; fi
	go mod tidy -diff
	for module in $(MODULES); do go -C $$module mod tidy -diff; done
	go vet ./...
	for module in $(MODULES); do go -C $$module vet ./...; done
	$(LINT) run --allow-parallel-runners ./...
	for module in $(MODULES); do (cd $$module && $(LINT) run --allow-parallel-runners --config $(CURDIR)/.golangci.yml $$(go list -f '{{.Dir}}' ./... | grep -Ev '$(GENERATED)')); done

.PHONY: test
test: dev-binary examples ## Run the tests, against MONGO_URI if that is set
	@if [ -z "$(RACE)" ]; then echo "no C compiler: running without the race detector"; fi
	PARTYWALL_DEV_BINARY=$(DEV) go test $(RACE) -timeout 10m ./...
	for module in $(MODULES); do PARTYWALL_DEV_BINARY=$(DEV) go -C $$module test -timeout 10m ./...; done

.PHONY: test-modelled
test-modelled: ## Run the suites that store something on models of MongoDB 7 and 8
	for version in 7 8; do \
		go run ./api/testdb/scripted/serve -version $$version -- go test -timeout 10m ./api/... ./tools/tenantctl/...; \
	done

.PHONY: test-slow
test-slow: test ## Run the tests, walk many more collections, kill many more processes, try every name, roll a deployment back and forth, and fuzz the codecs and what hosts name for a minute each
	for target in $$(grep -ho '^func Fuzz[A-Za-z]*' api/wire/*_test.go | cut -c6-); do \
		go test -run '^$$' -fuzz "^$$target$$" -fuzztime 1m -fuzzminimizetime 1x ./api/wire; \
	done
	PARTYWALL_DEV_BINARY=$(DEV) go test -run '^$$' -fuzz '^FuzzLabels$$' -fuzztime 1m -fuzzminimizetime 1x ./api/rest
	PARTYWALL_DEV_BINARY=$(DEV) go test -run '^TestWalksShowEveryDocumentOnce$$' -timeout 30m ./api/internal/raw -rapid.checks 3000
	PARTYWALL_DEV_BINARY=$(DEV) go test -run '^(TestKilled|TestOneOfManyFails|TestSuccessionsCutShort)' -timeout 30m ./api/fleet -kill-rounds 50 -fleet-size 300 -every-fault
	PARTYWALL_DEV_BINARY=$(DEV) go test -run '^TestRollingDeployment$$' -timeout 30m ./api/server -rolling-long
	go test -run KilledRun ./tools/schemagen/pipeline -kill-rounds 50
	go test -run Scenarios ./tools/schemagen/pipeline -fuzz-generated 1m
	go test -run EveryIdentifier ./tools/schemagen/pipeline -every-name

.PHONY: bench
bench: ## Measure against code written by hand, and write docs/benchmarks.md
	go -C tools/bench run .

.PHONY: mutate
mutate: dev-binary ## Make small mistakes in the code, and look whether a test notices: MUTATE="-only auth -seed 2"
	PARTYWALL_DEV_BINARY=$(DEV) go run ./tools/mutate $(MUTATE)

.PHONY: release
release: cyclonedx-binary ## Build a release into dist/: static binaries, what they are made of, checksums; VERSION=v1.2.3 names it
	@CYCLONEDX=$(CYCLONEDX) tools/deploy/release "$(DIST)" $(PLATFORMS)

.PHONY: release-twice
release-twice: ## Build a release twice, in two clones, each with nothing built before, and compare every byte
	@dir=$$(mktemp -d); trap 'chmod -R u+w "$$dir"; rm -rf "$$dir"' EXIT; \
	for n in 1 2; do \
		git clone --quiet . $$dir/clone$$n; \
		GOCACHE=$$dir/cache$$n make --no-print-directory -C $$dir/clone$$n release DIST=$$dir/dist$$n; \
		rm -rf $$dir/cache$$n; \
	done; \
	diff -r $$dir/dist1 $$dir/dist2; echo "both releases are the same"

.PHONY: dev-binary
dev-binary:
	@go -C tools/dev build -o $(DEV) .

# What examples are generated from is in gen/ and their schema; they are not committed.
.PHONY: examples
examples:
	@go -C docs/examples/clients generate ./...
	@for module in $(CARRIED); do go -C $$module generate ./...; done

.PHONY: lint-binary
lint-binary:
	@go -C tools/lint build -o $(LINT) github.com/golangci/golangci-lint/v2/cmd/golangci-lint

# Its own hash is in what it writes.
.PHONY: cyclonedx-binary
cyclonedx-binary:
	@CGO_ENABLED=0 go -C tools/lint build -trimpath -buildvcs=false -o $(CYCLONEDX) github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod
