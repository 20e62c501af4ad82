// How long a reader waits on a page never seen before: from the start of the navigation to the first hit that is painted, for the
// widget, and for DocSearch 4 over the same daemon. A measurement to look at, and no test: no time is ever asserted.
//   ACHEI_BIN=… CHROMIUM=… node first-result.js [RUNS]
// The box is opened and the query typed in one as soon as the page can take it. Each run has a browser profile of its own
// and an empty cache. What DocSearch ships is sent with brotli, as from a good host; its style sheet too, as pages need it.

import { brotliCompressSync, gzipSync } from 'node:zlib';
import { startBrowser } from './support/browser.js';
import { docsearchLine, SCRIPTS, sourceOf } from './support/clients.js';
import { startDaemon } from './support/daemon.js';
import { DOCS, SETTINGS } from './support/docs.js';
import { startServer } from './support/server.js';

const RUNS = Number(process.argv[2] ?? 7);
const QUERY = 'emenda';
/** As Lighthouse takes a phone: slow 4G, a processor four times slower than this one. */
const LINES = {
  'as it is': null,
  'slow 4G, processor / 4': { latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 },
};

const DOCSEARCH = SCRIPTS.docsearch4[0];
const DOCSEARCH_CSS = '@docsearch/css-5/dist/style.css';
const [docsearch, docsearchCss] = await Promise.all([DOCSEARCH, DOCSEARCH_CSS].map(sourceOf));

const daemon = await startDaemon(DOCS, SETTINGS);
// As it is served, which is without its comments.
const widget = await (await fetch(`${daemon.address}/achei.js`)).text();
console.log('what is sent, in bytes        gzip -9   brotli 11');
for (const [name, text] of [['achei.js', widget], ['@docsearch/js 4.7.1', docsearch], ['@docsearch/css', docsearchCss]]) {
  const [gzip, brotli] = [gzipSync(text, { level: 9 }).length, brotliCompressSync(text).length];
  console.log(`${name.padEnd(28)} ${String(gzip).padStart(8)}  ${String(brotli).padStart(10)}`);
}

const page = (head, body) => `<!doctype html><html lang="pt-BR"><head><meta charset="utf-8"><title>host</title>${head}</head><body><h1>Wiki</h1>${body}</body></html>`;
const PAGES = {
  '/achei': page('', `<script type="module" src="${daemon.address}/achei.js"></script><achei-search></achei-search>`),
  '/docsearch': page('<link rel="stylesheet" href="/docsearch.css">',
    `<div id="search"></div><script src="/docsearch.js"></script><script>${docsearchLine(daemon.address, 4)}</script>`),
};
const compressed = new Map([['/docsearch.js', docsearch], ['/docsearch.css', docsearchCss], ...Object.entries(PAGES)]
  .map(([path, text]) => [path, brotliCompressSync(text)]));
const TYPES = { js: 'text/javascript', css: 'text/css' };
const host = await startServer((request, response) => {
  const body = compressed.get(request.url);
  if (!body) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': TYPES[request.url.split('.')[1]] ?? 'text/html; charset=utf-8', 'content-encoding': 'br' }).end(body);
});

/** What a page does on its own: waits for the box, opens it, types, and notes when a hit has been painted. */
function drive({ query }) {
  const frame = () => new Promise(requestAnimationFrame);
  const until = async (find) => {
    for (;;) {
      const found = find();
      if (found) return found;
      await frame();
    }
  };
  const type = (input) => {
    input.focus();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, query);
    input.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
  };
  window.measured = (async () => {
    await until(() => document.body);
    const root = () => document.querySelector('achei-search')?.shadowRoot;
    const button = await until(() => root()?.querySelector('.button') ?? document.querySelector('.DocSearch-Button'));
    const ready = performance.now();
    button.click();
    type(await until(() => root()?.querySelector('dialog[open] input') ?? document.querySelector('.DocSearch-Input')));
    await until(() => root()?.querySelector('mark') ?? document.querySelector('.DocSearch-Hit mark'));
    // One frame to paint it, one to know that this is done.
    await frame();
    await frame();
    return { ready, shown: performance.now() };
  })();
}

const browser = await startBrowser();
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
try {
  console.log(`\nmilliseconds since the navigation, median of ${RUNS} (least to most)`);
  for (const [line, throttle] of Object.entries(LINES)) {
    for (const name of Object.keys(PAGES)) {
      const runs = [];
      for (let n = 0; n < RUNS; n++) {
        const context = await browser.newContext();
        const tab = await context.newPage();
        const client = await context.newCDPSession(tab);
        if (throttle) {
          await client.send('Network.enable');
          await client.send('Network.emulateNetworkConditions', { offline: false, ...throttle });
          await client.send('Emulation.setCPUThrottlingRate', { rate: 4 });
        }
        await tab.addInitScript(drive, { query: QUERY });
        await tab.goto(host.address + name, { waitUntil: 'commit' });
        runs.push(await tab.evaluate(() => window.measured));
        await context.close();
      }
      const said = (key) => {
        const times = runs.map((run) => run[key]);
        return `${median(times).toFixed(0)} (${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)})`;
      };
      console.log(`${line.padEnd(24)} ${name.slice(1).padEnd(10)} box ${said('ready').padEnd(22)} first hit ${said('shown')}`);
    }
  }
} finally {
  await browser.close();
  await host.stop();
  await daemon.stop();
}
