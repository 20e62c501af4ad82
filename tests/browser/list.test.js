// Keys and pointer in the list, and what opens where.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { gate } from './support/browser.js';
import { startSite } from './support/site.js';

let site;
before(async () => (site = await startSite()));
after(() => site?.stop());
afterEach(() => site.tidy());

const press = async (visit, ...keys) => {
  for (const key of keys) await visit.page.keyboard.press(key);
};
const PASSWORD = '/pt-br/Rede/Roteadores/Senha_do_roteador';

test('arrows go around, with the input as a stop between last and first', async () => {
  const visit = await site.visit();
  await visit.search('senha roteador');
  const count = await visit.options.count();
  assert.ok(count > 2);
  assert.equal(await visit.chosen(), -1);
  await press(visit, 'ArrowDown');
  assert.equal(await visit.chosen(), 0);
  await press(visit, 'ArrowDown');
  assert.equal(await visit.chosen(), 1);
  await press(visit, 'ArrowUp', 'ArrowUp');
  assert.equal(await visit.chosen(), -1);
  await press(visit, 'ArrowUp');
  assert.equal(await visit.chosen(), count - 1);
  await press(visit, 'ArrowDown');
  assert.equal(await visit.chosen(), -1);
});

test('Home and End stay in the input', async () => {
  const visit = await site.visit();
  await visit.search('senha');
  await press(visit, 'ArrowDown', 'Home');
  assert.equal(await visit.input.evaluate((input) => input.selectionStart), 0);
  assert.equal(await visit.chosen(), 0);
  await press(visit, 'End');
  assert.equal(await visit.input.evaluate((input) => input.selectionStart), 5);
});

test('what is chosen is scrolled to', async () => {
  const visit = await site.visit({ context: { viewport: { width: 900, height: 420 } } });
  await visit.search('girassol');
  const count = await visit.options.count();
  for (let n = 0; n < count; n++) await press(visit, 'ArrowDown');
  const inside = await visit.options.last().evaluate((option) => {
    const [inner, outer] = [option, option.closest('.body')].map((one) => one.getBoundingClientRect());
    return inner.top >= outer.top && inner.bottom <= outer.bottom;
  });
  assert.equal(inside, true);
});

test('Enter opens what is chosen, at its section', async () => {
  const visit = await site.visit();
  await visit.search('esqueci a senha do roteador');
  const links = await visit.options.evaluateAll((options) => options.map((option) => option.href));
  await press(visit, 'ArrowDown', 'ArrowDown', 'Enter');
  await visit.page.waitForURL(links[1]);
});

test('Enter without a choice opens the first hit', async () => {
  const visit = await site.visit();
  await visit.search('senha do roteador');
  await press(visit, 'Enter');
  await visit.page.waitForURL((url) => url.pathname === PASSWORD);
});

test('Enter before the answer waits for it, and never opens a hit of the query before', async () => {
  const held = gate();
  const visit = await site.visit({
    answer: async (url) => {
      if (url.searchParams.get('q') === 'antena') await held.opened;
      return false;
    },
  });
  await visit.search('boleto');
  await visit.input.fill('antena');
  await press(visit, 'Enter');
  held.open();
  await visit.page.waitForURL((url) => url.pathname === '/pt-br/Rede/Configuracao_da_antena');
});

test('more typing takes an early Enter back', async () => {
  const held = gate();
  const visit = await site.visit({
    answer: async (url) => {
      if (url.searchParams.get('q') !== 'boleto') await held.opened;
      return false;
    },
  });
  await visit.search('boleto');
  const answered = visit.heard('search', ({ query }) => query === 'antenas');
  await visit.input.fill('antena');
  await press(visit, 'Enter', 's');
  held.open();
  await answered;
  assert.equal(await visit.dialog.isVisible(), true);
});

test('Ctrl Enter opens a new tab and leaves the dialog as it is', async () => {
  const visit = await site.visit();
  await visit.search('senha do roteador');
  const [tab] = await Promise.all([visit.context.waitForEvent('page'), press(visit, 'ArrowDown', 'Control+Enter')]);
  await tab.waitForURL((url) => url.pathname === PASSWORD);
  assert.equal(await visit.dialog.isVisible(), true);
  assert.equal(await visit.chosen(), 0);
  assert.equal(await tab.evaluate(() => window.opener), null);
});

test('on a Mac it is Command Enter that opens a new tab', async () => {
  const js = "Object.defineProperty(navigator, 'userAgentData', { value: undefined }); Object.defineProperty(navigator, 'platform', { value: 'MacIntel' });";
  const visit = await site.visit({ page: { js } });
  await visit.search('antena');
  const before = visit.page.url();
  const [tab] = await Promise.all([visit.context.waitForEvent('page'), visit.page.keyboard.press('Meta+Enter')]);
  assert.match(tab.url(), /Configuracao_da_antena$/);
  assert.equal(visit.page.url(), before);
  assert.equal(await visit.dialog.isVisible(), true);
});

test('results are links: a click, a middle click and a Ctrl click do what they do with links', async () => {
  const visit = await site.visit();
  await visit.search('senha do roteador');
  const first = visit.options.first();
  assert.equal(await first.evaluate((option) => option.localName), 'a');
  assert.equal(await first.evaluate((option) => new URL(option.href).origin), site.host);
  for (const how of [{ button: 'middle' }, { modifiers: ['Control'] }]) {
    const [tab] = await Promise.all([visit.context.waitForEvent('page'), first.click(how)]);
    await tab.waitForURL((url) => url.pathname === PASSWORD);
    assert.equal(await visit.dialog.isVisible(), true);
  }
  await first.click();
  await visit.page.waitForURL((url) => url.pathname === PASSWORD);
});

