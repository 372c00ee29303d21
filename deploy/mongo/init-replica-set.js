// Makes the replica set, its administrator and the hub's user. Each step looks first whether it was done: run it as often as you like.
const fs = require("fs");
const secret = (name) => fs.readFileSync(`/run/secrets/${name}`, "utf8").trim();
const admin = { user: "pfh_admin", pwd: secret("mongo_admin_password") };
const app = { user: "pfh_app", pwd: secret("mongo_app_password") };
const members = [
  { _id: 0, host: "mongo-primary:27017", priority: 2 },
  { _id: 1, host: "mongo-secondary-1:27017" },
  { _id: 2, host: "mongo-secondary-2:27017" },
];

// From the machine of a mongod without users, a client may do exactly this: make the set and the first user.
let connection = new Mongo("mongodb://127.0.0.1:27017/?directConnection=true");
const deadline = Date.now() + 120_000;

function until(what, test) {
  for (;;) {
    try {
      if (test()) return;
    } catch (error) {
      print(`${what}: ${error.codeName ?? error.message}`);
    }
    if (Date.now() > deadline) {
      print(`${what}: not within two minutes`);
      quit(1);
    }
    sleep(500);
  }
}

const hello = () => connection.getDB("admin").hello();
if (!hello().setName) {
  connection.getDB("admin").runCommand({ replSetInitiate: { _id: "rs0", members } });
  print("The replica set rs0 is made.");
}
until("a primary", () => hello().primary !== undefined);

// The primary may be another member by now; the set's address finds it.
const set = (name, password) =>
  `mongodb://${name}:${encodeURIComponent(password)}@${members.map((m) => m.host).join(",")}/?replicaSet=rs0&authSource=admin`;
let signedIn = false;
try {
  connection = new Mongo(set(admin.user, admin.pwd));
  signedIn = connection.getDB("admin").runCommand({ connectionStatus: 1 }).ok === 1;
} catch (error) {
  print(`No administrator yet (${error.codeName ?? "not signed in"}).`);
}
if (!signedIn) {
  connection = new Mongo("mongodb://127.0.0.1:27017/?directConnection=true");
  until("this member is the primary", () => hello().isWritablePrimary);
  connection.getDB("admin").createUser({ ...admin, roles: ["root"] });
  print("The administrator is made.");
  connection = new Mongo(set(admin.user, admin.pwd));
}

// Rows of one database, and nothing else of the server.
const roles = [{ role: "readWrite", db: "personal_finance" }];
const database = connection.getDB("personal_finance");
if (database.getUser(app.user)) {
  database.updateUser(app.user, { pwd: app.pwd, roles });
} else {
  database.createUser({ ...app, roles });
  print("The hub's user is made.");
}
until("all members are healthy", () => {
  const states = connection.getDB("admin").runCommand({ replSetGetStatus: 1 }).members.map((m) => m.stateStr);
  return states.length === members.length && states.every((state) => state === "PRIMARY" || state === "SECONDARY");
});
print("The replica set is ready.");
