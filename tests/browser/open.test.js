// How the dialog is opened and closed, and that it takes nothing from the page around it.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startSite } from './support/site.js';

let site;
before(async () => (site = await startSite()));
after(() => site?.stop());
afterEach(() => site.tidy());

const shown = (visit) => visit.dialog.isVisible();
const FIELDS = '<achei-search></achei-search><input id="field"><textarea id="area"></textarea><select id="select"><option>a</select>'
  + '<p id="rich" contenteditable>texto</p><button id="other">outro</button>';

test('the button opens a modal dialog with the input focused, and gets the focus back', async () => {
  const visit = await site.visit();
  assert.equal(await shown(visit), false);
  await visit.open();
  assert.equal(await visit.dialog.evaluate((dialog) => dialog.matches(':modal')), true);
  assert.equal(await visit.input.evaluate((input) => input.getRootNode().activeElement === input), true);
  await visit.page.keyboard.press('Escape');
  assert.equal(await shown(visit), false);
  assert.equal(await visit.button.evaluate((button) => button.getRootNode().activeElement === button), true);
});

test('Tab stays in the dialog', async () => {
  const visit = await site.visit({ page: { body: FIELDS } });
  await visit.search('roteador');
  for (let n = 0; n < 12; n++) {
    await visit.page.keyboard.press('Tab');
    assert.notEqual(await visit.page.evaluate(() => document.activeElement.id), 'other');
  }
});

test('Ctrl K opens and closes, with the focus back where it was', async () => {
  const visit = await site.visit({ page: { body: FIELDS } });
  await visit.page.locator('#other').focus();
  await visit.page.keyboard.press('Control+k');
  await visit.input.waitFor();
  await visit.page.keyboard.press('Control+K');
  assert.equal(await shown(visit), false);
  assert.equal(await visit.page.evaluate(() => document.activeElement.id), 'other');
});

test('a slash opens, and in the open dialog is a letter like any other', async () => {
  const visit = await site.visit();
  await visit.page.keyboard.press('/');
  await visit.input.waitFor();
  assert.equal(await visit.input.inputValue(), '');
  await visit.page.keyboard.type('a/b');
  assert.equal(await visit.input.inputValue(), 'a/b');
});

test('on a Mac the key is Command, and says so', async () => {
  const visit = await site.visit({
    page: { js: "Object.defineProperty(navigator, 'userAgentData', { value: undefined }); Object.defineProperty(navigator, 'platform', { value: 'MacIntel' });" },
  });
  assert.equal(await visit.button.locator('kbd').innerText(), '⌘K');
  assert.equal(await visit.button.getAttribute('aria-keyshortcuts'), 'Meta+K /');
  await visit.page.keyboard.press('Control+k');
  assert.equal(await shown(visit), false);
  await visit.page.keyboard.press('Meta+k');
  assert.equal(await shown(visit), true);
});

test('elsewhere the key is Control, and says so', async () => {
  const visit = await site.visit();
  assert.equal(await visit.button.locator('kbd').innerText(), 'Ctrl K');
  assert.equal(await visit.button.getAttribute('aria-keyshortcuts'), 'Control+K /');
});

test('whoever types somewhere goes on typing', async () => {
  const visit = await site.visit({ page: { body: FIELDS } });
  for (const id of ['field', 'area', 'rich', 'select']) {
    await visit.page.locator(`#${id}`).focus();
    await visit.page.keyboard.press('/');
    await visit.page.keyboard.press('Control+k');
    assert.equal(await shown(visit), false, id);
  }
  assert.equal(await visit.page.locator('#field').inputValue(), '/');
});

test('fields in the shadow roots of others are left alone, open ones and closed ones', async () => {
  const visit = await site.visit({
    page: {
      body: '<achei-search></achei-search><chat-open></chat-open><chat-closed></chat-closed>',
      js: `for (const mode of ['open', 'closed']) customElements.define('chat-' + mode, class extends HTMLElement {
        constructor() { super(); this.field = document.createElement('input'); this.attachShadow({ mode }).append(this.field); }
      });`,
    },
  });
  for (const name of ['chat-open', 'chat-closed']) {
    await visit.page.evaluate((name) => document.querySelector(name).field.focus(), name);
    await visit.page.keyboard.press('/');
    assert.equal(await shown(visit), false, name);
    assert.equal(await visit.page.evaluate((name) => document.querySelector(name).field.value, name), '/');
  }
});

