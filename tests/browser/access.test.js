// Accessibility of every state, by axe-core and by the pattern of a combobox with a listbox.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, afterEach, before, test } from 'node:test';
import { startSite } from './support/site.js';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const CORS = { 'access-control-allow-origin': '*' };
let site;
before(async () => (site = await startSite()));
after(() => site?.stop());
afterEach(() => site.tidy());

/** Rules of axe-core that the page breaks, with the elements; experimental ones and best practices included. */
async function violations(visit) {
  await visit.page.evaluate(AXE);
  return visit.page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice', 'experimental'];
    // The host page of the tests is not what is tested.
    const rules = Object.fromEntries(['region', 'landmark-one-main', 'page-has-heading-one'].map((rule) => [rule, { enabled: false }]));
    const { violations } = await window.axe.run(document, { preload: false, runOnly: { type: 'tag', values: tags }, rules });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`);
  });
}

const STATES = {
  closed: async () => {},
  open: async (visit) => {
    await visit.page.evaluate((key) => localStorage.setItem(key, '["antena"]'), `achei-recent:${site.daemon}/`);
    await visit.open();
    await visit.page.getByRole('group', { name: 'Buscas recentes' }).waitFor();
  },
  results: async (visit) => {
    await visit.search('senha roteador');
    await visit.page.keyboard.press('ArrowDown');
  },
  filtered: async (visit) => {
    await visit.search('roteador');
    await visit.page.getByRole('button', { name: /^Inglês/ }).click();
    await visit.page.getByRole('button', { pressed: true }).waitFor();
  },
  notice: (visit) => visit.search('relaxada'),
  none: (visit) => visit.search('xyzxyz'),
  waiting: async (visit) => {
    await visit.search('girassol');
    await visit.input.fill('lenta');
    await visit.page.locator('.spin').waitFor();
  },
  error: async (visit) => {
    await visit.open();
    await visit.input.fill('quebrada');
    await visit.page.getByRole('alert').waitFor();
    visit.forgive(/Failed to load resource/);
  },
};

async function answer(url, route) {
  const query = url.searchParams.get('q');
  if (query === 'quebrada') {
    await route.fulfill({ status: 500, json: {}, headers: CORS });
  } else if (query === 'lenta') {
    await new Promise(() => {});
  } else if (query === 'relaxada' || query === 'xyzxyz') {
    const hits = query === 'xyzxyz' ? [] : [{ url: '/a', title: 'A', title_html: '<mark>A</mark>', snippet: 'um <mark>b</mark>', sections: [] }];
    await route.fulfill({ json: { total: hits.length * 9, hits, relaxed: true, did_you_mean: 'antena' }, headers: CORS });
  } else {
    return false;
  }
  return true;
}

for (const [context, options] of Object.entries({
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  phone: { colorScheme: 'light', viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
})) {
  for (const [state, reach] of Object.entries(STATES)) {
    test(`axe-core finds nothing: ${state}, ${context}`, async () => {
      const visit = await site.visit({ context: { reducedMotion: 'reduce', ...options }, answer });
      await reach(visit);
      assert.deepEqual(await violations(visit), []);
    });
  }
}

test('the input is a combobox that controls the listbox', async () => {
  const visit = await site.visit();
  await visit.search('senha roteador');
  const seen = await visit.input.evaluate((input) => {
    const root = input.getRootNode();
    const list = root.getElementById(input.getAttribute('aria-controls'));
    const options = [...list.querySelectorAll('[role=option]')];
    return {
      autocomplete: input.getAttribute('aria-autocomplete'), expanded: input.getAttribute('aria-expanded'),
      role: list.getAttribute('role'), named: !!list.getAttribute('aria-label'),
      ids: new Set(options.map((option) => option.id)).size === options.length,
      groups: options.every((option) => root.getElementById(option.closest('[role=group]').getAttribute('aria-labelledby')).textContent),
      buttons: list.querySelectorAll('button').length,
    };
  });
  assert.deepEqual(seen, { autocomplete: 'list', expanded: 'true', role: 'listbox', named: true, ids: true, groups: true, buttons: 0 });
});

test('the dialog has a name, says its language, and the button that it opens one', async () => {
  const visit = await site.visit();
  await visit.page.getByRole('button', { name: 'Buscar', exact: true }).waitFor();
  await visit.open();
  await visit.page.getByRole('dialog', { name: 'Buscar na wiki' }).waitFor();
  assert.equal(await visit.dialog.getAttribute('lang'), 'pt-BR');
  assert.equal(await visit.button.getAttribute('aria-haspopup'), 'dialog');
});
