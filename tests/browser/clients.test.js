// The front ends of others, unchanged and pinned, in a real browser against the real daemon.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startBrowser } from './support/browser.js';
import { startClients } from './support/clients.js';
import { startDaemon } from './support/daemon.js';
import { BASE, DOCS, SETTINGS } from './support/docs.js';

let daemon;
let host;
let browser;
let context;
let faults = [];

before(async () => {
  daemon = await startDaemon(DOCS, SETTINGS);
  host = await startClients(daemon.address);
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await host?.stop();
  await daemon?.stop();
});
afterEach(async () => {
  await context?.close();
  context = null;
  assert.deepEqual(faults.splice(0), []);
});

/** Opens a page of the host; what it asks of the daemon is kept, with the status of the answer. */
async function open(path, options = {}) {
  context = await browser.newContext({ locale: 'pt-BR', viewport: { width: 1100, height: 800 } });
  context.setDefaultTimeout(60000);
  const page = await context.newPage();
  faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  page.on('dialog', (dialog) => dialog.dismiss());
  const answers = [];
  page.on('response', (response) => response.url().startsWith(daemon.address) && answers.push(response.status()));
  await page.goto(`${host.address}/${path}?options=${encodeURIComponent(JSON.stringify(options))}`);
  return { page, answers };
}

/** Types into DocSearch's dialog, and gives its hits once there are some for just this query. */
async function docsearch(version, query, options) {
  const { page, answers } = await open(`docsearch${version}`, options);
  await page.locator('.DocSearch-Button').click();
  const answered = page.waitForResponse((response) => response.url().includes('/queries') && response.request().postData().includes(JSON.stringify(query)));
  await page.locator('.DocSearch-Input').fill(query);
  await (await answered).finished();
  await page.locator('.DocSearch-Hit, .DocSearch-NoResults').first().waitFor();
  const groups = await page.locator('.DocSearch-Hits').evaluateAll((sections) => sections.map((section) => ({
    source: section.querySelector('.DocSearch-Hit-source').textContent,
    hits: [...section.querySelectorAll('.DocSearch-Hit')].map((hit) => ({
      title: hit.querySelector('.DocSearch-Hit-title').textContent, url: hit.querySelector('a').href,
      child: hit.classList.contains('DocSearch-Hit--Child'), marks: [...hit.querySelectorAll('.DocSearch-Hit-title mark')].map((mark) => mark.textContent),
      path: hit.querySelector('.DocSearch-Hit-path')?.textContent ?? '',
    })),
  })));
  return { page, answers, groups };
}

