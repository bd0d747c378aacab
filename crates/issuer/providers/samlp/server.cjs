// An identity provider that browsers can come to: samlp, which signs with xml-crypto.
//
// Its settings stand in CHARTER_PROVIDER, as JSON. It prints a line about itself once it listens,
// signs in whoever comes, and ends when its input does.
'use strict';

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');

const packages = process.env.CHARTER_NODE_PACKAGES;
const samlp = require(path.join(packages, 'node_modules/samlp'));
const mapper = require('./person.cjs');

const settings = JSON.parse(process.env.CHARTER_PROVIDER);
const certificate = fs.readFileSync(settings.certificate);

/** What samlp wants of Express. */
function express(response) {
  return {
    set: (name, value) => response.setHeader(name, value),
    send: (text) => response.end(text),
  };
}

/** What is said of the provider that listens here. */
function metadata(entityId, host) {
  let served;
  samlp.metadata({
    issuer: entityId,
    cert: certificate,
    redirectEndpointPath: '/sso',
    postEndpointPath: '/sso',
  })({ headers: { host }, protocol: 'http' }, { set() {}, send(text) { served = text; } });
  return served;
}

/** The page that a person gets who has signed in at once. */
function signIn(entityId) {
  const signs = (what) => settings.signs === what || settings.signs === 'both';
  return samlp.auth({
    issuer: entityId,
    key: fs.readFileSync(settings.key),
    cert: certificate,
    destination: settings.acs,
    recipient: settings.acs,
    lifetimeInSeconds: 300,
    sessionIndex: '_northwind-1',
    signatureAlgorithm: `rsa-${settings.algorithm}`,
    digestAlgorithm: settings.algorithm,
    signAssertion: signs('assertion'),
    signResponse: signs('response'),
    signingCert: settings.service_certificate ?? undefined,
    profileMapper: mapper(settings.name_id_format),
    getUserFromRequest: () => settings.person,
    getPostURL(issuer, request, _, done) {
      const acs = request.documentElement.getAttribute('AssertionConsumerServiceURL');
      // The addresses of a service are known beforehand.
      done(acs === settings.acs ? null : new Error(`nobody is sent to ${acs}`), acs);
    },
  });
}

const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const host = `127.0.0.1:${server.address().port}`;
  const entityId = `http://${host}/metadata`;
  const answer = signIn(entityId);
  server.on('request', (request, response) => {
    const address = new URL(request.url, `http://${host}`);
    if (address.pathname !== '/sso') {
      response.writeHead(404).end();
      return;
    }
    const query = Object.fromEntries(address.searchParams);
    answer(
      { method: request.method, query, url: request.url, originalUrl: request.url },
      express(response),
      (error) => response.writeHead(400).end(error.message),
    );
  });
  const said = { entity_id: entityId, metadata: metadata(entityId, host) };
  process.stdout.write(`${JSON.stringify(said)}\n`);
});
process.stdin.on('end', () => process.exit()).resume();
