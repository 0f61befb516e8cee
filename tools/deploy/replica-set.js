// Makes the servers of compose.yaml a replica set, unless they are one, and ends once it has a primary: mongosh runs it
// each time the containers start.
const members = ["mongo-1:27017", "mongo-2:27017", "mongo-3:27017"];
const notYetInitialized = 94;
const patience = 60; // seconds; an election takes 12 at most

const admin = new Mongo("mongodb://localhost:27017/?directConnection=true").getDB("admin");
try {
  admin.adminCommand({ replSetGetStatus: 1 });
} catch (problem) {
  if (problem.code !== notYetInitialized) throw problem;
  admin.adminCommand({
    replSetInitiate: { _id: "rs0", members: members.map((host, _id) => ({ _id, host })) },
  });
  print("the replica set is initiated");
}

let primary;
for (let second = 0; !primary && second < patience; second++) {
  primary = admin.adminCommand({ hello: 1 }).primary;
  if (!primary) sleep(1000);
}
if (!primary) throw new Error(`no primary after ${patience} seconds: look at rs.status() in mongo-1`);
print(`the primary is ${primary}`);
