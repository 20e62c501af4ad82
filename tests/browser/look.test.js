// Themes, sizes, languages: what the host page and the reader's system decide.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startSite } from './support/site.js';

let site;
before(async () => (site = await startSite()));
after(() => site?.stop());
afterEach(() => site.tidy());

const style = (locator, name) => locator.evaluate((one, name) => getComputedStyle(one)[name], name);
const WHITE = 'rgb(255, 255, 255)';
const isDark = async (visit) => {
  const [button, panel] = [await style(visit.button, 'backgroundColor'), await style(visit.page.locator('.panel'), 'backgroundColor')];
  assert.equal(button, panel);
  return panel !== WHITE;
};

test('the theme is the system\'s, unless the attribute names one', async () => {
  for (const colorScheme of ['light', 'dark']) {
    for (const theme of ['auto', 'light', 'dark']) {
      const visit = await site.visit({ page: { body: `<achei-search theme="${theme}"></achei-search>` }, context: { colorScheme } });
      await visit.open();
      assert.equal(await isDark(visit), (theme === 'auto' ? colorScheme : theme) === 'dark', `${colorScheme} ${theme}`);
    }
  }
});

test('the theme follows what the host page says of itself, also while it is open', async () => {
  for (const [html, inner, dark] of [
    ['data-theme="dark"', '', true], ['class="dark"', '', true], ['', 'class="theme--dark"', true],
    ['data-bs-theme="dark"', '', true], ['data-md-color-scheme="slate"', '', true], ['data-theme="light"', '', false],
    ['class="dark"', 'class="theme--light"', false],
  ]) {
    const visit = await site.visit({
      page: { html, body: `<div ${inner}><achei-search></achei-search></div>` }, context: { colorScheme: dark ? 'light' : 'dark' },
    });
    await visit.open();
    assert.equal(await isDark(visit), dark, `${html} ${inner}`);
  }
  const visit = await site.visit({ page: { css: 'html { color-scheme: dark }' }, context: { colorScheme: 'light' } });
  await visit.open();
  assert.equal(await isDark(visit), true);
  await visit.page.evaluate(() => document.documentElement.setAttribute('data-theme', 'light'));
  await visit.page.waitForFunction(() => document.querySelector('achei-search').shadowRoot.querySelector('dialog').classList.contains('light'));
  assert.equal(await isDark(visit), false);
});

test('properties and parts style it from outside; styles of the page do not leak in', async () => {
  const visit = await site.visit({
    page: {
      body: '<nav><achei-search></achei-search></nav>',
      css: `html { font-size: 10px } nav { text-transform: uppercase; letter-spacing: 1em; line-height: 4; font: 700 30px monospace; text-align: right; }
        button, input, a { color: red !important; }
        achei-search { --achei-accent: rgb(1, 2, 3); --achei-bg: rgb(250, 251, 252); --achei-radius: 3px; }
        achei-search::part(option) { border: 5px solid rgb(4, 5, 6); }`,
    },
  });
  await visit.search('antena');
  assert.equal(await style(visit.page.locator('.panel'), 'backgroundColor'), 'rgb(250, 251, 252)');
  assert.equal(await style(visit.page.locator('.panel'), 'borderTopLeftRadius'), '3px');
  assert.equal(await style(visit.page.locator('.bar > svg'), 'color'), 'rgb(1, 2, 3)');
  assert.equal(await style(visit.options.first(), 'borderTopColor'), 'rgb(4, 5, 6)');
  for (const [name, value] of [['textTransform', 'none'], ['letterSpacing', 'normal'], ['fontWeight', '400'], ['fontSize', '15px']]) {
    assert.equal(await style(visit.button, name), value, name);
  }
  assert.notEqual(await style(visit.button, 'color'), 'rgb(255, 0, 0)');
});

test('hidden hides it', async () => {
  const visit = await site.visit({ page: { body: '<achei-search hidden></achei-search>' } });
  assert.equal(await visit.button.isVisible(), false);
});

test('on a phone it fills the screen, with large targets and letters that iOS does not zoom to', async () => {
  const visit = await site.visit({ context: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } });
  await visit.search('senha roteador');
  assert.deepEqual(await visit.page.locator('.panel').boundingBox(), { x: 0, y: 0, width: 360, height: 740 });
  assert.ok(parseFloat(await style(visit.input, 'fontSize')) >= 16);
  const close = await visit.page.getByRole('button', { name: 'Fechar' }).boundingBox();
  assert.ok(close.width >= 44 && close.height >= 44);
  assert.equal(await visit.input.getAttribute('enterkeyhint'), 'search');
  assert.equal(await visit.page.locator('.hints').isVisible(), false);
  assert.equal(await visit.page.locator('dialog').evaluate((dialog) => dialog.scrollWidth <= 360), true);
  await visit.page.getByRole('button', { name: 'Fechar' }).tap();
  assert.equal(await visit.dialog.isVisible(), false);
});

