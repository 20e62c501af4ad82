// What is shown: results, filters, suggestions, and texts of the wiki that stay texts.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startSite } from './support/site.js';
import { PAYLOAD_TITLE } from './support/wiki.js';

let site;
before(async () => (site = await startSite()));
after(() => site?.stop());
afterEach(() => site.tidy());

/** Changes what the daemon answers to queries. */
const changed = (change) => async (url, route) => {
  if (!url.searchParams.get('q')) return false;
  const response = await route.fetch();
  await route.fulfill({ response, json: { ...await response.json(), ...change(url) } });
  return true;
};

test('a page is a group with a name, its best section first and up to two more, each with its own anchor', async () => {
  const visit = await site.visit();
  await visit.search('senha roteador');
  const group = visit.page.getByRole('group', { name: 'Senha do roteador' });
  const links = await group.getByRole('option').evaluateAll((options) => options.map((option) => new URL(option.href).hash));
  assert.equal(links.length, 3);
  assert.equal(new Set(links).size, 3);
  assert.equal(await group.locator('.crumbs').innerText(), 'Rede › Roteadores');
});

test('matches are marked as they are written, whatever was typed', async () => {
  const visit = await site.visit();
  await visit.search('configuracao');
  assert.deepEqual(await visit.options.first().locator('.title mark').allInnerTexts(), ['Configuração']);
});

test('texts of the wiki stay texts', async () => {
  const visit = await site.visit();
  await visit.search('carga perigosa');
  const option = visit.options.first();
  assert.equal(await option.locator('.title').evaluate((title) => title.textContent), PAYLOAD_TITLE);
  const text = await visit.page.locator('.list').evaluate((list) => list.textContent);
  for (const part of ['<svg onload=alert(3)>', '<b onclick=alert(4)>']) assert.ok(text.includes(part), `${part} in ${text}`);
  const tags = await visit.page.locator('.list').evaluate((list) => [...new Set([...list.querySelectorAll('*')].map((one) => one.localName))]);
  assert.deepEqual(tags.sort(), ['a', 'div', 'mark', 'path', 'span', 'svg']);
});

test('an answer that is not what it should be stays text too, and its addresses are not followed', async () => {
  const evil = '<mark onclick=alert(1)>a</mark><img src=x onerror=alert(2)>&lt;b&gt;&amp;lt;&quot;&#039;</mark><mark>m</mark>&nbsp;';
  const visit = await site.visit({
    answer: changed(() => ({
      total: 3, did_you_mean: '<img src=x onerror=alert(3)>', relaxed: true,
      hits: ['javascript:alert(4)', 'data:text/html,<script>alert(5)</script>', 'http://[bad'].map((url) => ({
        url, title: 't', title_html: evil, snippet: evil, heading: '<i>h</i>', breadcrumbs: ['<u>b</u>'],
        sections: [{ url, heading: 'x', snippet: evil }, { url: `${url} `, heading: '<s>', snippet: evil }],
      })),
      facets: { category: [{ value: '<b>a</b>', count: '<i>1</i>' }, { value: 'c', count: 1 }], lang: [{ value: '<x>', count: 1 }, { value: 'y z', count: 2 }] },
    })),
  });
  await visit.search('qualquer');
  const title = visit.options.first().locator('.title');
  assert.equal(await title.evaluate((one) => one.textContent), '<mark onclick=alert(1)>a<img src=x onerror=alert(2)><b>&lt;"\'m&nbsp;');
  assert.deepEqual(await title.locator('mark').allInnerTexts(), ['m']);
  assert.deepEqual(await visit.options.evaluateAll((options) => options.map((option) => option.getAttribute('href'))), Array(6).fill(null));
  assert.equal(await visit.page.locator('dialog').evaluate((dialog) => dialog.querySelectorAll('img, script, iframe, b, i, u, s').length), 0);
  await visit.page.keyboard.press('Enter');
  assert.equal(new URL(visit.page.url()).pathname, '/inicio');
});

test('how many there are is seen and said, after typing has rested', async () => {
  const visit = await site.visit({ stopped: true });
  const said = async () => (await visit.page.locator('[aria-live=polite]').allTextContents()).sort();
  await visit.search('girassol');
  assert.equal(await visit.page.locator('.status').innerText(), '12 páginas encontradas');
  await visit.page.clock.runFor(499);
  assert.deepEqual(await said(), ['', '']);
  await visit.page.clock.runFor(1);
  assert.deepEqual(await said(), ['', '12 páginas encontradas']);
  await visit.search('antena');
  assert.equal(await visit.page.locator('.status').innerText(), '1 página encontrada');
});

