// What is asked of the daemon and when; slow, broken and missing answers.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { gate } from './support/browser.js';
import { startSite } from './support/site.js';

let site;
before(async () => (site = await startSite()));
after(() => site?.stop());
afterEach(() => site.tidy());

const CORS = { 'access-control-allow-origin': '*' };
const later = (ms) => new Promise((done) => setTimeout(done, ms));
const NETWORK = /Failed to load resource|blocked by CORS/;

test('the first letter is asked for at once, then what stands when typing rests', async () => {
  const visit = await site.visit();
  await visit.open();
  const answered = visit.heard('search', ({ query }) => query === 'antena');
  await visit.input.evaluate((input) => {
    // All in one turn, so that a busy machine does not make it a pause.
    for (const letter of 'antena') {
      input.value += letter;
      input.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true }));
    }
  });
  await answered;
  // The page may tell of the answer before the browser tells of the request.
  const until = Date.now() + 20_000;
  while (visit.queries.length < 2 && Date.now() < until) await later(20);
  assert.deepEqual(visit.queries, ['a', 'antena']);
});

test('an answer that comes too late is not shown, and its request is given up', async () => {
  // Answered once another question was answered, however long a busy machine takes for that.
  const held = gate();
  const visit = await site.visit({
    answer: async (url) => {
      if (url.searchParams.get('q') === 'boleto') await held.opened;
      return false;
    },
  });
  await visit.open();
  const isFirst = (request) => request.url().includes('q=boleto');
  const asked = visit.page.waitForRequest(isFirst);
  const ended = visit.page.waitForEvent('requestfailed', isFirst);
  await visit.input.fill('boleto');
  await asked;
  await visit.search('antena');
  await ended;
  held.open();
  await later(900);
  assert.deepEqual(await visit.page.locator('.title').allInnerTexts(), ['Configuração da antena']);
});

test('the order of answers does not matter even where a request cannot be given up', async () => {
  const held = gate();
  const visit = await site.visit({
    // A fetch that does not listen to its signal, as under some service workers.
    page: { js: 'const fetching = fetch; window.fetch = (url, { signal, ...rest }) => fetching(url, rest);' },
    answer: async (url) => {
      if (url.searchParams.get('q') === 'boleto') await held.opened;
      return false;
    },
  });
  await visit.open();
  const asked = visit.page.waitForRequest((request) => request.url().includes('q=boleto'));
  await visit.input.fill('boleto');
  await asked;
  await visit.search('antena');
  held.open();
  await later(900);
  assert.deepEqual(await visit.page.locator('.title').allInnerTexts(), ['Configuração da antena']);
});

test('what was answered is not asked again, until the dialog is opened anew', async () => {
  const visit = await site.visit();
  await visit.search('boleto');
  await visit.search('antena');
  await visit.search('boleto');
  assert.deepEqual(visit.queries, ['boleto', 'antena']);
  await visit.page.keyboard.press('Control+k');
  const answered = visit.heard('search');
  await visit.page.keyboard.press('Control+k');
  await answered;
  assert.deepEqual(visit.queries, ['boleto', 'antena', 'boleto']);
});

test('about fifty answers are kept, and no more', async () => {
  const visit = await site.visit({
    answer: async (url, route) => {
      await route.fulfill({ json: { total: 1, hits: [{ url: '/a', title: 'A' }] }, headers: CORS });
      return true;
    },
  });
  const queries = Array.from({ length: 52 }, (_, n) => `q${n}`);
  for (const query of queries) await visit.search(query);
  await visit.search('q50');
  assert.deepEqual(visit.queries, queries);
  await visit.search('q0');
  assert.deepEqual(visit.queries, [...queries, 'q0']);
});

test('blanks around and the same text again are no new question; long texts are cut to what is accepted', async () => {
  const visit = await site.visit();
  await visit.search('boleto');
  await visit.input.fill('  boleto ');
  await later(300);
  assert.deepEqual(visit.queries, ['boleto']);
  await visit.search(`${'ção '.repeat(200)}`.slice(0, 90).trim());
  const answered = visit.heard('search', ({ query }) => query.length > 300);
  await visit.input.fill('ção '.repeat(200));
  await answered;
  assert.ok(new TextEncoder().encode(visit.queries.at(-1)).length <= 512);
  assert.equal(await visit.page.getByRole('alert').count(), 0);
});

test('waiting shows after a moment, old results stay, and a slow network is named', async () => {
  const held = gate();
  const visit = await site.visit({
    stopped: true,
    answer: async (url) => {
      if (url.searchParams.get('q') === 'antena') await held.opened;
      return false;
    },
  });
  const { clock } = visit.page;
  await visit.search('boleto');
  await clock.runFor(150);
  const status = visit.page.locator('.status');
  const answered = visit.heard('search', ({ query }) => query === 'antena');
  await visit.input.fill('antena');
  await clock.runFor(249);
  assert.equal(await visit.page.locator('.spin').isVisible(), false);
  await clock.runFor(1);
  assert.equal(await visit.page.locator('.spin').isVisible(), true);
  assert.equal(await status.innerText(), 'Buscando…');
  assert.equal(await visit.page.getByRole('listbox').getAttribute('aria-busy'), 'true');
  assert.ok((await visit.options.count()) > 1);
  await clock.runFor(3750);
  assert.match(await status.innerText(), /^Ainda buscando/);
  held.open();
  await answered;
  assert.equal(await visit.page.locator('.spin').isVisible(), false);
  assert.equal(await visit.page.getByRole('listbox').getAttribute('aria-busy'), 'false');
});