test('on a phone it stays within what the keyboard leaves', async () => {
  const js = `const size = new EventTarget(); Object.assign(size, { height: 400, offsetTop: 30, scale: 1 });
    Object.defineProperty(window, 'visualViewport', { value: size });`;
  const visit = await site.visit({ page: { js }, context: { viewport: { width: 360, height: 740 } } });
  await visit.open();
  const box = () => visit.page.locator('.panel').boundingBox();
  assert.deepEqual(await box(), { x: 0, y: 30, width: 360, height: 400 });
  await visit.page.evaluate(() => {
    Object.assign(visualViewport, { height: 200, offsetTop: 0, scale: 2 });
    visualViewport.dispatchEvent(new Event('resize'));
  });
  assert.deepEqual(await box(), { x: 0, y: 0, width: 360, height: 740 });
});

test('on a phone the page behind stays where it was, under fingers and after closing', async () => {
  const visit = await site.visit({
    page: { css: '.tall { height: 4000px }', body: '<p class="tall">alto</p><achei-search></achei-search><p class="tall">alto</p>' },
    context: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
  });
  const client = await visit.context.newCDPSession(visit.page);
  const drag = async (y, distance) => {
    const touch = (type, at) => client.send('Input.dispatchTouchEvent', { type, touchPoints: at === undefined ? [] : [{ x: 180, y: at }] });
    await touch('touchStart', y);
    for (let n = 1; n <= 8; n++) await touch('touchMove', y + (distance * n) / 8);
    await touch('touchEnd');
    // Until what goes on by its own momentum rests.
    await visit.page.evaluate(async () => {
      for (let still = 0, at = scrollY; still < 10; still = scrollY === at ? still + 1 : 0) {
        at = scrollY;
        await new Promise(requestAnimationFrame);
      }
    });
  };
  const top = () => visit.page.evaluate(() => Math.round(scrollY));
  await visit.button.scrollIntoViewIfNeeded();
  // A finger does move the page as long as nothing lies over it.
  const before = await top();
  await drag(400, -100);
  assert.notEqual(await top(), before);
  await visit.button.scrollIntoViewIfNeeded();
  const place = await top();
  await visit.search('roteador');
  // On the bar, on the results, on the footer, both ways.
  for (const y of [30, 300, 720]) {
    for (const distance of [y > 400 ? -250 : 250, -25]) {
      await drag(y, distance);
      assert.equal(await top(), place, `from ${y} by ${distance}`);
    }
  }
  assert.equal(await top(), place);
  await visit.page.getByRole('button', { name: 'Fechar' }).tap();
  assert.equal(await visit.dialog.isVisible(), false);
  assert.equal(await top(), place);
});

test('on a phone it keeps clear of notch and home bar', async () => {
  const visit = await site.visit({ context: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true } });
  const client = await visit.context.newCDPSession(visit.page);
  await client.send('Emulation.setSafeAreaInsetsOverride', { insets: { top: 47, bottom: 34, left: 0, right: 0 } });
  await visit.open();
  const panel = visit.page.locator('.panel');
  assert.deepEqual([await style(panel, 'paddingTop'), await style(panel, 'paddingBottom')], ['47px', '34px']);
});

test('nothing shifts: not the page behind when it opens, not the results when they get a scrollbar', async () => {
  const visit = await site.visit({ page: { css: '.tall { height: 4000px }', body: '<achei-search></achei-search><p class="tall">alto</p>' } });
  const width = () => visit.page.evaluate(() => [document.documentElement.clientWidth, document.querySelector('.tall').getBoundingClientRect().width]);
  const before = await width();
  await visit.open();
  assert.deepEqual(await width(), before);
  const body = visit.page.locator('.body');
  for (const [name, value] of [['scrollbarGutter', 'stable'], ['overscrollBehaviorY', 'contain'], ['overflowY', 'auto']]) assert.equal(await style(body, name), value);
  await visit.page.keyboard.press('Escape');
  assert.deepEqual(await width(), before);
});

test('motion only where it is wanted', async () => {
  for (const reducedMotion of ['reduce', 'no-preference']) {
    const visit = await site.visit({ context: { reducedMotion } });
    await visit.open();
    assert.equal(await style(visit.page.locator('.spin'), 'animationName') === 'none', reducedMotion === 'reduce');
  }
});