test('the same words twice are said twice', async () => {
  const visit = await site.visit({ stopped: true });
  const region = () => visit.page.locator('.live').evaluateAll((all) => all.findIndex((one) => one.textContent));
  await visit.search('girassol');
  await visit.page.clock.runFor(500);
  const first = await region();
  await visit.search('girassóis');
  await visit.page.clock.runFor(500);
  assert.notEqual(first, -1);
  assert.equal(await region(), 1 - first);
});

test('more than are shown: a link to all on the search page', async () => {
  const visit = await site.visit({ page: { body: '<achei-search limit="3"></achei-search>' } });
  await visit.search('girassol');
  assert.equal(await visit.options.count(), 3);
  const link = new URL(await visit.page.getByRole('link', { name: 'Ver todas' }).getAttribute('href'));
  assert.deepEqual([link.origin, link.pathname, link.search], [site.daemon, '/', '?q=girassol']);
  await visit.search('antena');
  assert.equal(await visit.page.getByRole('link', { name: 'Ver todas' }).count(), 0);
});

test('the link to all keeps what narrows the results', async () => {
  const visit = await site.visit({ page: { body: '<achei-search limit="1" category="Rede"></achei-search>' } });
  const query = async () => new URL(await visit.page.getByRole('link', { name: 'Ver todas' }).getAttribute('href')).search;
  await visit.search('roteador');
  assert.equal(await query(), '?q=roteador&category=Rede');
  const other = await site.visit({ page: { body: '<achei-search limit="1"></achei-search>' } });
  await other.search('roteador');
  await other.page.getByRole('button', { name: /^Português/ }).click();
  await other.page.getByRole('button', { name: /^Português/, pressed: true }).waitFor();
  assert.equal(new URL(await other.page.getByRole('link', { name: 'Ver todas' }).getAttribute('href')).search, '?q=roteador&lang=pt-br');
});

test('areas narrow the results and are taken back', async () => {
  const visit = await site.visit();
  await visit.search('senha boleto roteador -girassol');
  await visit.search('a');
  const all = await visit.chips.allInnerTexts();
  const area = visit.page.getByRole('button', { name: /^Financeiro/ });
  await area.focus();
  await visit.page.keyboard.press('Enter');
  const pressed = visit.page.getByRole('button', { name: 'Financeiro', pressed: true });
  await pressed.waitFor();
  assert.equal(visit.asked.at(-1).searchParams.get('category'), 'Financeiro');
  assert.deepEqual([...new Set(await visit.page.locator('.crumbs').allInnerTexts())], ['Financeiro']);
  await visit.page.waitForFunction(() => document.querySelector('achei-search').shadowRoot.activeElement?.getAttribute('aria-pressed') === 'true');
  await visit.page.keyboard.press('Enter');
  await pressed.waitFor({ state: 'detached' });
  assert.deepEqual(await visit.chips.allInnerTexts(), all);
});

test('languages narrow the results', async () => {
  const visit = await site.visit();
  await visit.search('roteador');
  await visit.page.getByRole('button', { name: /^Inglês/ }).click();
  await visit.page.getByRole('button', { name: 'Inglês', pressed: true }).waitFor();
  assert.deepEqual(await visit.page.locator('.title').allInnerTexts(), ['Router password']);
  assert.equal(await visit.options.first().getAttribute('lang'), 'en');
});

test('nothing found within filters leads to the whole wiki', async () => {
  const visit = await site.visit();
  await visit.search('roteador');
  await visit.page.getByRole('button', { name: /^Inglês/ }).click();
  await visit.page.getByRole('button', { name: 'Inglês', pressed: true }).waitFor();
  await visit.search('antena');
  assert.match(await visit.message.innerText(), /Nada encontrado para “antena”/);
  await visit.page.getByRole('button', { name: 'Buscar em toda a wiki' }).click();
  await visit.options.first().waitFor();
  assert.equal(visit.asked.at(-1).searchParams.has('lang'), false);
});

test('the attribute category holds for every search', async () => {
  const visit = await site.visit({ page: { body: '<achei-search category="Rede"></achei-search>' } });
  await visit.search('roteador');
  assert.ok((await visit.options.count()) > 0);
  for (const url of visit.asked) assert.equal(url.searchParams.get('category'), 'Rede');
});