test('a quick answer shows no sign of waiting', async () => {
  const visit = await site.visit({ stopped: true });
  await visit.open();
  await visit.page.evaluate(() => {
    window.spun = [];
    const spin = document.querySelector('achei-search').shadowRoot.querySelector('.spin');
    new MutationObserver(() => window.spun.push(spin.hidden)).observe(spin, { attributeFilter: ['hidden'] });
  });
  await visit.search('antena');
  await visit.page.clock.runFor(5000);
  assert.equal(await visit.page.evaluate(() => window.spun.includes(false)), false);
});

test('an error is an alert with retry', async () => {
  let broken = true;
  const visit = await site.visit({
    answer: async (url, route) => {
      if (broken && url.searchParams.get('q')) await route.fulfill({ status: 500, json: {}, headers: CORS });
      return broken && !!url.searchParams.get('q');
    },
  });
  await visit.open();
  await visit.input.fill('antena');
  const alert = visit.page.getByRole('alert');
  await alert.waitFor();
  assert.match(await alert.innerText(), /A busca não respondeu\./);
  assert.equal(await visit.page.getByRole('listbox').count(), 0);
  // Nothing asks again by itself.
  await later(300);
  assert.deepEqual(visit.queries, ['antena']);
  broken = false;
  await visit.page.getByRole('button', { name: 'Tentar de novo' }).click();
  await visit.options.first().waitFor();
  assert.equal(await visit.page.getByRole('alert').count(), 0);
  assert.equal(await visit.input.evaluate((input) => input.getRootNode().activeElement === input), true);
  visit.forgive(NETWORK);
});

test('a busy daemon, a refused connection and an answer of another kind have words', async () => {
  const answers = {
    ocupada: (route) => route.fulfill({ status: 503, json: {}, headers: CORS }),
    recusada: (route) => route.abort('connectionrefused'),
    pagina: (route) => route.fulfill({ body: '<html>login</html>', contentType: 'text/html', headers: CORS }),
    objeto: (route) => route.fulfill({ json: { hits: 7 }, headers: CORS }),
  };
  const visit = await site.visit({
    answer: async (url, route) => {
      const answer = answers[url.searchParams.get('q')];
      await answer?.(route);
      return !!answer;
    },
  });
  await visit.open();
  for (const query of Object.keys(answers)) {
    await visit.input.fill(query);
    await visit.page.getByRole('alert').filter({ hasText: 'A busca não respondeu.' }).waitFor();
    await visit.search('antena');
  }
  visit.forgive(NETWORK);
});

test('a policy of the host that forbids the connection is an error, not an eternal search', async () => {
  const visit = await site.visit({ page: { body: '<achei-search server="http://127.0.0.1:9/achei"></achei-search>' } });
  await visit.open();
  await visit.page.getByRole('alert').waitFor();
  visit.forgive(/Content Security Policy|Fetch API cannot load/);
});

test('no answer at all ends in an error', async () => {
  const held = gate();
  const visit = await site.visit({
    stopped: true,
    answer: async (url) => {
      if (url.searchParams.get('q')) await held.opened;
      return false;
    },
  });
  await visit.open();
  await visit.input.fill('antena');
  await visit.page.clock.runFor(14_999);
  assert.equal(await visit.page.getByRole('alert').count(), 0);
  await visit.page.clock.runFor(1);
  await visit.page.getByRole('alert').waitFor();
  held.open();
  visit.forgive(NETWORK);
});

test('without a connection it says so, and goes on by itself when there is one', async () => {
  const visit = await site.visit();
  await visit.open();
  await visit.page.getByRole('option').first().waitFor();
  await visit.context.setOffline(true);
  await visit.input.fill('antena');
  await visit.page.getByRole('alert').filter({ hasText: 'Você está sem conexão.' }).waitFor();
  await visit.context.setOffline(false);
  await visit.options.first().waitFor();
  assert.deepEqual(await visit.page.locator('.title').allInnerTexts(), ['Configuração da antena']);
  visit.forgive(/ERR_INTERNET_DISCONNECTED|Failed to load resource/);
});

test('closing gives up what is under way', async () => {
  const held = gate();
  const visit = await site.visit({
    answer: async (url) => {
      if (url.searchParams.get('q')) await held.opened;
      return false;
    },
  });
  await visit.open();
  const isIt = (request) => request.url().includes('q=antena');
  const asked = visit.page.waitForRequest(isIt);
  const ended = visit.page.waitForEvent('requestfailed', isIt);
  await visit.input.fill('antena');
  await asked;
  await visit.page.keyboard.press('Control+k');
  await ended;
  held.open();
  await later(700);
  assert.equal(await visit.dialog.isVisible(), false);
});

test('the attribute server names another daemon, with or without a path and a slash', async () => {
  const seen = [];
  const visit = await site.visit({ page: { body: `<achei-search server="${site.daemon}/busca"></achei-search>` } });
  await visit.context.route(`${site.daemon}/busca/**`, (route) => {
    seen.push(new URL(route.request().url()).pathname);
    return route.fulfill({ json: { total: 0, hits: [] }, headers: CORS });
  });
  await visit.search('antena');
  assert.deepEqual([...new Set(seen)], ['/busca/search']);
});