test('other modifiers, composing, repeats and keys that the page has used do not open', async () => {
  const visit = await site.visit({
    page: { js: "addEventListener('keydown', (e) => { if (e.key === '/' && window.mine) e.preventDefault(); });" },
  });
  for (const keys of ['Control+Shift+k', 'Control+Alt+k', 'Meta+k', 'k', 'Control+/', 'Alt+/', 'Control+f']) {
    await visit.page.keyboard.press(keys);
    assert.equal(await shown(visit), false, keys);
  }
  const send = (init) => visit.page.evaluate((init) => document.body.dispatchEvent(
    new KeyboardEvent('keydown', { key: '/', bubbles: true, composed: true, cancelable: true, ...init })), init);
  for (const init of [{ isComposing: true }, { keyCode: 229 }, { repeat: true }]) {
    await send(init);
    assert.equal(await shown(visit), false, JSON.stringify(init));
  }
  await visit.page.evaluate(() => (window.mine = true));
  await send({});
  assert.equal(await shown(visit), false);
  await visit.page.evaluate(() => (window.mine = false));
  await send({});
  assert.equal(await shown(visit), true);
});

test('a sign that needs Shift on this keyboard opens', async () => {
  const visit = await site.visit();
  const send = (init) => visit.page.evaluate((init) => document.body.dispatchEvent(
    new KeyboardEvent('keydown', { bubbles: true, composed: true, ...init })), init);
  await send({ key: '/', shiftKey: true });
  assert.equal(await shown(visit), true);
});

test('shortcuts are an attribute, an empty one is none', async () => {
  const visit = await site.visit({ page: { body: '<achei-search shortcut="alt+b"></achei-search>' } });
  await visit.page.keyboard.press('/');
  assert.equal(await shown(visit), false);
  await visit.page.keyboard.press('Alt+b');
  assert.equal(await shown(visit), true);
  await visit.page.keyboard.press('Alt+b');
  assert.equal(await shown(visit), false);
  await visit.page.evaluate(() => document.querySelector('achei-search').setAttribute('shortcut', ''));
  assert.equal(await visit.button.locator('kbd').count(), 0);
  assert.equal(await visit.button.getAttribute('aria-keyshortcuts'), null);
  for (const keys of ['Alt+b', 'Control+k', '/']) await visit.page.keyboard.press(keys);
  assert.equal(await shown(visit), false);
});

test('a click beside the panel closes, a selection dragged out of it does not', async () => {
  const visit = await site.visit();
  await visit.search('roteador');
  const box = await visit.input.boundingBox();
  await visit.page.mouse.move(box.x + 40, box.y + 20);
  await visit.page.mouse.down();
  await visit.page.mouse.move(10, 10);
  await visit.page.mouse.up();
  assert.equal(await shown(visit), true);
  await visit.page.mouse.click(10, 10);
  assert.equal(await shown(visit), false);
});

test('the close button closes', async () => {
  const visit = await site.visit();
  await visit.open();
  await visit.page.getByRole('button', { name: 'Fechar' }).click();
  assert.equal(await shown(visit), false);
});

test('two elements share one dialog, which follows who opens it', async () => {
  const visit = await site.visit({ page: { body: '<achei-search></achei-search><achei-search lang="en"></achei-search>' } });
  const owner = () => visit.page.evaluate(() => [...document.querySelectorAll('achei-search')].map((one) => one.shadowRoot.querySelectorAll('dialog').length));
  assert.deepEqual(await owner(), [1, 0]);
  await visit.page.locator('achei-search .button').nth(1).click();
  assert.deepEqual(await owner(), [0, 1]);
  assert.equal(await visit.dialog.getAttribute('aria-label'), 'Search the wiki');
  await visit.page.keyboard.press('Escape');
  await visit.page.keyboard.press('/');
  assert.deepEqual(await owner(), [1, 0]);
  assert.equal(await visit.dialog.getAttribute('aria-label'), 'Buscar na wiki');
  assert.equal(await visit.dialog.count(), 1);
});

