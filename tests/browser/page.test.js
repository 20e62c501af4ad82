// The search page: without a script, while typing, its keys, its addresses, and what screen readers are told.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { gate, startBrowser, stopClock } from './support/browser.js';
import { startDaemon } from './support/daemon.js';
import { startServer } from './support/server.js';
import { PAGES } from './support/wiki.js';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const later = (ms) => new Promise((done) => setTimeout(done, ms));
let daemon;
let browser;
const visits = new Set();

before(async () => {
  [daemon, browser] = [await startDaemon(PAGES), await startBrowser()];
});
after(async () => {
  await browser?.close();
  await daemon?.stop();
});

/** No page may have complained: no error, no report of the policy. */
afterEach(async () => {
  const faults = [...visits].flatMap(({ faults, provoked }) => faults.filter((fault) => !provoked?.test(fault)));
  for (const { context } of visits) {
    await context.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  }
  visits.clear();
  assert.deepEqual(faults, []);
});

/** Opens the page. `answer(url, route)` may answer what the script asks for, by returning true; with `stopped` its clock is. */
async function open(path = '/', { answer, stopped = false, ...options } = {}) {
  const context = await browser.newContext({ locale: 'pt-BR', viewport: { width: 1100, height: 760 }, ...options });
  context.setDefaultTimeout(60000);
  const page = await context.newPage();
  if (stopped) await stopClock(page);
  const visit = { context, page, faults: [], asked: [], box: page.getByRole('searchbox'), titles: page.locator('.hit h2'), count: page.locator('.count') };
  visits.add(visit);
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && visit.faults.push(message.text()));
  page.on('pageerror', (error) => visit.faults.push(String(error)));
  page.on('dialog', (dialog) => {
    visit.faults.push(`a dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  await context.route((url) => url.origin === daemon.address && url.pathname === '/', async (route) => {
    const url = new URL(route.request().url());
    if (route.request().resourceType() === 'xhr') visit.asked.push(url.searchParams.get('q') ?? '');
    if (!(await answer?.(url, route))) await route.continue();
  });
  await page.goto(daemon.address + path);
  visit.shows = (text) => page.getByRole('heading', { level: 1, name: text }).waitFor();
  visit.path = () => page.evaluate(() => location.pathname + location.search);
  return visit;
}

for (const javaScriptEnabled of [true, false]) {
  test(`search, filter, page and the way back ${javaScriptEnabled ? 'with' : 'without'} a script`, async () => {
    const visit = await open('/', { javaScriptEnabled });
    await visit.box.fill('girassol');
    await visit.page.keyboard.press('Enter');
    await visit.shows('12 páginas encontradas');
    assert.equal(await visit.titles.count(), 10);
    await visit.page.getByRole('link', { name: 'Próximas' }).click();
    await visit.page.waitForURL((url) => url.searchParams.get('offset') === '10');
    assert.equal(await visit.titles.count(), 2);
    await visit.page.goBack();
    await visit.box.fill('roteador');
    await visit.page.keyboard.press('Enter');
    await visit.shows('3 páginas encontradas');
    await visit.page.getByRole('complementary', { name: 'Filtrar' }).getByRole('link', { name: 'Inglês 1' }).click();
    await visit.shows('1 página encontrada');
    assert.equal(await visit.path(), '/?q=roteador&lang=en');
    await visit.box.fill('antena');
    await visit.page.keyboard.press('Enter');
    await visit.page.getByRole('heading', { name: 'Nada encontrado' }).waitFor();
    assert.match(await visit.page.locator('.empty').innerText(), /Buscar em toda a wiki\s+1 página encontrada/);
    await visit.page.getByRole('link', { name: 'Buscar em toda a wiki' }).click();
    await visit.shows('1 página encontrada');
    assert.equal(await visit.path(), '/?q=antena');
    await visit.page.goBack();
    await visit.page.getByRole('link', { name: 'Inglês' }).click();
    await visit.shows('1 página encontrada');
    assert.equal(await visit.path(), '/?q=antena');
  });
}

test('it searches as you type: at once, then when typing rests; focus and caret stay', async () => {
  const visit = await open();
  assert.equal(await visit.box.evaluate((box) => document.activeElement === box), true);
  await visit.box.evaluate((input) => {
    // All in one turn, so that a busy machine does not make it a pause.
    for (const letter of 'antena') {
      input.value += letter;
      input.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
    }
  });
  await visit.shows('1 página encontrada');
  assert.deepEqual(visit.asked, ['a', 'antena']);
  assert.equal(await visit.path(), '/?q=antena');
  assert.equal(await visit.page.title(), 'antena · Busca');
  await visit.page.keyboard.press('Home');
  const answered = visit.page.waitForResponse((response) => response.url().includes('boleto'));
  await visit.page.keyboard.type('boleto ');
  await (await answered).finished();
  await visit.page.waitForFunction(() => new URL(location.href).searchParams.get('q') === 'boleto antena');
  assert.deepEqual(await visit.box.evaluate((box) => [document.activeElement === box, box.selectionStart, box.value]), [true, 7, 'boleto antena']);
});

test('Back leads to what was there before typing, and Forward returns', async () => {
  const visit = await open('/?q=boleto');
  const before = await visit.count.innerText();
  await visit.box.fill('ante');
  await visit.shows('1 página encontrada');
  await visit.box.fill('antena');
  await visit.page.waitForURL((url) => url.searchParams.get('q') === 'antena');
  await visit.page.keyboard.press('Enter');
  await visit.box.fill('girassol');
  await visit.shows('12 páginas encontradas');
  await visit.page.goBack();
  await visit.shows('1 página encontrada');
  assert.equal(await visit.box.inputValue(), 'antena');
  await visit.page.goBack();
  await visit.shows(before);
  assert.equal(await visit.box.inputValue(), 'boleto');
  await visit.page.goForward();
  await visit.shows('1 página encontrada');
  assert.deepEqual([await visit.box.inputValue(), await visit.page.title()], ['antena', 'antena · Busca']);
});

test('Enter before the answer makes one entry of it', async () => {
  const held = gate();
  const visit = await open('/', { answer: async (url) => { if (url.searchParams.get('q') === 'antena') await held.opened; return false; } });
  await visit.box.fill('a');
  await visit.page.waitForURL((url) => url.searchParams.get('q') === 'a');
  await visit.box.fill('antena');
  await visit.page.keyboard.press('Enter');
  held.open();
  await visit.shows('1 página encontrada');
  await visit.box.fill('boleto');
  await visit.page.waitForURL((url) => url.searchParams.get('q') === 'boleto');
  await visit.page.goBack();
  await visit.page.waitForURL((url) => url.searchParams.get('q') === 'antena');
  await visit.page.goBack();
  await visit.page.getByRole('heading', { name: 'Para achar mais depressa' }).waitFor();
  assert.equal(await visit.box.inputValue(), '');
});

test('a link to a hit, and Back: the results are as they were', async () => {
  const visit = await open();
  await visit.box.fill('antena');
  await visit.shows('1 página encontrada');
  await visit.titles.locator('a').click();
  await visit.page.waitForURL((url) => url.pathname.includes('antena'));
  visit.provoked = /404/;
  await visit.page.goBack();
  await visit.shows('1 página encontrada');
  assert.equal(await visit.box.inputValue(), 'antena');
});

test('emptied, it is the page to start from again', async () => {
  const visit = await open('/?q=boleto');
  await visit.box.fill('');
  await visit.page.getByRole('heading', { name: 'Para achar mais depressa' }).waitFor();
  assert.equal(await visit.path(), '/');
  assert.equal(await visit.page.evaluate(() => document.body.className), 'start');
});

test('the last question counts, in whatever order answers come', async () => {
  const held = gate();
  const visit = await open('/', { answer: async (url) => { if (url.searchParams.get('q') === 'boleto') await held.opened; return false; } });
  const isFirst = (request) => request.url().includes('boleto');
  const asked = visit.page.waitForRequest(isFirst);
  const ended = visit.page.waitForEvent('requestfailed', isFirst);
  await visit.box.fill('boleto');
  await asked;
  await visit.box.fill('antena');
  await visit.shows('1 página encontrada');
  await ended;
  held.open();
  await later(800);
  assert.equal(await visit.count.innerText(), '1 página encontrada');
  assert.equal(await visit.path(), '/?q=antena');
});

test('a slow answer shows that it is awaited; old results stay', async () => {
  const held = gate();
  const visit = await open('/?q=girassol', {
    stopped: true, answer: async (url) => { if (url.searchParams.get('q') === 'antena') await held.opened; return false; },
  });
  await visit.box.fill('antena');
  await visit.page.clock.runFor(249);
  assert.equal(await visit.page.locator('.box.waiting').count(), 0);
  await visit.page.clock.runFor(1);
  assert.equal(await visit.page.locator('.box.waiting').count(), 1);
  assert.equal(await visit.page.locator('main').getAttribute('aria-busy'), 'true');
  assert.equal(await visit.titles.count(), 10);
  held.open();
  await visit.shows('1 página encontrada');
  assert.equal(await visit.page.locator('.box.waiting').count(), 0);
  assert.equal(await visit.page.locator('main').getAttribute('aria-busy'), null);
});

test('where no answer comes it says so, keeps what is there, and Enter tries again', async () => {
  let broken = true;
  const visit = await open('/?q=girassol', {
    answer: async (url, route) => {
      if (url.searchParams.get('q') !== 'antena' || !broken) return false;
      await route.abort();
      return true;
    },
  });
  visit.provoked = /Failed to load resource/;
  await visit.box.fill('antena');
  await visit.page.getByRole('status').filter({ hasText: 'A busca não respondeu' }).waitFor();
  assert.equal(await visit.page.locator('.said').isVisible(), true);
  assert.equal(await visit.titles.count(), 10);
  broken = false;
  await visit.page.keyboard.press('Enter');
  await visit.shows('1 página encontrada');
  assert.equal(await visit.page.locator('.said.failed').count(), 0);
});

test('what the server refuses is told as on a page of its own', async () => {
  const visit = await open();
  visit.provoked = /status of 422/;
  await visit.box.fill('ã'.repeat(300));
  await visit.page.getByRole('alert').getByText('A busca não pôde ser feita').waitFor();
  await visit.box.fill('antena');
  await visit.shows('1 página encontrada');
});

test('how many there are is said politely, once typing has rested', async () => {
  const visit = await open('/', { stopped: true });
  const status = visit.page.getByRole('status');
  assert.equal(await status.count(), 1);
  await visit.box.fill('girassol');
  await visit.shows('12 páginas encontradas');
  await visit.page.clock.runFor(499);
  assert.equal(await status.innerText(), '');
  await visit.page.clock.runFor(1);
  assert.equal(await status.innerText(), '12 páginas encontradas');
  await visit.box.fill('xyzxyz');
  await visit.page.getByRole('heading', { name: 'Nada encontrado' }).waitFor();
  await visit.page.clock.runFor(500);
  assert.match(await status.innerText(), /^0 páginas/);
});

test('a dead key is not searched for before its letter is there; an input method keeps its keys', async () => {
  const visit = await open('/?q=girassol');
  const client = await visit.context.newCDPSession(visit.page);
  await visit.box.focus();
  await visit.page.keyboard.press('End');
  await client.send('Input.imeSetComposition', { text: '~', selectionStart: 1, selectionEnd: 1 });
  await later(400);
  assert.deepEqual(visit.asked, []);
  const answered = visit.page.waitForURL((url) => url.searchParams.get('q') === 'girassolã');
  await client.send('Input.insertText', { text: 'ã' });
  await answered;
  assert.deepEqual(visit.asked, ['girassolã']);
  await visit.box.fill('girassol');
  await visit.shows('12 páginas encontradas');
  for (const init of [{ isComposing: true }, { keyCode: 229 }]) {
    await visit.box.evaluate((box, init) => box.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true, ...init })), init);
    assert.equal(await visit.box.evaluate((box) => document.activeElement === box), true);
  }
});

test('arrows walk through the hits, Escape and / return to the box', async () => {
  const visit = await open('/?q=girassol');
  const at = () => visit.page.evaluate(() => [...document.querySelectorAll('.hit h2 a')].indexOf(document.activeElement));
  const inBox = () => visit.box.evaluate((box) => document.activeElement === box);
  await visit.page.keyboard.press('/');
  assert.equal(await inBox(), true);
  assert.equal(await visit.box.inputValue(), 'girassol');
  for (const [key, place] of [['ArrowDown', 0], ['ArrowDown', 1], ['ArrowUp', 0], ['ArrowUp', -1], ['ArrowDown', 0], ['Escape', -1]]) {
    await visit.page.keyboard.press(key);
    assert.equal(await at(), place, key);
  }
  assert.equal(await inBox(), true);
  await visit.page.keyboard.press('ArrowDown');
  for (let n = 0; n < 15; n++) await visit.page.keyboard.press('ArrowDown');
  assert.equal(await at(), 9);
  // Not with modifiers, and in the box it is a letter.
  await visit.page.keyboard.press('Control+/');
  assert.equal(await at(), 9);
  await visit.page.keyboard.press('/');
  await visit.page.keyboard.type('a/b');
  assert.equal(await visit.box.inputValue(), 'a/b');
});

test('the page loads nothing but its style, its icon and its script, which is small', async () => {
  const visit = await open();
  const loaded = new Set();
  visit.page.on('response', (response) => loaded.add(new URL(response.url()).pathname.replace(/\.[0-9a-f]+\./, '.')));
  await visit.page.goto(`${daemon.address}/?q=girassol`, { waitUntil: 'networkidle' });
  assert.deepEqual([...loaded].sort(), ['/', '/assets/icon.svg', '/assets/page.css', '/assets/page.js']);
  const script = await readFile(new URL('../../web/page.js', import.meta.url));
  assert.ok(gzipSync(script, { level: 9 }).length < 2500);
});

test('what was answered once is asked again by its ETag: here and in the widget', async () => {
  const host = await startServer((request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(`<!doctype html><html lang="pt-BR"><title>host</title><script type="module" src="${daemon.address}/achei.js"></script><achei-search></achei-search>`);
  });
  // Playwright's routes would switch the browser's cache off.
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const client = await context.newCDPSession(page);
    await client.send('Network.enable');
    const statuses = [];
    client.on('Network.responseReceivedExtraInfo', ({ statusCode }) => statuses.push(statusCode));
    await page.goto(daemon.address);
    for (const [query, wait] of [['antena', '.hit'], ['', '.tips'], ['antena', '.hit']]) {
      await page.getByRole('searchbox').fill(query);
      await page.locator(wait).first().waitFor();
    }
    assert.equal(statuses.filter((status) => status === 304).length >= 1, true, statuses.join());
    await page.goto(host.address);
    statuses.length = 0;
    for (const turn of [1, 2]) {
      await page.locator('achei-search .button').click();
      await page.getByRole('combobox').fill('antena');
      await page.locator('.title mark').first().waitFor();
      assert.equal(statuses.includes(304), turn === 2, statuses.join());
      for (const key of ['Escape', 'Escape']) await page.keyboard.press(key);
    }
  } finally {
    await context.close();
    await host.stop();
  }
});

const STATES = {
  start: '/', results: '/?q=girassol', filtered: '/?q=roteador&lang=en&category=en', none: '/?q=xyzxyz', emptied: '/?q=antena&lang=en',
  relaxed: '/?q=girassol%20antena', page: '/?q=girassol&offset=10', refused: '/?q=a&limit=0',
};
const LOOKS = {
  light: { colorScheme: 'light' }, dark: { colorScheme: 'dark' }, phone: { colorScheme: 'light', viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
};
for (const [look, options] of Object.entries(LOOKS)) {
  test(`axe-core finds nothing, and nothing is wider than the window: ${look}`, async () => {
    for (const [state, path] of Object.entries(STATES)) {
      const visit = await open(path, { reducedMotion: 'reduce', ...options });
      visit.provoked = /status of 422/;
      const found = await visit.page.evaluate(`${AXE}; axe.run(document, { preload: false, runOnly: { type: 'tag',
        values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice', 'experimental'] } })
        .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.target + ' ' + node.failureSummary).join('; ')))`);
      assert.deepEqual(found, [], state);
      assert.equal(await visit.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, state);
    }
  });
}
