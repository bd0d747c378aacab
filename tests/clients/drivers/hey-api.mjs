// Makes the calls of the story by the clients that `@hey-api/openapi-ts` writes.
//
// Reads one call from each line of standard input, prints one answer for it. `CHARTER_CLIENTS` is
// the folder of the clients, as TypeScript has compiled them.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.env.CHARTER_CLIENTS}/`);

async function answer(call) {
  const operations = require(`./${call.document}/sdk.gen.js`);
  const { createClient, createConfig } = require(`./${call.document}/client/index.js`);
  const client = createClient(
    createConfig({
      baseUrl: process.env.CHARTER_ADDRESS,
      auth: ({ type }) => (type === "http" ? call.token : call.key),
      // A redirect is an answer, with an address in it.
      fetch: (request) => fetch(request, { redirect: "manual" }),
    }),
  );
  const placed = { path: {}, query: {}, headers: {} };
  for (const { name, in: place } of call.parameters) {
    const value = call.values?.[name];
    if (value !== undefined) placed[place === "header" ? "headers" : place][name] = value;
  }
  const { data, error, response } = await operations[call.operation]({
    client,
    body: call.body,
    ...placed,
  });
  const body = response.ok ? data : error;
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: response.headers.get("content-type") ? body : null,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const said = await answer(JSON.parse(line)).catch((error) => ({ failed: String(error.stack) }));
  console.log(JSON.stringify(said));
}