test('an element that leaves takes the open dialog with it, and leaves it to the others', async () => {
  const visit = await site.visit({ page: { body: '<achei-search id="a"></achei-search><achei-search id="b"></achei-search>' } });
  await visit.open();
  await visit.page.evaluate(() => document.querySelector('#a').remove());
  assert.equal(await shown(visit), false);
  await visit.page.keyboard.press('/');
  assert.equal(await shown(visit), true);
  await visit.page.evaluate(() => document.querySelector('#b').remove());
  await visit.page.keyboard.press('/');
  assert.equal(await visit.dialog.count(), 0);
  await visit.page.evaluate(() => document.body.append(document.createElement('achei-search')));
  await visit.page.keyboard.press('/');
  assert.equal(await shown(visit), true);
});

test('of two elements the one that can be seen opens; where none can, nothing blocks the page', async () => {
  const css = '.away { display: none }';
  const both = await site.visit({ page: { css, body: '<p class="away"><achei-search></achei-search></p><achei-search id="b"></achei-search>' } });
  await both.page.keyboard.press('/');
  assert.equal(await both.page.evaluate(() => !!document.querySelector('#b').shadowRoot.querySelector('dialog[open]')), true);
  const one = await site.visit({ page: { css, body: '<p class="away"><achei-search></achei-search></p>' } });
  await one.page.keyboard.press('/');
  await one.page.evaluate(() => document.querySelector('achei-search').open());
  assert.equal(await one.dialog.evaluate((dialog) => dialog.open), false);
});

test('the module may be loaded twice', async () => {
  const visit = await site.visit({ page: { body: `<achei-search></achei-search><script type="module" src="${site.daemon}/achei.js?v=2"></script>` } });
  await visit.page.waitForLoadState('networkidle');
  await visit.page.keyboard.press('/');
  assert.equal(await visit.dialog.count(), 1);
  assert.equal(await shown(visit), true);
});

test('the page behind keeps its styles, its place and its keys', async () => {
  const visit = await site.visit({
    page: { body: '<achei-search></achei-search><p class="tall">alto</p>', css: '.tall { height: 4000px }', js: "window.keys = []; addEventListener('keydown', (e) => keys.push(e.key));" },
  });
  const outside = () => visit.page.evaluate(() => [document.documentElement, document.body].map((e) => [e.getAttribute('style'), e.className, getComputedStyle(e).overflow]));
  const before = await outside();
  const head = await visit.page.evaluate(() => document.head.childElementCount);
  await visit.search('roteador');
  await visit.page.keyboard.type('sx');
  assert.deepEqual(await outside(), before);
  assert.equal(await visit.page.evaluate(() => document.head.childElementCount), head);
  assert.deepEqual(await visit.page.evaluate(() => window.keys), []);
  for (const [x, y] of [[20, 700], [550, 110], [550, 300]]) {
    await visit.page.mouse.move(x, y);
    await visit.page.mouse.wheel(0, 400);
  }
  await visit.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  assert.equal(await visit.page.evaluate(() => scrollY), 0);
});

test('pages open and close it themselves, and hear of it', async () => {
  const visit = await site.visit();
  await visit.page.evaluate(() => {
    window.told = [];
    for (const name of ['open', 'close']) addEventListener(`achei-${name}`, () => window.told.push(name));
    document.querySelector('achei-search').open('antena');
  });
  assert.equal(await visit.input.inputValue(), 'antena');
  await visit.page.evaluate(() => document.querySelector('achei-search').close());
  assert.equal(await shown(visit), false);
  await visit.page.waitForFunction(() => window.told.includes('close'));
  assert.deepEqual(await visit.page.evaluate(() => window.told), ['open', 'close']);
});
