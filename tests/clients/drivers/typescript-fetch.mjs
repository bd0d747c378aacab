// Makes the calls of the story by the clients that openapi-generator's `typescript-fetch` writes.
//
// Reads one call from each line of standard input, prints one answer for it. `CHARTER_CLIENTS` is
// the folder of the clients, as TypeScript has compiled them.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const require = createRequire(`${process.env.CHARTER_CLIENTS}/`);

async function answer(call) {
  const client = require(`./${call.document}/index.js`);
  const api = new client[`${call.tag}Api`](
    new client.Configuration({
      basePath: process.env.CHARTER_ADDRESS,
      accessToken: call.token && (() => call.token),
      apiKey: call.key && (() => call.key),
      // A redirect is an answer, with an address in it.
      fetchApi: (address, request) => fetch(address, { ...request, redirect: "manual" }),
    }),
  );
  const parameters = Object.fromEntries(
    Object.entries(call.values ?? {}).map(([name, value]) => [camel(name), value]),
  );
  if ("body" in call) {
    parameters[camel(call.body_schema)] = client[`${call.body_schema}FromJSON`](call.body);
  }
  try {
    const response = await api[`${call.operation}Raw`](parameters);
    return told(response.raw, await response.value(), client[`${call.answer_schema}ToJSON`]);
  } catch (error) {
    if (!(error instanceof client.ResponseError)) throw error;
    const { response } = error;
    const problem = response.headers.get("content-type")?.includes("json");
    const body = problem && client.ProblemFromJSON(await response.json());
    return told(response, body, client.ProblemToJSON);
  }
}

function told(response, body, toJson) {
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: body ? toJson(body) : null,
  };
}

function camel(name) {
  const joined = name.replace(/[^A-Za-z0-9]+(.)/g, (_, first) => first.toUpperCase());
  return joined[0].toLowerCase() + joined.slice(1);
}

for await (const line of createInterface({ input: process.stdin })) {
  const said = await answer(JSON.parse(line)).catch((error) => ({ failed: String(error.stack) }));
  console.log(JSON.stringify(said));
}