test('with forced colours the choice is still seen', async () => {
  const visit = await site.visit({ context: { forcedColors: 'active' } });
  await visit.search('roteador');
  await visit.page.keyboard.press('ArrowDown');
  const [chosen, other] = [visit.options.nth(0), visit.options.nth(1)];
  assert.equal(await style(chosen, 'outlineStyle'), 'solid');
  assert.notEqual(await style(chosen, 'outlineColor'), 'rgba(0, 0, 0, 0)');
  assert.equal(await style(other, 'outlineStyle'), 'none');
});

test('from right to left it is mirrored', async () => {
  const visit = await site.visit({ page: { html: 'dir="rtl"' } });
  await visit.search('senha roteador');
  const [lens, close] = [await visit.page.locator('.bar > svg').boundingBox(), await visit.page.locator('.close').boundingBox()];
  assert.ok(lens.x > close.x);
  const [icon, text] = [await visit.options.nth(1).locator('svg').boundingBox(), await visit.options.nth(1).locator('.text').boundingBox()];
  assert.ok(icon.x > text.x);
});

test('it speaks the language of the attribute, else of the document, else of the browser', async () => {
  const label = { 'pt-BR': 'Buscar na wiki', en: 'Search the wiki', es: 'Buscar en la wiki' };
  for (const [lang, attribute, expected] of [
    ['pt-BR', '', 'pt-BR'], ['en', '', 'en'], ['es-MX', '', 'es'], ['en', 'lang="pt-br"', 'pt-BR'], ['pt-BR', 'lang="ES"', 'es'],
    ['', '', 'pt-BR'], ['fr', '', 'en'], ['??', '', 'en'],
  ]) {
    const visit = await site.visit({ page: { lang, body: `<achei-search ${attribute}></achei-search>` } });
    await visit.open();
    assert.equal(await visit.input.getAttribute('aria-label'), label[expected], `${lang} ${attribute}`);
  }
});

test('numbers have the plural of their language', async () => {
  const visit = await site.visit({
    page: { lang: 'en' },
    answer: async (url, route) => {
      const total = Number(url.searchParams.get('q'));
      if (total) await route.fulfill({ json: { total, hits: [{ url: '/a', title: 'a' }] }, headers: { 'access-control-allow-origin': '*' } });
      return !!total;
    },
  });
  for (const [total, words] of [['1', '1 page found'], ['2', '2 pages found'], ['1234567', '1,234,567 pages found']]) {
    await visit.search(total);
    assert.equal(await visit.page.locator('.status').innerText(), words);
  }
});

/** Millions have a plural of their own in Portuguese and Spanish. */
test('Portuguese and Spanish have their plurals and their signs between thousands', async () => {
  const answer = async (url, route) => {
    const total = Number(url.searchParams.get('q'));
    if (total) await route.fulfill({ json: { total, hits: [{ url: '/a', title: 'a' }] }, headers: { 'access-control-allow-origin': '*' } });
    return !!total;
  };
  for (const [lang, one, other, many] of [
    ['pt-br', '1 página encontrada', '12.345 páginas encontradas', '1.000.000 páginas encontradas'],
    ['es', '1 página encontrada', '12.345 páginas encontradas', '1.000.000 páginas encontradas'],
  ]) {
    const visit = await site.visit({ page: { body: `<achei-search lang="${lang}"></achei-search>` }, answer });
    for (const [total, words] of [['1', one], ['12345', other], ['1000000', many]]) {
      await visit.search(total);
      assert.equal(await visit.page.locator('.status').innerText(), words, lang);
    }
  }
});

test('every text can be overridden, also while it is there', async () => {
  const visit = await site.visit({
    page: { body: '<achei-search text-button="Procurar" text-label="Procurar aqui" text-count-one="só {n}" text-count-other="eis {n}"></achei-search>' },
  });
  assert.equal(await visit.button.locator('.label').innerText(), 'Procurar');
  await visit.page.evaluate(() => document.querySelector('achei-search').setAttribute('text-button', 'Achar'));
  assert.equal(await visit.button.locator('.label').innerText(), 'Achar');
  await visit.search('girassol');
  assert.equal(await visit.dialog.getAttribute('aria-label'), 'Procurar aqui');
  assert.equal(await visit.page.locator('.status').innerText(), 'eis 12');
  await visit.search('antena');
  assert.equal(await visit.page.locator('.status').innerText(), 'só 1');
});

test('limit is a number from 1 to 100, else the default', async () => {
  for (const [limit, sent] of [['3', '3'], ['0', '8'], ['1000', '100'], ['x', '8'], ['', '8'], ['-4', '1']]) {
    const visit = await site.visit({ page: { body: `<achei-search limit="${limit}"></achei-search>` } });
    await visit.search('antena');
    assert.equal(visit.asked.at(-1).searchParams.get('limit'), sent, limit);
  }
});
