// Follows results from the search box of a site that a documentation tool built to the places they name: the last part of
// `integrations/try`, and no test of its own.
//   node recipe.js SITE_DIR CONFIG     with ACHEI_BIN and CHROMIUM
// The site is served as it was built, as http://wiki.example.org, and the daemon as http://busca.example.org, another origin:
// this browser alone resolves these names, to free ports here. Every page is opened; a heading of another page is typed
// into its box and its result opened by Enter. It lands if the page answers, and has an element of the id in the address.

import { readFile, stat } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';
import { startBrowser } from './support/browser.js';
import { launch } from './support/daemon.js';
import { startServer } from './support/server.js';

const [site, config] = process.argv.slice(2).map((path) => resolve(path));
const HEARD_MS = 30000;
const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml',
  '.json': 'application/json', '.woff2': 'font/woff2', '.png': 'image/png',
};

/** What a static server answers: the file, the same with `.html`, or the folder's `index.html` behind a redirect to its slash. */
async function find(pathname) {
  const path = join(site, decodeURIComponent(pathname));
  if (path !== site && !path.startsWith(site + sep)) return {};
  const kind = await stat(path).catch(() => null);
  if (kind?.isDirectory()) {
    if (!pathname.endsWith('/')) return { to: `${pathname}/` };
    return { file: join(path, 'index.html') };
  }
  return { file: kind ? path : `${path}.html` };
}

const server = await startServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://wiki.example.org');
  const { file, to } = await find(pathname);
  if (to) return response.writeHead(301, { location: to }).end();
  const bytes = file && await readFile(file).catch(() => null);
  if (!bytes) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(bytes);
});
const daemon = await launch({ args: ['--config', config] });
const port = ({ address }) => new URL(address).port;
const browser = await startBrowser([
  `--host-resolver-rules=MAP wiki.example.org:80 127.0.0.1:${port(server)}, MAP busca.example.org:80 127.0.0.1:${port(daemon)}`,
  '--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable',
]);

const faults = [];
let boxes = 0;
let landed = 0;
let tried = 0;
const elsewhere = [];
try {
  const { hits } = await (await fetch(`${daemon.address}/search?limit=100`)).json();
  const targets = [];
  for (const { path, url, title } of hits) {
    const { headings } = await (await fetch(`${daemon.address}/pages/${encodeURIComponent(path)}`)).json();
    // A first heading that repeats the title has no result of its own.
    for (const [n, { text, anchor }] of headings.entries()) if (anchor && (n || text !== title)) targets.push({ text, url, anchor });
  }
  const context = await browser.newContext({ locale: 'pt-BR' });
  context.setDefaultTimeout(HEARD_MS);
  const page = await context.newPage();
  // Sites have errors of their own: MkDocs' theme where its fonts and scripts of others cannot be had.
  page.on('pageerror', (error) => /\/achei\.js/.test(error.stack) && faults.push(`${page.url()}: ${error}`));

  /** Opens a page and its dialog by the shortcut; none where the page has no box that can be seen. */
  async function open(url) {
    const answer = await page.goto(url, { waitUntil: 'load' });
    if (!answer.ok()) return faults.push(`${url} answers ${answer.status()}`) && false;
    try {
      await page.locator('achei-search .button').first().waitFor();
    } catch {
      return faults.push(`${url} shows no box`) && false;
    }
    await page.keyboard.press('Control+k');
    await page.locator('dialog[open] input').waitFor();
    return true;
  }

  for (const { url } of hits) boxes += await open(url) ? 1 : 0;
  for (const [at, { text, url, anchor }] of targets.entries()) {
    if (!(await open(hits[at % hits.length].url))) continue;
    tried += 1;
    const address = `${url}#${encodeURIComponent(anchor)}`;
    const same = (href) => decodeURI(href) === decodeURI(address) || decodeURIComponent(href) === decodeURIComponent(address);
    const answered = page.evaluate(() => new Promise((done) => document.addEventListener('achei-search', (event) => event.detail.query && done(), true)));
    await page.locator('dialog[open] input').fill(text);
    await answered;
    const options = await page.locator('dialog[open] [role=option]').evaluateAll((all) => all.map((option) => (option.closest('a') ?? option.querySelector('a')).href));
    const place = options.findIndex(same);
    if (place < 0) {
      elsewhere.push(text);
      continue;
    }
    for (let n = 0; n <= place; n++) await page.keyboard.press('ArrowDown');
    const left = page.waitForURL((now) => same(now.href.replace(/\/?#/, url.endsWith('/') ? '/#' : '#')));
    await page.keyboard.press('Enter');
    try {
      await left;
      await page.waitForLoadState('load');
      const there = await page.evaluate(() => !!document.getElementById(decodeURIComponent(location.hash.slice(1))));
      if (there) landed += 1;
      else faults.push(`${page.url()} has no such id`);
    } catch {
      faults.push(`${address} leads to ${page.url()}`);
    }
  }
  console.log(`In Chromium: a box on ${boxes} of ${hits.length} pages; ${landed} of ${tried - elsewhere.length} results of a heading land on it`
    + (elsewhere.length ? `, not shown among the results: ${elsewhere.join(' | ')}` : ''));
  if (!landed) faults.push('nothing landed');
} finally {
  await browser.close();
  await daemon.stop();
  await server.stop();
}
for (const fault of faults) console.error(fault);
process.exit(faults.length ? 1 : 0);
