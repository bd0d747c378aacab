// A person's way through the documentation page: open it, authorise, try an operation out.
//
// `cargo xtask browser` starts the service with its demonstration data and sets
//   CHARTER_ADDRESS        where it listens
//   CHARTER_KEY            the API key that it printed
//   CHARTER_CHROMIUM       the browser
//   CHARTER_NODE_PACKAGES  the folder with playwright-core
//   CHARTER_PICTURES       where pictures go

import assert from "node:assert/strict";
import { mkdtemp, mkdir, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const require = createRequire(join(setting("CHARTER_NODE_PACKAGES"), "package.json"));
const { chromium } = require("playwright-core");

const address = setting("CHARTER_ADDRESS");
const key = setting("CHARTER_KEY");
const pictures = setting("CHARTER_PICTURES");

const profile = await mkdtemp(join(tmpdir(), "charter-browser-"));
await mkdir(pictures, { recursive: true });
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: setting("CHARTER_CHROMIUM"),
  headless: true,
  viewport: { width: 1280, height: 1000 },
  args: [
    // Chromium's own sandbox does not work as root, and the page is our own.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    // What it would do on its own account is not what is looked at here.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

try {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`script: ${error.message}`));
  page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    const local = ["data:", "blob:"].includes(protocol) || origin === address;
    if (!local) complaints.push(`outside request: ${request.url()}`);
  });

  await step("the page lists the operations of the document", async () => {
    await page.goto(`${address}/docs`, { waitUntil: "networkidle" });
    await page.locator(".opblock").first().waitFor();
    const documented = await operations();
    const shown = await page.locator(".opblock").count();
    assert.ok(documented > 0, "the served document has no operations");
    assert.equal(shown, documented);
    await picture("operations");
  });

  await step("every document can be chosen", async () => {
    const choices = await page.locator("#select option").count();
    assert.ok(choices >= 2, `${choices} documents to choose from`);
  });

  await step("without a key the service refuses", async () => {
    assert.equal(await tryOut("listOrganisations"), 401);
    complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes("401")));
  });

  await step("the demonstration key authorises", async () => {
    await page.locator("button.authorize").first().click();
    const dialogue = page.locator(".modal-ux");
    await dialogue.locator("input").first().fill(key);
    await dialogue.locator("button[type=submit]").first().click();
    await dialogue.getByText("Authorized").first().waitFor();
    await picture("authorised");
    await dialogue.locator("button.btn-done").first().click();
  });

  await step("an operation answers 200 with the organisations of the key's owner", async () => {
    assert.equal(await tryOut("listOrganisations"), 200);
    const shown = await block("listOrganisations").locator(".live-responses-table").innerText();
    assert.match(shown, /org_[0-9a-z]{26}/);
    await picture("answer");
  });

  await step("an operation with a parameter sends it", async () => {
    assert.equal(await tryOut("listMembers", { limit: "2" }), 200);
    assert.match(await block("listMembers").locator(".request-url").innerText(), /limit=2$/m);
    // The demonstration has 25 members, so there is a next page.
    const shown = await block("listMembers").locator(".live-responses-table").innerText();
    assert.match(shown, /"next_cursor": "/);
    await picture("parameter");
  });

  await step("nothing was asked for elsewhere, and nothing complained", async () => {
    assert.deepEqual(complaints, []);
  });

  // The operations that the page's first document has.
  async function operations() {
    const settings = await page.evaluate(() => window.ui.specSelectors.specJson().toJS());
    const methods = ["get", "put", "post", "delete", "patch", "head", "options"];
    return Object.values(settings.paths ?? {})
      .flatMap((path) => Object.keys(path))
      .filter((member) => methods.includes(member)).length;
  }

  function block(operation) {
    return page.locator(`.opblock[id$="-${operation}"]`);
  }

  // Opens an operation, fills its parameters in, sends it, and returns the status that is shown.
  async function tryOut(operation, parameters = {}) {
    const opened = block(operation);
    await opened.scrollIntoViewIfNeeded();
    if (!(await opened.locator(".opblock-body").count())) {
      await opened.locator(".opblock-summary-control").first().click();
    }
    const begin = opened.locator("button.try-out__btn:not(.cancel)");
    if (await begin.count()) await begin.first().click();
    for (const [name, value] of Object.entries(parameters)) {
      await opened.locator(`tr[data-param-name="${name}"] input`).fill(value);
    }
    const clear = opened.locator("button.btn-clear");
    if (await clear.count()) await clear.first().click();
    await opened.locator("button.execute").click();
    const status = opened.locator(".live-responses-table .response-col_status").last();
    await status.waitFor();
    return Number.parseInt(await status.innerText(), 10);
  }

  async function picture(name) {
    await page.screenshot({ path: join(pictures, `${name}.png`) });
  }

  async function step(what, walk) {
    try {
      await walk();
      console.log(`ok ${what}`);
    } catch (error) {
      await picture("failure").catch(() => {});
      console.log(`not ok ${what}`);
      if (complaints.length > 0) console.log(complaints.join("\n"));
      throw error;
    }
  }
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true });
}

function setting(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set; run this with \`cargo xtask browser\``);
  return value;
}