for (const version of [3, 4, 5]) {
  test(`DocSearch ${version}: groups by folder, sections below their page, matches marked, absolute addresses`, async () => {
    const { groups, answers } = await docsearch(version, 'fibra');
    const fibra = groups.find(({ source }) => source === 'Redes › Fibra');
    const [first] = fibra.hits.filter(({ title }) => title === 'Emenda de fibra');
    assert.deepEqual([first.url, first.child, first.marks], [`${BASE}pt-br/Redes/Fibra/Emenda_de_fibra`, false, ['fibra']]);
    const section = fibra.hits.find(({ url }) => url.includes('#'));
    assert.deepEqual([section.child, decodeURI(section.url)], [true, `${BASE}pt-br/Redes/Fibra/Emenda_de_fibra#preparação-da-fibra`]);
    assert.deepEqual([section.title, section.marks], ['Preparação da fibra', ['fibra']]);
    assert.ok(groups.every(({ hits }) => hits.every(({ url }) => url.startsWith(BASE))));
    assert.deepEqual([...new Set(answers)], [200]);
  });

  test(`DocSearch ${version}: texts with signs of HTML are shown as they are written`, async () => {
    const { groups } = await docsearch(version, 'fusao rapida');
    const hits = groups.flatMap((group) => group.hits);
    const heading = hits.find(({ url }) => url.includes('#'));
    assert.deepEqual([heading.title, heading.marks], ['2. Fusão <rápida>', ['Fusão', 'rápida']]);
    assert.equal(decodeURI(heading.url), `${BASE}pt-br/Redes/Fibra/Emenda_de_fibra#h-2-fusão-rápida`);
    const signs = await docsearch(version, 'clivador').then(({ groups: [{ hits: found }] }) => found[0]);
    assert.ok(`${signs.title} ${signs.path}`.includes('Use "clivador" & álcool.') || version === 5, JSON.stringify(signs));
  });

  test(`DocSearch ${version}: nothing found, a very long query, a page in no folder`, async () => {
    const { page, groups } = await docsearch(version, 'xyzxyz');
    assert.deepEqual(groups, []);
    assert.match(await page.locator('.DocSearch-NoResults').innerText(), /xyzxyz/);
    const alone = await docsearch(version, 'jabuticaba');
    assert.deepEqual(alone.groups.map(({ source, hits }) => [source, hits[0].url]), [['Página sem pasta', `${BASE}pt-br/Sem_pasta`]]);
    const long = await docsearch(version, 'jabuticaba '.repeat(200).trim().slice(0, version === 3 ? 64 : 512).trim());
    assert.equal(long.groups.length, 1);
  });

  for (const [who, facetFilters] of Object.entries({
    Docusaurus: ['language:pt-BR', ['docusaurus_tag:default', 'docusaurus_tag:docs-default-current']],
    VitePress: ['lang:pt-BR'], VuePress: [['lang:pt-BR']], 'Docusaurus, version 2': ['language:pt', ['docusaurus_tag:default'], 'version:current'],
  })) {
    test(`DocSearch ${version}: the language filter of ${who}`, async () => {
      const { groups } = await docsearch(version, 'emenda', { searchParameters: { facetFilters } });
      const urls = groups.flatMap(({ hits }) => hits.map(({ url }) => url));
      assert.ok(urls.length >= 2);
      assert.deepEqual(urls.filter((url) => !url.startsWith(`${BASE}pt-br/`)), []);
    });
  }

  test(`DocSearch ${version}: without a filter every language is found; one of another language leaves that`, async () => {
    const urls = ({ groups }) => [...new Set(groups.flatMap(({ hits }) => hits.map(({ url }) => url.slice(BASE.length).split('/')[0])))].sort();
    assert.deepEqual(urls(await docsearch(version, 'emenda')), ['en', 'es', 'pt-br']);
    assert.deepEqual(urls(await docsearch(version, 'emenda', { searchParameters: { facetFilters: ['language:es'] } })), ['es']);
  });

  test(`DocSearch ${version}: Enter opens what is chosen`, async () => {
    const { page, groups } = await docsearch(version, 'jabuticaba');
    await context.route(`${BASE}**`, (route) => route.fulfill({ contentType: 'text/html', body: '<p>aqui' }));
    await page.locator('.DocSearch-Hit[aria-selected="true"]').first().waitFor();
    // Where a slow machine lets somebody type before it is ready, version 5 takes the focus away: here it is put back.
    await page.locator('.DocSearch-Input').press('Enter');
    await page.waitForURL(groups[0].hits[0].url);
  });
}

