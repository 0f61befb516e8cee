module github.com/partywall/partywall/tools/deploy

go 1.26.0
