// The report of the contract runs, as a person opens it: from the disk, in light and in dark.
//
// `cargo xtask browser` sets
//   CHARTER_REPORT           the page
//   CHARTER_REPORT_DATA      the same as JSON
//   CHARTER_UNPROVEN_REPORT  a page on which the first status of each operation has no evidence
//   CHARTER_CHROMIUM         the browser
//   CHARTER_NODE_PACKAGES    the folder with playwright-core
//   CHARTER_PICTURES         where pictures go

import assert from "node:assert/strict";
import { access, mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const require = createRequire(join(setting("CHARTER_NODE_PACKAGES"), "package.json"));
const { chromium } = require("playwright-core");

const pictures = setting("CHARTER_PICTURES");
const { documents } = JSON.parse(await readFile(setting("CHARTER_REPORT_DATA"), "utf8"));
const operations = documents.flatMap((document) => document.operations);

await mkdir(pictures, { recursive: true });
const browser = await chromium.launch({
  executablePath: setting("CHARTER_CHROMIUM"),
  // As in docs.mjs.
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
  const complaints = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) complaints.push(`asked for ${request.url()}`);
  });

  await step("the report names every operation with its statuses", async () => {
    await open("CHARTER_REPORT");
    for (const { document, operations } of documents) {
      for (const { operation, statuses } of operations) {
        const row = page.locator(`[id="${document}-${operation}"] > summary`);
        const shown = await row.locator(".mark").allInnerTexts();
        assert.match(await row.innerText(), new RegExp(`^${operation}\\b`), operation);
        assert.deepEqual(shown.map(Number), statuses.map(({ status }) => status), operation);
      }
    }
    assert.equal(await page.locator(".operation").count(), operations.length);
    await picture("report");
  });

  await step("a status that something reached is not shown as one that nothing did", async () => {
    const bare = operations.flatMap(({ statuses }) => statuses).filter((one) => !isReached(one));
    assert.equal(await page.locator(".operation > summary .none.mark").count(), bare.length);
  });

  await step("an operation opens and shows who was answered", async () => {
    const row = page.locator(".operation").first();
    await row.locator("summary").click();
    const inside = row.locator(".inside");
    assert.ok(await inside.isVisible());
    assert.match(await inside.innerText(), /admin \d+/);
    await picture("report-open");
  });

  await step("the summary leads to each document", async () => {
    for (const { document, title } of documents) {
      await page.getByRole("link", { name: title, exact: true }).click();
      assert.ok(await page.locator(`section[id="${document}"] h2`).isVisible());
    }
  });

  await step("every link to a file leads to one", async () => {
    const links = await page.locator("a").evaluateAll((all) => all.map((one) => one.href));
    const files = new Set(links.map((link) => link.replace(/#.*/, "")));
    assert.ok(files.size > operations.length);
    for (const file of files) await access(fileURLToPath(file));
  });

  await step("it can be read in the dark", async () => {
    const light = await colours();
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await colours();
    assert.notDeepEqual(light, dark);
    for (const { text, ground } of [light, dark]) assert.notEqual(text, ground);
    await picture("report-dark");
  });

  await step("a status without evidence is shown as such", async () => {
    await open("CHARTER_UNPROVEN_REPORT");
    for (const { document, operations } of documents) {
      for (const { operation } of operations) {
        const row = page.locator(`[id="${document}-${operation}"]`);
        assert.match(await row.locator("summary .mark").first().getAttribute("class"), /\bnone\b/);
        assert.match(await row.locator("tbody tr").first().textContent(), /no evidence/);
      }
    }
    await picture("report-unproven");
  });

  await step("nothing was asked for elsewhere, and nothing complained", async () => {
    assert.deepEqual(complaints, []);
  });

  async function open(name) {
    await page.goto(pathToFileURL(setting(name)).href);
  }

  function isReached({ snapshots, runs }) {
    return snapshots.length + runs.length > 0;
  }

  function colours() {
    return page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.body);
      return { text: color, ground: backgroundColor };
    });
  }

  async function picture(name) {
    await page.screenshot({ path: join(pictures, `${name}.png`) });
  }

  async function step(what, walk) {
    try {
      await walk();
      console.log(`ok ${what}`);
    } catch (error) {
      await picture("report-failure").catch(() => {});
      console.log(`not ok ${what}`);
      if (complaints.length > 0) console.log(complaints.join("\n"));
      throw error;
    }
  }
} finally {
  await browser.close();
}

function setting(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set; run this with \`cargo xtask browser\``);
  return value;
}
