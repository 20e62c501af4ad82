// DocSearch and InstantSearch, unchanged and pinned, in jsdom: another document model than the browser's, the same daemon.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { JSDOM, VirtualConsole } from 'jsdom';
import { docsearchLine, INSTANTSEARCH_BODY, instantsearchLine, SCRIPTS, sourceOf } from './support/clients.js';
import { startDaemon } from './support/daemon.js';
import { BASE, DOCS, SETTINGS } from './support/docs.js';

const WAIT_MS = 20000;
let daemon;
before(async () => (daemon = await startDaemon(DOCS, SETTINGS)));
after(() => daemon?.stop());

/** A page with a front end; what jsdom lacks and front ends ask for is there, and does nothing. */
async function page(name, body, line) {
  const faults = [];
  const console = new VirtualConsole();
  console.on('jsdomError', (error) => /Not implemented|Could not parse CSS/.test(error.message) || faults.push(error.message));
  const dom = new JSDOM(`<!doctype html><html lang="pt-BR"><body>${body}</body></html>`, {
    url: 'https://docs.example.org/', runScripts: 'dangerously', pretendToBeVisual: true, virtualConsole: console,
  });
  const { window } = dom;
  class Observer {
    observe() {}
    unobserve() {}
    disconnect() {}
  }
  Object.assign(window, { IntersectionObserver: Observer, ResizeObserver: Observer, scrollTo() {}, TextEncoder, TextDecoder, Request, Response, Headers, ReadableStream, TransformStream, structuredClone });
  window.matchMedia = () => ({ matches: false, addEventListener() {}, removeEventListener() {}, addListener() {}, removeListener() {} });
  window.Element.prototype.scrollIntoView = () => {};
  for (const script of SCRIPTS[name]) window.eval(await sourceOf(script));
  window.eval(line);
  return { window, document: window.document, faults };
}

/** Waits until `look()` gives something, as the page comes to show it. */
async function until(what, look) {
  for (const end = Date.now() + WAIT_MS; Date.now() < end; await new Promise((done) => setTimeout(done, 20))) {
    const found = look();
    if (found) return found;
  }
  throw new Error(`not seen: ${what}`);
}

function type({ window }, input, text) {
  Object.getOwnPropertyDescriptor(window.HTMLInputElement.prototype, 'value').set.call(input, text);
  input.dispatchEvent(new window.Event('input', { bubbles: true }));
}

for (const version of [3, 4, 5]) {
  test(`DocSearch ${version} shows pages, sections and what matched`, async () => {
    const shown = await page(`docsearch${version}`, '<div id="search"></div>', docsearchLine(daemon.address, version));
    try {
      const { document } = shown;
      (await until('the button', () => document.querySelector('.DocSearch-Button'))).click();
      type(shown, await until('the input', () => document.querySelector('.DocSearch-Input')), 'fusao rapida');
      const hit = await until('a hit', () => [...document.querySelectorAll('.DocSearch-Hit a')].find(({ href }) => href.includes('#')));
      assert.equal(decodeURI(hit.href), `${BASE}pt-br/Redes/Fibra/Emenda_de_fibra#h-2-fusão-rápida`);
      assert.equal(hit.querySelector('.DocSearch-Hit-title').textContent, '2. Fusão <rápida>');
      assert.deepEqual([...hit.querySelectorAll('.DocSearch-Hit-title mark')].map((mark) => mark.textContent), ['Fusão', 'rápida']);
      assert.equal(document.querySelector('.DocSearch-Hit-source').textContent, 'Redes › Fibra');
      assert.deepEqual(shown.faults, []);
    } finally {
      shown.window.close();
    }
  });
}

test('InstantSearch shows hits, what matched, counts and pages', async () => {
  const shown = await page('instantsearch', INSTANTSEARCH_BODY, instantsearchLine(daemon.address));
  try {
    const { document } = shown;
    const input = await until('the box', () => document.querySelector('#box input'));
    type(shown, input, 'roteador');
    const hit = await until('a hit', () => document.querySelector('.ais-Hits-item b mark')?.closest('a'));
    assert.equal(hit.querySelector('b').textContent, 'Roteador & ponte');
    assert.ok(hit.href.startsWith(`${BASE}pt-br/Redes/Roteador`));
    type(shown, input, 'girassol');
    await until('the count', () => document.querySelector('#stats').textContent.includes('23 results'));
    assert.equal(document.querySelectorAll('#pages .ais-Pagination-item--page').length, 5);
    [...document.querySelectorAll('#tags label')].find((label) => label.textContent.includes('aberto')).querySelector('input').click();
    await until('the narrowed count', () => document.querySelector('#stats').textContent.includes('11 results'));
    assert.deepEqual(shown.faults, []);
  } finally {
    shown.window.close();
  }
});
