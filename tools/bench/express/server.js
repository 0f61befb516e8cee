// The design that this product replaces: Express and Mongoose, with a connection
// for each tenant that is made at the start. It speaks with the program that
// measures it as that program's own servers do: a line in, a line out.
"use strict";

const crypto = require("crypto");
const readline = require("readline");
const express = require("express");
const mongoose = require("mongoose");

const { MONGO, TENANTS, PUBLIC_KEY } = process.env;
const key = crypto.createPublicKey({
  key: { kty: "OKP", crv: "Ed25519", x: PUBLIC_KEY },
  format: "jwk",
});

const userSchema = new mongoose.Schema(
  {
    name: { type: String, required: true },
    email: { type: String, required: true },
    password: { type: String, required: true },
    role: {
      name: { type: String, enum: ["super", "hos", "auditor", "basic", "blocked"], default: "basic" },
      permission: [{ type: String, enum: ["write", "read", "delete"] }],
    },
  },
  {
    timestamps: true,
    toJSON: {
      transform(doc, json) {
        delete json.password;
        delete json._rev;
        return json;
      },
    },
  },
);

function connect(tenant) {
  const connection = mongoose.createConnection(`${MONGO}t_${tenant}?appname=express`, {
    useNewUrlParser: true,
    useUnifiedTopology: true,
    poolSize: 50,
    autoIndex: false,
  });
  return { User: connection.model("User", userSchema) };
}

const tenants = new Map(TENANTS.split(",").map((tenant) => [tenant, connect(tenant)]));

// authenticate makes the same check of the token as everybody else here.
function authenticate(req, res, next) {
  const [head, body, signature] = (req.get("Authorization") || "").replace(/^Bearer /, "").split(".");
  try {
    const { alg } = JSON.parse(Buffer.from(head, "base64url"));
    const claims = JSON.parse(Buffer.from(body, "base64url"));
    const valid =
      alg === "EdDSA" &&
      claims.iss === "partywall" &&
      claims.exp > Date.now() / 1000 &&
      crypto.verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"));
    req.tenant = valid && tenants.get(claims.tid);
  } catch {
    req.tenant = undefined;
  }
  if (!req.tenant) {
    return res.status(401).json({ message: "Unauthorized" });
  }
  return next();
}

const app = express();
app.get("/api/users", authenticate, async (req, res, next) => {
  try {
    const limit = Number(req.query.limit);
    const users = await req.tenant.User.find({}).sort({ _id: 1 }).limit(limit).batchSize(limit);
    res.json({ message: "Users found successfully", users });
  } catch (err) {
    next(err);
  }
});

const server = app.listen(0, "127.0.0.1", () => {
  const status = () => {
    const { user, system } = process.cpuUsage();
    const { address, port } = server.address();
    console.log(JSON.stringify({ addr: `${address}:${port}`, usage: { cpu: (user + system) * 1000 } }));
  };
  status();
  readline
    .createInterface({ input: process.stdin })
    .on("line", status)
    .on("close", () => process.exit(0));
});
