// better-auth as its guide sets it up for production, on SQLite:
//
//     node server.mjs --port 0 --database FILE
//
// An empty database is filled first. Prints one line of JSON, what to call it with, and then
// `listening on http://127.0.0.1:PORT`.

import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";

// The packages lie where they were installed, not beside this file.
const require = createRequire(join(process.env.CHARTER_NODE_PACKAGES ?? import.meta.dirname, "package.json"));
const load = (name) => import(require.resolve(name));

const Database = require("better-sqlite3");
const { betterAuth } = await load("better-auth");
const { toNodeHandler } = await load("better-auth/node");
const { getMigrations } = await load("better-auth/db/migration");
const { organization } = await load("better-auth/plugins/organization");
const { apiKey } = await load("@better-auth/api-key");

const MEMBERS = 20;
// Asked in turn, each by its owner. It also keeps pending invitations few: better-auth reads those of
// the organisation, up to a hundred, for each new one.
const ORGANISATIONS = 100;
const ORIGIN = "http://127.0.0.1";
const SECRET = "a secret that signs the cookies of this comparison only";

const { values: { port, database } } = parseArgs({
  options: { port: { type: "string", default: "0" }, database: { type: "string" } },
});

const sqlite = new Database(database);
sqlite.pragma("journal_mode = WAL");
// What Charter does by default: what was acknowledged survives a power cut.
sqlite.pragma("synchronous = FULL");
sqlite.pragma("foreign_keys = ON");

const options = {
  appName: "peer",
  baseURL: ORIGIN,
  basePath: "/api/auth",
  secret: SECRET,
  database: sqlite,
  trustedOrigins: [ORIGIN],
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { level: "warn" },
  session: { cookieCache: { enabled: false } },
  advanced: { useSecureCookies: false },
  plugins: [
    organization({ membershipLimit: 1000, invitationLimit: 1_000_000, sendInvitationEmail: async () => {} }),
    apiKey({ enableSessionForAPIKeys: true, rateLimit: { enabled: false } }),
  ],
};

await (await getMigrations(options)).runMigrations();
const auth = betterAuth(options);
const context = await auth.$context;

if ((await context.adapter.count({ model: "organization" })) === 0) {
  // One transaction, because so many durable commits take their time.
  sqlite.exec("BEGIN");
  await fill();
  sqlite.exec("COMMIT");
}

// New sessions and keys for each start: they cannot be read back from the database.
const owners = await context.adapter.findMany({
  model: "member",
  where: [{ field: "role", value: "owner" }],
  limit: ORGANISATIONS,
});
const callers = [];
sqlite.exec("BEGIN");
for (const { userId, organizationId } of owners) {
  const { token } = await context.internalAdapter.createSession(userId, false, {
    activeOrganizationId: organizationId,
  });
  const { key } = await auth.api.createApiKey({ body: { userId, name: "measure" } });
  const cookie = `${context.authCookies.sessionToken.name}=${signed(token)}`;
  callers.push({ cookie, key, organisation: organizationId });
}
sqlite.exec("COMMIT");

const server = createServer(toNodeHandler(auth));
server.keepAliveTimeout = 0;
server.listen(Number(port), "127.0.0.1", () => {
  console.log(JSON.stringify({ callers, origin: ORIGIN }));
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
for (const signal of ["SIGTERM", "SIGINT"]) {
  process.once(signal, () => {
    server.close(() => sqlite.close());
    server.closeAllConnections();
  });
}

/** Organisations with people of their own, through better-auth's own adapter. */
async function fill() {
  for (let number = 0; number < ORGANISATIONS; number += 1) {
    const { id } = await context.adapter.create({
      model: "organization",
      data: { name: `Organisation ${number}`, slug: `organisation-${number}`, createdAt: new Date() },
    });
    for (let index = 0; index < MEMBERS; index += 1) {
      const person = await context.internalAdapter.createUser({
        email: `member${index}@organisation${number}.example.com`,
        name: `Member ${index}`,
        emailVerified: true,
      });
      await context.adapter.create({
        model: "member",
        data: {
          organizationId: id,
          userId: person.id,
          role: index === 0 ? "owner" : "member",
          createdAt: new Date(),
        },
      });
    }
  }
}

/** As better-auth signs the cookie of a session. */
function signed(token) {
  const signature = createHmac("sha256", SECRET).update(token).digest("base64");
  return encodeURIComponent(`${token}.${signature}`);
}
