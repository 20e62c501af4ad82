// What the widget and the search page tell of clicks and answers, and the page of insights in a browser.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startSite } from './support/site.js';
import { PAGES } from './support/wiki.js';

const TOKEN = 'token-of-the-browser-tests';
const FEEDBACK = { body: '<achei-search feedback></achei-search>' };
let site;
before(async () => (site = await startSite(PAGES, { ACHEI_INSIGHTS__FILE: 'insights.db', ACHEI_ADMIN_TOKEN: TOKEN })));
after(() => site?.stop());
afterEach(() => site.tidy());

/** What the page tells from now on. Beacons cannot be routed, so they are taken where they are sent; `pass` sends them, too. */
async function beacons(visit, pass = false) {
  const sent = [];
  await visit.page.exposeFunction('told', (address) => sent.push(new URL(address).searchParams));
  await visit.page.evaluate((pass) => {
    const send = navigator.sendBeacon.bind(navigator);
    navigator.sendBeacon = (address) => {
      window.told(String(address));
      return pass ? send(address) : true;
    };
  }, pass);
  return sent;
}

const until = async (holds) => {
  while (!(await holds())) await new Promise((done) => setTimeout(done, 20));
};

test('opening a hit tells its place among the pages, and of which search', async () => {
  const visit = await site.visit();
  const sent = await beacons(visit);
  await visit.search('boleto');
  await visit.page.locator('.group').nth(1).locator('.option').first().click();
  await until(() => sent.length === 1);
  assert.match(sent[0].get('id'), /^[0-9a-f]{32}$/);
  assert.equal(sent[0].get('n'), '2');
});

test('newest pages and recent searches, opened before anything was typed, tell nothing', async () => {
  const visit = await site.visit();
  const sent = await beacons(visit);
  await visit.open();
  await visit.options.first().click();
  await visit.page.waitForURL((url) => !url.pathname.startsWith('/inicio'));
  assert.deepEqual(sent, []);
});

test('feedback asks below hits, where asked for, until a hit is opened or it is answered', async () => {
  const plain = await site.visit();
  await plain.search('boleto');
  assert.equal(await plain.message.isVisible(), false);

  const visit = await site.visit({ page: FEEDBACK });
  const sent = await beacons(visit);
  await visit.search('boleto');
  await visit.message.getByText('Encontrou?').waitFor();
  await visit.message.getByRole('button', { name: 'Não' }).click();
  await until(() => sent.length === 1);
  assert.equal(sent[0].get('found'), 'no');
  assert.equal(await visit.message.isVisible(), false);
  assert.equal(await visit.input.evaluate((input) => input.getRootNode().activeElement === input), true);

  await visit.search('roteador');
  await visit.message.getByText('Encontrou?').waitFor();
  await visit.input.press('ArrowDown');
  const [tab] = await Promise.all([visit.context.waitForEvent('page'), visit.input.press('Control+Enter')]);
  await tab.close();
  assert.equal(await visit.message.isVisible(), false);

  await visit.search('zzzqqq');
  assert.equal(await visit.message.getByText('Encontrou?').count(), 0);
});

test('the page shows what was searched, to who has the token', async () => {
  const visit = await site.visit({ page: FEEDBACK });
  const sent = await beacons(visit, true);
  await visit.search('jabuticabeira');
  await visit.search('girassol');
  await visit.message.getByRole('button', { name: 'Sim' }).click();
  await visit.options.first().click();
  await until(() => sent.length === 2);

  const kept = async () => (await fetch(`${site.daemon}/insights?format=json`, { headers: { authorization: `Bearer ${TOKEN}` } })).text();
  await until(async () => (await kept()).includes('girassol'));
  const desk = await site.visit({ context: { httpCredentials: { username: 'editora', password: TOKEN } } });
  const response = await desk.page.goto(`${site.daemon}/insights`);
  assert.equal(response.status(), 200);
  const text = await desk.page.locator('main').innerText();
  assert.ok(text.includes('girassol') && text.includes('jabuticabeira'), text);
  await desk.page.locator('#health').waitFor();

  assert.equal((await fetch(`${site.daemon}/insights`)).status, 401);
});