test('nothing found has words, a tip, and what may have been meant', async () => {
  const visit = await site.visit({
    answer: changed((url) => (url.searchParams.get('q') === 'xyzxyz' ? { did_you_mean: 'antena' } : {})),
  });
  await visit.search('xyzxyz');
  assert.match(await visit.message.innerText(), /Nada encontrado para “xyzxyz”/);
  assert.equal(await visit.page.getByRole('listbox').count(), 0);
  assert.equal(await visit.input.getAttribute('aria-expanded'), 'false');
  await visit.page.getByRole('button', { name: 'Você quis dizer: antena' }).click();
  await visit.options.first().waitFor();
  assert.equal(await visit.input.inputValue(), 'antena');
  assert.equal(await visit.input.getAttribute('aria-expanded'), 'true');
  assert.equal(await visit.message.isVisible(), false);
});

test('relaxed results say so, and what may have been meant stands above them', async () => {
  const visit = await site.visit({ answer: changed(() => ({ relaxed: true, did_you_mean: 'boleto' })) });
  await visit.search('antena');
  assert.match(await visit.page.locator('.notice').innerText(), /^Nenhuma página tem todas as palavras.*Você quis dizer\s+boleto$/s);
  await visit.page.locator('.notice').getByRole('button', { name: 'boleto' }).click();
  assert.equal(await visit.input.inputValue(), 'boleto');
});

test('before typing: pages that are new, then also what was searched for', async () => {
  const visit = await site.visit({ page: { body: '<achei-search></achei-search>' } });
  await visit.open();
  await visit.page.getByRole('group', { name: 'Atualizadas há pouco' }).waitFor();
  assert.equal(await visit.page.getByRole('group', { name: 'Buscas recentes' }).count(), 0);
  for (const query of ['girassol', 'antena', 'GIRASSOL']) {
    await visit.search(query);
    const [tab] = await Promise.all([visit.context.waitForEvent('page'), visit.page.keyboard.press('Control+Enter')]);
    await tab.close();
  }
  await visit.search('não aberto');
  await visit.page.keyboard.press('Escape');
  const recent = visit.page.getByRole('group', { name: 'Buscas recentes' });
  await recent.waitFor();
  assert.deepEqual(await recent.getByRole('option').allInnerTexts(), ['GIRASSOL', 'antena']);
  await visit.page.keyboard.press('ArrowDown');
  await visit.page.keyboard.press('ArrowDown');
  await visit.page.keyboard.press('Enter');
  assert.equal(await visit.input.inputValue(), 'antena');
  await visit.page.keyboard.press('Escape');
  await visit.page.getByRole('button', { name: 'Apagar buscas recentes' }).click();
  await recent.waitFor({ state: 'detached' });
  assert.deepEqual(await visit.page.evaluate(() => Object.values(localStorage)), ['[]']);
});

test('at most seven searches are kept, none where that is not wanted', async () => {
  const visit = await site.visit({ page: { body: '<achei-search></achei-search><achei-search recent="off"></achei-search>' } });
  await visit.page.evaluate((key) => localStorage.setItem(key, JSON.stringify(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 7])), `achei-recent:${site.daemon}/`);
  await visit.open();
  await visit.page.getByRole('group', { name: 'Buscas recentes' }).waitFor();
  assert.equal(await visit.page.getByRole('group', { name: 'Buscas recentes' }).getByRole('option').count(), 7);
  await visit.page.keyboard.press('Escape');
  await visit.page.locator('achei-search .button').nth(1).click();
  await visit.page.getByRole('group', { name: 'Atualizadas há pouco' }).waitFor();
  assert.equal(await visit.page.getByRole('group', { name: 'Buscas recentes' }).count(), 0);
});

test('storage that is forbidden or garbled costs the recent searches alone', async () => {
  const js = "if (location.hash !== '#x') Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });";
  const visit = await site.visit({ page: { js } });
  await visit.search('antena');
  await visit.page.keyboard.press('Enter');
  await visit.page.waitForURL((url) => url.pathname.includes('antena'));
  const garbled = await site.visit();
  await garbled.page.evaluate((key) => localStorage.setItem(key, '{"a":'), `achei-recent:${site.daemon}/`);
  await garbled.open();
  await garbled.page.getByRole('group', { name: 'Atualizadas há pouco' }).waitFor();
});
