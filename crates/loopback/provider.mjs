// Three OpenID providers on this machine, all npm's oidc-provider: one puts what it knows of a
// person into the ID token, the others leave it to the userinfo endpoint, and the last one's codes
// live for a second.
//
//   CHARTER_NODE_PACKAGES  the folder with oidc-provider
//   CHARTER_CLIENTS        the clients, in JSON
//
// It says in one line of JSON where they listen, and ends when nobody holds its input any more.
// Whoever is named in `login_hint` is signed in without being asked.

import { createPrivateKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const packages = setting("CHARTER_NODE_PACKAGES");
const library = join(packages, "node_modules/oidc-provider/lib/index.js");
const { Provider } = await import(pathToFileURL(library));

const people = {
  ines: {
    email: "ines@northwind.example",
    email_verified: true,
    name: "Ines Laurent",
    given_name: "Ines",
    family_name: "Laurent",
    locale: "pt-BR",
  },
  otto: { email: "otto@northwind.example", email_verified: false, name: "Otto" },
};

console.log(
  JSON.stringify({
    complete: await listen({ conformIdTokenClaims: false, codes: 60 }),
    sparse: await listen({ conformIdTokenClaims: true, codes: 60 }),
    hasty: await listen({ conformIdTokenClaims: true, codes: 1 }),
  }),
);
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

async function listen({ conformIdTokenClaims, codes }) {
  const server = createServer((request, response) => answer(request, response));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: JSON.parse(setting("CHARTER_CLIENTS")),
    conformIdTokenClaims,
    claims: {
      openid: ["sub"],
      email: ["email", "email_verified"],
      profile: ["name", "given_name", "family_name", "locale"],
    },
    cookies: { keys: [randomBytes(32).toString("hex")] },
    features: { devInteractions: { enabled: false }, introspection: { enabled: true } },
    findAccount: (_, id) =>
      people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    jwks: { keys: [key()] },
    pkce: { required: () => false },
    ttl: { AccessToken: 3600, AuthorizationCode: codes, Grant: 3600, IdToken: 3600, Interaction: 60, Session: 3600 },
  });
  const answerAsProvider = provider.callback();

  async function answer(request, response) {
    if (!request.url.startsWith("/interaction/")) {
      answerAsProvider(request, response);
      return;
    }
    const { params } = await provider.interactionDetails(request, response);
    const grant = new provider.Grant({
      accountId: params.login_hint,
      clientId: params.client_id,
    });
    grant.addOIDCScope("openid email profile");
    await provider.interactionFinished(request, response, {
      login: { accountId: params.login_hint },
      consent: { grantId: await grant.save() },
    });
  }

  return issuer;
}

// By way of PEM: Node.js 20 stops for ever when it collects the job that has made a key
// while that very key is exported as a JWK, since both lock it.
function key() {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const jwk = createPrivateKey(privateKey).export({ format: "jwk" });
  return { ...jwk, kid: "one", alg: "RS256", use: "sig" };
}

function setting(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`${name} is not set`);
  }
  return value;
}
