// Makes the calls of the story by `openapi-fetch`. What it checks the calls against, the types that
// `openapi-typescript` writes, is looked at when TypeScript compiles them.
//
// Reads one call from each line of standard input, prints one answer for it.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { join } from "node:path";

const require = createRequire(join(process.env.CHARTER_NODE_PACKAGES, "package.json"));
const createClient = require("openapi-fetch").default;

async function answer(call) {
  const client = createClient({
    baseUrl: process.env.CHARTER_ADDRESS,
    // A redirect is an answer, with an address in it.
    fetch: (request) => fetch(request, { redirect: "manual" }),
  });
  const params = { path: {}, query: {}, header: {} };
  for (const { name, in: place } of call.parameters) {
    const value = call.values?.[name];
    if (value !== undefined) params[place][name] = value;
  }
  const headers = {};
  if (call.token) headers.Authorization = `Bearer ${call.token}`;
  if (call.key) headers["X-Api-Key"] = call.key;
  const { data, error, response } = await client.request(call.method, call.path, {
    params,
    headers,
    body: call.body,
  });
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: (response.ok ? data : error) || null,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const said = await answer(JSON.parse(line)).catch((error) => ({ failed: String(error.stack) }));
  console.log(JSON.stringify(said));
}
