// Nothing that a page of the wiki says, and nothing that is typed, runs anywhere: in the answers, on the search page, in the
// widget, in DocSearch, InstantSearch and Pagefind. A payload that ran would call `ran`, open a dialog or ask the canary.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBrowser } from './support/browser.js';
import { startClients } from './support/clients.js';
import { startDaemon } from './support/daemon.js';
import { hostileWiki, payloads } from './support/payloads.js';
import { startServer } from './support/server.js';

let canary;
let asked = [];
let daemon;
let host;
let browser;
let wiki;

before(async () => {
  canary = await startServer((request, response) => {
    asked.push(request.url);
    response.end();
  });
  wiki = hostileWiki(canary.address);
  daemon = await startDaemon(wiki);
  host = await startClients(daemon.address);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await host?.stop();
  await daemon?.stop();
  await canary?.stop();
});

/** Words that bring up every page, and payloads typed as they are. */
const queries = () => ['carga', 'onerror', 'script', 'título seção', ...payloads(canary.address)];

/** Works on a page of a new browser context, and then looks for whatever ran or was asked for. */
async function inert(url, work) {
  asked = [];
  const ran = [];
  const context = await browser.newContext({ locale: 'pt-BR', viewport: { width: 1100, height: 800 } });
  context.setDefaultTimeout(60000);
  try {
    await context.exposeFunction('ran', (n) => ran.push(n));
    const page = await context.newPage();
    page.on('dialog', (dialog) => {
      ran.push(`a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    // With a policy around, a payload that it stopped is one that got through us.
    page.on('console', (message) => /Content Security Policy|TrustedHTML|Trusted ?Type/i.test(message.text()) && ran.push(message.text()));
    page.on('pageerror', (error) => ran.push(String(error)));
    page.on('popup', (popup) => ran.push(`a window: ${popup.url()}`));
    await page.goto(url);
    await work(page);
    // What a payload would have begun has come by when another round trip is over.
    await page.evaluate(() => fetch(location.href).then((response) => response.text()).catch(() => {}));
    assert.equal(new URL(page.url()).origin, new URL(url).origin);
  } finally {
    await context.close();
  }
  assert.deepEqual([ran, asked], [[], []]);
}

/** Elements below `root` other than those that a front end makes itself, and attributes that run. */
const foreign = (root) => root.evaluate((node) => [...node.querySelectorAll('*')].filter((one) =>
  ['script', 'iframe', 'img', 'style', 'link', 'base', 'meta', 'math', 'object', 'embed', 'table'].includes(one.localName)
  || [...one.attributes].some(({ name, value }) => name.startsWith('on') || /^\s*(javascript|data|vbscript):/i.test(value)))
  .map((one) => one.outerHTML.slice(0, 200)));

test('the detector detects: a payload in the page itself is seen', async () => {
  const trap = await startServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<p>${payloads(canary.address)[0]}`);
  });
  try {
    await assert.rejects(inert(trap.address, (page) => page.waitForTimeout(300)), /\/1/);
  } finally {
    await trap.stop();
  }
});

