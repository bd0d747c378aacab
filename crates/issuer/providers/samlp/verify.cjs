// What xml-crypto, the library under samlp, says of a signed document: whether the first signature
// in it holds for the element that has the id.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');

const packages = process.env.CHARTER_NODE_PACKAGES;
const load = createRequire(path.join(packages, 'node_modules/samlp/package.json'));
const { SignedXml, FileKeyInfo } = load('xml-crypto');
const { DOMParser } = load('@auth0/xmldom');
const xpath = load('xpath');

const job = JSON.parse(fs.readFileSync(0, 'utf8'));
const verdicts = job.documents.map((xml) => {
  const document = new DOMParser().parseFromString(xml);
  const signature = xpath.select("//*[local-name(.)='Signature']", document)[0];
  const verifier = new SignedXml();
  verifier.keyInfoProvider = new FileKeyInfo(job.certificate);
  verifier.loadSignature(signature);
  return verifier.checkSignature(xml);
});
process.stdout.write(JSON.stringify(verdicts));