test('the widget is served below 12 kB gzipped', async () => {
  const served = await (await fetch(`${daemon.address}/achei.js`)).text();
  assert.match(served, /customElements\.define\('achei-search'/);
  assert.ok(gzipSync(served, { level: 9 }).length < 12000);
});

test('InstantSearch: hits, highlights, counts and pages', async () => {
  const { page, answers } = await open('instantsearch');
  const items = page.locator('.ais-Hits-item');
  await items.first().waitFor();
  await page.locator('#box input').fill('girassol');
  await page.getByText('23 results found').waitFor();
  assert.equal(await items.count(), 5);
  assert.equal(await items.first().locator('mark').innerText(), 'girassol');
  assert.equal(await page.locator('#pages .ais-Pagination-item--page').count(), 5);
  const before = await items.allInnerTexts();
  await page.locator('#pages').getByRole('link', { name: /^(Page )?5$/ }).click();
  await page.waitForFunction(() => document.querySelectorAll('.ais-Hits-item').length === 3);
  assert.ok((await items.allInnerTexts()).every((text) => !before.includes(text)));
  assert.deepEqual([...new Set(answers)], [200]);
});

test('InstantSearch: values of its own escaping: what is written is shown, once', async () => {
  const { page } = await open('instantsearch');
  await page.locator('#box input').fill('roteador');
  const title = page.locator('.ais-Hits-item b').first();
  await page.locator('.ais-Hits-item b mark').first().waitFor();
  assert.equal(await title.evaluate((one) => one.textContent), 'Roteador & ponte');
  assert.equal(await title.locator('mark').innerText(), 'Roteador');
  assert.ok((await page.locator('.ais-Hits-item a').first().getAttribute('href')).startsWith(`${BASE}pt-br/Redes/Roteador`));
});

test('InstantSearch: refinements, alone, together, one of a kind or several, and cleared', async () => {
  const { page } = await open('instantsearch');
  const stats = page.locator('#stats');
  const until = (text) => stats.locator('.ais-Stats-text').getByText(text).waitFor();
  await page.locator('#box input').fill('girassol');
  await until('23 results');
  const counts = () => page.locator('#tags .ais-RefinementList-labelText').evaluateAll((labels) => Object.fromEntries(
    labels.map((label) => [label.textContent, Number(label.parentElement.querySelector('.ais-RefinementList-count').textContent)])));
  assert.deepEqual(await counts(), { fechado: 12, aberto: 11 });
  await page.locator('#tags').getByLabel('aberto').check();
  await until('11 results');
  // The other values are still offered, with what they would give.
  assert.deepEqual(await counts(), { aberto: 11, fechado: 12 });
  await page.locator('#tags').getByLabel('fechado').check();
  await until('23 results');
  await page.locator('#box input').fill('');
  await until('23 results');
  await page.locator('#clear button').click();
  await until('30 results');
  await page.locator('#langs').getByText('es', { exact: true }).click();
  await until('1 result');
  await page.locator('#langs').getByText('es', { exact: true }).click();
  await until('30 results');
  await page.locator('#areas').getByLabel('Redes/Fibra').check();
  await until('2 results');
});

test('InstantSearch: a search among values', async () => {
  const { page } = await open('instantsearch');
  await page.locator('#tags .ais-RefinementList-item').first().waitFor();
  await page.locator('#tags input[type=search]').fill('fech');
  await page.waitForFunction(() => document.querySelectorAll('#tags .ais-RefinementList-labelText').length === 1);
  const label = page.locator('#tags .ais-RefinementList-labelText');
  assert.equal(await label.evaluate((one) => one.textContent), 'fechado');
  assert.equal(await label.locator('mark').innerText(), 'fech');
});

test('Pagefind Component UI: results with sections, marks and counts, filters', async () => {
  const { page, answers } = await open('pagefind-components');
  const plain = page.locator('#plain');
  await plain.locator('input[type=search]').fill('emenda');
  await plain.locator('.pf-summary').getByText('4 resultados').waitFor();
  const link = plain.locator('pagefind-results a').first();
  await link.waitFor();
  const links = await plain.locator('pagefind-results a').evaluateAll((all) => all.map((one) => decodeURI(one.href)));
  assert.ok(links.every((url) => url.startsWith(BASE)), links.join());
  assert.ok(links.some((url) => url === `${BASE}pt-br/Redes/Fibra/Emenda_de_fibra#preparação-da-fibra`), links.join());
  assert.ok((await plain.locator('pagefind-results mark').allInnerTexts()).some((text) => text === 'emenda'));
  await plain.locator('[data-filter-name=lang] summary').click();
  await plain.getByLabel(/^es/).check();
  await plain.locator('.pf-summary').getByText('1 resultado').waitFor();
  assert.deepEqual([...new Set(answers)], [200]);
});

test('Pagefind Component UI: the dialog', async () => {
  const { page } = await open('pagefind-components');
  await page.locator('pagefind-modal-trigger button').click();
  const dialog = page.getByRole('dialog');
  await dialog.locator('input').first().fill('jabuticaba');
  await dialog.getByRole('link', { name: 'Página sem pasta' }).first().waitFor();
});

test('Pagefind Default UI: results, sections, filters, more', async () => {
  const { page, answers } = await open('pagefind-default');
  await page.locator('.pagefind-ui__search-input').fill('girassol');
  await page.getByText('23 results for girassol').waitFor();
  await page.getByRole('button', { name: 'Load more' }).click();
  await page.waitForFunction(() => document.querySelectorAll('.pagefind-ui__result-link').length >= 10);
  await page.getByLabel('aberto (11)').check();
  await page.getByText('11 results for girassol').waitFor();
  await page.getByLabel('aberto (11)').uncheck();
  await page.locator('.pagefind-ui__search-input').fill('fusão rápida');
  await page.getByText('1 result for fusão rápida').waitFor();
  // The page's own link leads to its best section, which this interface then does not list once more.
  const url = await page.locator('.pagefind-ui__result-link').first().getAttribute('href');
  assert.equal(decodeURI(url), `${BASE}pt-br/Redes/Fibra/Emenda_de_fibra#h-2-fusão-rápida`);
  await page.locator('.pagefind-ui__search-input').fill('clivador');
  await page.locator('.pagefind-ui__result mark').getByText('clivador').waitFor();
  assert.match(await page.locator('.pagefind-ui__result-excerpt').first().innerText(), /Use "clivador" & álcool\./);
  assert.deepEqual([...new Set(answers)], [200]);
});
