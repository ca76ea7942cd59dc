// Opens pages in headless Chromium at a phone's and a desktop's width, light and dark, and as they are printed, which is on
// white whatever the screen is, over its debugging pipe.
// A page fails that logs to the console, throws, asks for anything but itself, or is wider than the window.
// Usage: node report-pages.mjs CHROMIUM FOLDER PAGE...; screenshots go to FOLDER.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [chromium, folder, ...pages] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), "report-pages-"));
const browser = spawn(
  chromium,
  ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
    "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank"],
  { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const limit = setTimeout(() => fail("Chromium has not answered in 60 s"), 60_000);

const waiting = new Map();
const heard = [];
let last = 0;
let unread = "";
browser.on("error", (error) => fail(error.message));
browser.stdio[4].setEncoding("utf8").on("data", (text) => {
  const parts = (unread + text).split("\0");
  unread = parts.pop();
  for (const part of parts) {
    const message = JSON.parse(part);
    if (message.id) {
      waiting.get(message.id)(message);
      waiting.delete(message.id);
    } else {
      heard.push(message);
    }
  }
});

function fail(reason) {
  console.error(`FAILED: ${reason}`);
  browser.kill();
  process.exit(1);
}

function call(method, params = {}, sessionId = undefined) {
  const id = ++last;
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
  return new Promise((done) => waiting.set(id, (message) => {
    if (message.error) {
      fail(`${method}: ${message.error.message}`);
    }
    done(message.result);
  }));
}

// The width of A4 in CSS pixels, less margins of a centimetre.
const paper = 718;
const looks = [[400, "light", "screen"], [400, "dark", "screen"], [1600, "light", "screen"], [1600, "dark", "screen"],
  [paper, "dark", "print"]];
let checked = 0;
const { targetId } = await call("Target.createTarget", { url: "about:blank" });
const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
const page = (method, params) => call(method, params, sessionId);
for (const domain of ["Page", "Runtime", "Log", "Network"]) {
  await page(`${domain}.enable`);
}
for (const file of pages) {
  for (const [width, scheme, media] of looks) {
    heard.length = 0;
    await page("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: false });
    await page("Emulation.setEmulatedMedia", { media, features: [{ name: "prefers-color-scheme", value: scheme }] });
    await page("Page.navigate", { url: pathToFileURL(resolve(file)).href });
    while (!heard.some((message) => message.method === "Page.loadEventFired")) {
      await new Promise((done) => setTimeout(done, 20));
    }
    const { result } = await page("Runtime.evaluate", {
      expression: "({ width: document.documentElement.scrollWidth, plots: document.querySelectorAll('svg.plot').length, "
        + "ink: getComputedStyle(document.body).color, paper: getComputedStyle(document.body).backgroundColor })",
      returnByValue: true });
    const look = media === "print" ? media : scheme;
    const name = `${basename(file)} at ${width}, ${look}`;
    const seen = result.value;
    const told = heard.filter((message) =>
      ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"].includes(message.method));
    const asked = heard.filter((message) => message.method === "Network.requestWillBeSent"
      && !/^(file|data):/.test(message.params.request.url));
    if (told.length > 0) {
      fail(`${name}: the console says ${JSON.stringify(told[0].params)}`);
    }
    if (asked.length > 0) {
      fail(`${name}: it asks for ${asked[0].params.request.url}`);
    }
    if (seen.width > width) {
      fail(`${name}: it is ${seen.width} wide`);
    }
    if (seen.plots === 0) {
      fail(`${name}: there is no plot`);
    }
    const brightness = (color) => color.match(/\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);
    if ((brightness(seen.paper) > brightness(seen.ink)) !== (look !== "dark")) {
      fail(`${name}: text is ${seen.ink} on ${seen.paper}`);
    }
    const { data } = await page("Page.captureScreenshot", { captureBeyondViewport: true });
    writeFileSync(join(folder, `${basename(file, ".html")}-${width}-${look}.png`), Buffer.from(data, "base64"));
    checked++;
  }
}
clearTimeout(limit);
await call("Browser.close");
await new Promise((done) => browser.once("exit", done));
rmSync(profile, { recursive: true, force: true });
console.log(`${checked} looks at ${pages.length} pages: nothing on the console, nothing fetched, nothing too wide.`);