/** Whether a text is what the contract calls safe: the five entities, and no tag but the mark. */
const isSafe = (html) => /^(?:[^<>"'&]|&(?:amp|lt|gt|quot|#039);)*$/.test(html.replace(/<mark>|<\/mark>/g, ''));

function* strings(value, path = '') {
  if (typeof value === 'string') yield [path, value];
  else if (value && typeof value === 'object') for (const [key, member] of Object.entries(value)) yield* strings(member, `${path}.${key}`);
}

test('every answer: HTML is safe HTML, addresses are our own', async () => {
  let seen = 0;
  const ask = async (path, init) => {
    const response = await fetch(`${daemon.address}${path}`, init);
    assert.equal(response.status, 200, path);
    return response.json();
  };
  for (const query of queries()) {
    const q = encodeURIComponent(query);
    for (const path of [`/search?q=${q}&limit=100&facets=tag,category,lang&snippet_chars=1000`, `/suggest?q=${q}`]) {
      for (const [where, text] of strings(await ask(path))) {
        if (/\.(?:\w+_html|snippet)$/.test(where)) {
          seen++;
          assert.ok(isSafe(text), `${path} ${where}: ${text}`);
        }
        if (/\.url$/.test(where)) assert.match(text, /^\/pt-br\/[^<>"'\\\s]*$/, `${path} ${where}`);
      }
    }
    const body = JSON.stringify({ requests: [{ query, indexName: query, hitsPerPage: 100, facets: ['*'], highlightPreTag: '<mark>', highlightPostTag: '</mark>',
      attributesToRetrieve: ['hierarchy.lvl0', 'content'] }, { query, hitsPerPage: 100 }] });
    const { results: [docsearch, usual] } = await ask('/1/indexes/*/queries', { method: 'POST', body });
    for (const result of [docsearch, { hits: usual.hits.map((hit) => JSON.parse(JSON.stringify(hit).replace(/<\/?em>/g, ''))) }]) {
      for (const [where, text] of strings(result.hits)) {
        if (/\.(?:objectID|url)$|matchedWords/.test(where)) continue;
        seen++;
        assert.ok(isSafe(text), `${where}: ${text}`);
      }
    }
  }
  assert.ok(seen > 1000);
  const { backlinks, outlinks, links, ...page } = await ask(`/pages/${wiki[0][0].split('/').map(encodeURIComponent).join('/')}`);
  for (const [where, text] of strings(page)) if (/_html$/.test(where)) assert.ok(isSafe(text), where);
  for (const [where, text] of strings({ backlinks, outlinks, links })) if (/url$/.test(where)) assert.ok(!/^(javascript|data|vbscript):/i.test(text), where);
});

test('raw for a placeholder: what is written comes as it is written, the placeholder of an author too', async () => {
  const body = JSON.stringify({ query: 'carga', hitsPerPage: 100, highlightPreTag: '__ais-highlight__', highlightPostTag: '__/ais-highlight__' });
  const { hits } = await (await fetch(`${daemon.address}/1/indexes/w/query`, { method: 'POST', body })).json();
  assert.equal(hits.length, wiki.length);
  const titles = hits.map(({ hierarchy }) => hierarchy.lvl1);
  assert.ok(titles.some((title) => title.startsWith(`<img src=${canary.address}/1 onerror=ran(1)> carga`)), titles.join('\n'));
});

test('the search page: by address and while typing, with its filters', async () => {
  for (const query of queries()) {
    const q = encodeURIComponent(query);
    await inert(`${daemon.address}/?q=${q}&tag=${q}&category=${q}&lang=${q}&sort=title`, async (page) => {
      assert.equal(await page.getByRole('searchbox').inputValue(), query);
    });
  }
  await inert(`${daemon.address}/?limit=100`, async (page) => {
    for (const query of queries()) {
      const answered = page.waitForResponse((response) => response.request().resourceType() === 'xhr');
      await page.getByRole('searchbox').fill(query);
      await (await answered).finished();
      await page.waitForFunction((query) => new URL(location.href).searchParams.get('q') === query, query);
      assert.deepEqual(await foreign(page.locator('main')), []);
    }
    await page.getByRole('searchbox').fill('carga');
    await page.locator('.hit').first().waitFor();
    await page.waitForURL((url) => url.searchParams.get('q') === 'carga');
    await page.locator('main').filter({ hasText: 'onerror=ran(' }).waitFor();
    await page.locator('.hit mark').first().hover();
  });
});

test('the widget, under a strict policy with Trusted Types, and without one', async () => {
  for (const policy of [`default-src 'none'; script-src ${daemon.address}; connect-src 'self' ${daemon.address}; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'`, '']) {
    const site = await startServer((request, response) => {
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...(policy && { 'content-security-policy': policy }) });
      response.end(`<!doctype html><html lang="pt-BR"><title>host</title><script type="module" src="${daemon.address}/achei.js"></script><achei-search limit="100"></achei-search>`);
    });
    try {
      await inert(site.address, async (page) => {
        await page.evaluate(() => {
          window.answered = [];
          addEventListener('achei-search', ({ detail }) => window.answered.push(detail.query));
        });
        await page.locator('achei-search .button').click();
        for (const query of queries()) {
          await page.getByRole('combobox').fill(query);
          await page.waitForFunction((query) => window.answered.at(-1) === query, query.trim());
          assert.deepEqual(await foreign(page.locator('dialog')), []);
        }
        await page.getByRole('combobox').fill('carga');
        await page.waitForFunction(() => window.answered.at(-1) === 'carga');
        const shown = await page.locator('.list').evaluate((list) => list.textContent);
        assert.ok(shown.includes(`<img src=${canary.address}/1 onerror=ran(1)>`), 'payloads are shown as text');
        const links = await page.getByRole('option').evaluateAll((options) => options.map((option) => option.href));
        assert.ok(links.length > wiki.length && links.every((link) => link.startsWith(`${site.address}/pt-br/`)), links.join('\n'));
        await page.locator('.list mark').first().hover();
      });
    } finally {
      await site.stop();
    }
  }
});

for (const version of [3, 4, 5]) {
  test(`DocSearch ${version}`, async () => {
    // Addresses of the wiki must be absolute for the page's own `new URL`.
    const absolute = await startDaemon(wiki, { ACHEI_CONTENT__URL_BASE: `${host.address}/` });
    const page = await startClients(absolute.address);
    try {
      await inert(`${page.address}/docsearch${version}`, async (tab) => {
        await tab.locator('.DocSearch-Button').click();
        for (const query of queries()) {
          const answered = tab.waitForResponse((response) => response.url().includes('/queries'));
          await tab.locator('.DocSearch-Input').fill(query);
          await (await answered).finished();
          await tab.locator('.DocSearch-Hit, .DocSearch-NoResults').first().waitFor();
          assert.deepEqual((await foreign(tab.locator('.DocSearch-Dropdown'))).filter((html) => !/^<a [^>]*href="data:/.test(html)), []);
        }
        await tab.locator('.DocSearch-Input').fill('carga');
        await tab.locator('.DocSearch-Hit mark').first().waitFor();
        await tab.locator('.DocSearch-Dropdown').filter({ hasText: 'ran(' }).waitFor();
        await tab.locator('.DocSearch-Hit mark').first().hover();
      });
    } finally {
      await page.stop();
      await absolute.stop();
    }
  });
}

test('InstantSearch: hits, refinements and what is typed', async () => {
  await inert(`${host.address}/instantsearch`, async (page) => {
    for (const query of queries()) {
      const answered = page.waitForResponse((response) => response.url().includes('/queries'));
      await page.locator('#box input').fill(query);
      await (await answered).finished();
      assert.deepEqual(await foreign(page.locator('#hits')), []);
      assert.deepEqual(await foreign(page.locator('#tags')), []);
    }
    await page.locator('#box input').fill('carga');
    await page.locator('.ais-Hits-item mark').first().waitFor();
    await page.locator('#hits').filter({ hasText: 'ran(' }).waitFor();
    await page.locator('#tags input[type=checkbox]').first().check();
    await page.locator('.ais-Hits-item').first().waitFor();
  });
});

for (const [name, path, box, results, hit] of [
  ['Component UI', 'pagefind-components', '#plain input[type=search]', '#plain pagefind-results', '#plain pagefind-results a'],
  ['Default UI', 'pagefind-default', '.pagefind-ui__search-input', '.pagefind-ui__results-area', '.pagefind-ui__result-link'],
]) {
  test(`Pagefind ${name}: results, filters and what is typed`, async () => {
    await inert(`${host.address}/${path}`, async (page) => {
      for (const query of queries()) {
        const answered = page.waitForResponse((response) => response.url().includes('/search?q=') && !response.url().includes('q=&'));
        await page.locator(box).fill(query);
        await (await answered).finished();
      }
      await page.locator(box).fill('carga');
      await page.locator(hit).first().waitFor();
      assert.deepEqual(await foreign(page.locator(results)), []);
      await page.locator(results).filter({ hasText: 'ran(' }).first().waitFor();
    });
  });
}