test('results are links: their menu, copying and dragging are the browser\'s', async () => {
  const visit = await site.visit();
  await visit.search('esqueci a senha');
  const first = visit.options.first();
  const [href, kept] = await first.evaluate((link) => {
    const seen = [];
    for (const type of ['contextmenu', 'copy', 'dragstart']) {
      const event = type === 'copy' ? new ClipboardEvent(type, { bubbles: true, composed: true, cancelable: true })
        : new MouseEvent(type, { bubbles: true, composed: true, cancelable: true, button: 2 });
      seen.push(link.dispatchEvent(event));
    }
    return [link.href, seen];
  });
  assert.match(href, /^http:\/\/127\.0\.0\.1:\d+\/pt-br\/Rede\/Roteadores\/Senha_do_roteador#esqueci-a-senha$/);
  assert.deepEqual(kept, [true, true, true]);
  assert.equal(await first.evaluate((link) => link.draggable), true);
});

test('a link into the very same page closes the dialog', async () => {
  const visit = await site.visit({
    answer: async (url, route) => {
      if (!url.searchParams.get('q')) return false;
      const hit = { url: '#fim', title: 'Fim', title_html: 'Fim', sections: [] };
      await route.fulfill({ json: { total: 1, hits: [hit] }, headers: { 'access-control-allow-origin': '*' } });
      return true;
    },
  });
  await visit.search('fim');
  await press(visit, 'Enter');
  await visit.page.waitForFunction(() => location.hash === '#fim');
  assert.equal(await visit.dialog.isVisible(), false);
});

test('the page may open a hit in its own way', async () => {
  const visit = await site.visit();
  await visit.page.evaluate(() => addEventListener('achei-select', (event) => {
    event.preventDefault();
    window.selected = event.detail;
  }));
  await visit.search('senha do roteador');
  const before = visit.page.url();
  await press(visit, 'ArrowDown', 'Enter');
  const { query, url, position } = await visit.page.evaluate(() => window.selected);
  assert.deepEqual([query, new URL(url).pathname, position], ['senha do roteador', PASSWORD, 1]);
  assert.equal(visit.page.url(), before);
  assert.equal(await visit.dialog.isVisible(), false);
});

test('the pointer chooses when it moves, not when the list moves under it', async () => {
  const visit = await site.visit();
  await visit.search('girassol');
  await visit.options.nth(2).hover();
  assert.equal(await visit.chosen(), 2);
  const box = await visit.options.nth(2).boundingBox();
  await press(visit, 'ArrowUp');
  assert.equal(await visit.chosen(), 1);
  await visit.search('chamado');
  assert.equal(await visit.chosen(), -1);
  await visit.page.mouse.move(box.x + 30, box.y + 12);
  assert.notEqual(await visit.chosen(), -1);
});

test('Escape clears, then closes', async () => {
  const visit = await site.visit();
  await visit.search('senha');
  await press(visit, 'Escape');
  assert.equal(await visit.input.inputValue(), '');
  assert.equal(await visit.dialog.isVisible(), true);
  await press(visit, 'Escape');
  assert.equal(await visit.dialog.isVisible(), false);
});

test('the last query is still there, selected, so that typing replaces it', async () => {
  const visit = await site.visit();
  await visit.search('senha');
  await press(visit, 'Control+k', 'Control+k');
  assert.equal(await visit.input.inputValue(), 'senha');
  await visit.page.keyboard.type('x');
  assert.equal(await visit.input.inputValue(), 'x');
});

test('Limpar clears and goes back to the input', async () => {
  const visit = await site.visit();
  await visit.search('senha');
  await visit.page.getByRole('button', { name: 'Limpar' }).click();
  assert.equal(await visit.input.inputValue(), '');
  assert.equal(await visit.input.evaluate((input) => input.getRootNode().activeElement === input), true);
  assert.equal(await visit.page.getByRole('button', { name: 'Limpar' }).isVisible(), false);
});

test('keys of an input method are its own: arrows, Enter and Escape while composing do nothing', async () => {
  const visit = await site.visit();
  await visit.search('senha');
  const before = visit.page.url();
  const client = await visit.context.newCDPSession(visit.page);
  await client.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 });
  const send = (key, init) => visit.input.evaluate((input, init) => input.dispatchEvent(
    new KeyboardEvent('keydown', { bubbles: true, composed: true, cancelable: true, ...init })), { key, ...init });
  for (const key of ['ArrowDown', 'Enter', 'Escape']) {
    // Only that the browser closes a dialog at Escape is prevented.
    for (const init of [{ isComposing: true }, { keyCode: 229 }]) assert.equal(await send(key, init), key !== 'Escape', key);
  }
  assert.equal(await visit.chosen(), -1);
  assert.equal(visit.page.url(), before);
  assert.equal(await visit.input.inputValue(), 'senhaに');
  assert.equal(await visit.dialog.isVisible(), true);
});

test('a dead key is not searched for before its letter is there', async () => {
  const visit = await site.visit();
  await visit.search('configurac');
  const client = await visit.context.newCDPSession(visit.page);
  await client.send('Input.imeSetComposition', { text: '~', selectionStart: 1, selectionEnd: 1 });
  await new Promise((done) => setTimeout(done, 400));
  const answered = visit.heard('search', ({ query }) => query === 'configuracã');
  await client.send('Input.insertText', { text: 'ã' });
  await answered;
  assert.deepEqual(visit.queries, ['configurac', 'configuracã']);
});
