// An identity provider: samlp, which signs with xml-crypto.
//
// Reads jobs from standard input and answers on standard output, both JSON. For each, it takes our
// request from the address that the browser would be sent to, and answers it.
'use strict';

const fs = require('node:fs');
const path = require('node:path');

const packages = process.env.CHARTER_NODE_PACKAGES;
const samlp = require(path.join(packages, 'node_modules/samlp'));
const mapper = require('./person.cjs');

/** The provider's own metadata, as its endpoint serves it. */
function metadata(job, certificate) {
  const { host, pathname } = new URL(job.sso_url);
  let served;
  samlp.metadata({
    issuer: job.entity_id,
    cert: certificate,
    redirectEndpointPath: pathname,
    postEndpointPath: pathname,
  })({ headers: { host }, protocol: 'https' }, { set() {}, send(text) { served = text; } });
  return served;
}

/** What the provider says of itself, what it has read, and its response; or why there is none. */
function answer(job) {
  const address = new URL(job.request);
  const query = Object.fromEntries(address.searchParams);
  const signs = (what) => job.signs === what || job.signs === 'both';
  const certificate = fs.readFileSync(job.certificate);
  const read = {};
  return new Promise((resolve) => {
    const options = {
      issuer: job.entity_id,
      key: fs.readFileSync(job.key),
      cert: certificate,
      destination: job.acs,
      recipient: job.acs,
      lifetimeInSeconds: 300,
      sessionIndex: '_northwind-1',
      signatureAlgorithm: `rsa-${job.algorithm}`,
      digestAlgorithm: job.algorithm,
      signAssertion: signs('assertion'),
      signResponse: signs('response'),
      signingCert: job.signed_request ? fs.readFileSync(job.service_certificate) : undefined,
      profileMapper: mapper(job.name_id_format),
      getUserFromRequest: () => job.person,
      getPostURL(issuer, request, _, done) {
        const element = request.documentElement;
        read.id = element.getAttribute('ID');
        read.issuer = issuer;
        read.acs = element.getAttribute('AssertionConsumerServiceURL');
        read.relay_state = query.RelayState ?? null;
        done(null, read.acs);
      },
      responseHandler(response) {
        resolve({
          metadata: metadata(job, certificate),
          request: read,
          response: response.toString('utf8'),
          now: new Date().toISOString(),
        });
      },
    };
    const url = address.pathname + address.search;
    samlp.auth(options)(
      { method: 'GET', query, url, originalUrl: url },
      {},
      (error) => resolve({ refusal: error.message }),
    );
  });
}

const jobs = JSON.parse(fs.readFileSync(0, 'utf8'));
Promise.all(jobs.map(answer)).then((answers) => process.stdout.write(JSON.stringify(answers)));
