// What a test works on: a daemon over a private wiki, a host page on another origin under a strict policy, a browser.

import { readFile } from 'node:fs/promises';
import { startBrowser, stopClock } from './browser.js';
import { startDaemon } from './daemon.js';
import { startServer } from './server.js';
import { PAGES } from './wiki.js';

/** A machine with other things to do takes its time; nothing is measured here. */
const HEARD_MS = 60000;
const WIDGET = new URL('../../../web/achei.js', import.meta.url);

/** Starts the host: every path is a page of it, `body` and `head` as `page()` was told, under the strictest policy. */
async function startHost(daemon) {
  const pages = new Map();
  const server = await startServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://host');
    if (pathname === '/host.css' || pathname === '/host.js') {
      response.writeHead(200, { 'content-type': pathname.endsWith('css') ? 'text/css' : 'text/javascript' });
      return response.end(pages.get(searchParams.get('page'))?.[pathname.slice(6)] ?? '');
    }
    const page = pages.get(searchParams.get('page')) ?? { body: '<p>outra página</p>', lang: 'pt-BR' };
    const id = searchParams.get('page') ?? '';
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': [
        "default-src 'none'", `script-src 'self' ${daemon}`, `connect-src ${daemon}`,
        `style-src ${page.css ? "'self'" : "'none'"}`, "base-uri 'none'",
        "require-trusted-types-for 'script'", "trusted-types 'none'",
      ].join('; '),
    });
    response.end(`<!doctype html><html ${page.lang ? `lang="${page.lang}"` : ''} ${page.html ?? ''}><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1"><title>host</title>
      ${page.css ? `<link rel="stylesheet" href="/host.css?page=${id}">` : ''}
      ${page.js ? `<script src="/host.js?page=${id}"></script>` : ''}
      <script type="module" src="${daemon}/achei.js"></script></head><body>${page.body}</body></html>`);
  });
  return {
    ...server,
    add(page) {
      const id = String(pages.size + 1);
      pages.set(id, page);
      return id;
    },
  };
}

/** All of it, over the test wiki unless other pages are given. `settings` are ACHEI_… variables. */
export async function startSite(wiki = PAGES, settings = {}) {
  const daemon = await startDaemon(wiki, settings);
  const host = await startHost(daemon.address);
  const browser = await startBrowser();
  const source = await readFile(WIDGET);
  const visits = new Set();

  /**
   * Opens a host page. `page` has `body`, `html` (attributes of the root), `lang`, `css`, `js`; `context` is Playwright's;
   * `answer(url, route)` may answer a search in the daemon's place, by returning true; with `stopped` the page's clock is.
   */
  async function visit({ page: of = {}, context: options = {}, answer, stopped = false } = {}) {
    const context = await browser.newContext({ locale: 'pt-BR', viewport: { width: 1100, height: 760 }, ...options });
    context.setDefaultTimeout(HEARD_MS);
    const page = await context.newPage();
    if (stopped) await stopClock(page);
    const faults = [];
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('dialog', (dialog) => {
      faults.push(`a script of the wiki ran: ${dialog.message()}`);
      dialog.dismiss();
    });
    // The source under test, whatever this daemon was built with.
    await context.route(`${daemon.address}/achei.js*`, (route) => route.fulfill({
      body: source, contentType: 'text/javascript', headers: { 'access-control-allow-origin': '*' },
    }));
    const asked = [];
    await context.route((url) => url.origin === daemon.address && url.pathname === '/search', async (route) => {
      const url = new URL(route.request().url());
      asked.push(url);
      if (!(await answer?.(url, route))) await route.continue();
    });
    const id = host.add({ lang: 'pt-BR', body: '<h1>Wiki</h1><achei-search></achei-search>', ...of });
    await page.goto(`${host.address}/inicio?page=${id}`);
    await page.waitForFunction(() => customElements.get('achei-search'));
    const visited = new Visit(page, context, faults, asked);
    visits.add(visited);
    return visited;
  }

  return {
    daemon: daemon.address,
    host: host.address,
    visit,
    /** Ends the pages of one test. None may have complained: no error, no report of the policy, no script of a page. */
    async tidy() {
      const faults = [...visits].flatMap(({ faults, provoked }) => faults.filter((fault) => !provoked?.test(fault)));
      for (const { context } of visits) {
        await context.unrouteAll({ behavior: 'ignoreErrors' });
        await context.close();
      }
      visits.clear();
      if (faults.length) throw new Error(`the console says:\n${faults.join('\n')}`);
    },
    async stop() {
      await browser.close();
      await host.stop();
      await daemon.stop();
    },
  };
}

/** A host page in the browser, with what tests look at in the dialog. */
class Visit {
  constructor(page, context, faults, asked) {
    Object.assign(this, { page, context, faults, asked });
    this.button = page.locator('achei-search .button').first();
    this.dialog = page.locator('dialog');
    this.input = this.dialog.getByRole('combobox');
    this.options = this.dialog.getByRole('option');
    this.chips = page.locator('.chip');
    this.message = page.locator('.message');
  }

  async open() {
    await this.button.click();
    await this.input.waitFor();
  }

  /** Opens where that is still to be done, types, and waits for the answer to just that. */
  async search(query) {
    if (!(await this.input.isVisible())) await this.open();
    const answered = this.heard('search', (detail) => detail.query === query);
    await this.input.fill(query);
    await answered;
  }

  /** Complaints that fit are what the test provokes. */
  forgive(pattern) {
    this.provoked = pattern;
  }

  /** What was asked of the daemon, without what is asked before anything is typed. */
  get queries() {
    return this.asked.map((url) => url.searchParams.get('q')).filter(Boolean);
  }

  /** The detail of the next event `achei-…` that fits. */
  async heard(name, fits = () => true) {
    const heard = await this.page.evaluateHandle((name) => {
      const details = [];
      let wake;
      document.addEventListener(`achei-${name}`, ({ detail }) => {
        details.push(detail);
        wake?.();
      });
      return async () => {
        while (!details.length) await new Promise((resolve) => (wake = resolve));
        return details.shift();
      };
    }, name);
    let timer;
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Error(`no event achei-${name} of the kind`)), HEARD_MS)));
    try {
      for (;;) {
        const detail = await Promise.race([heard.evaluate((next) => next()), late]);
        if (fits(detail)) return detail;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** The option that is chosen, as its index; -1 for none. Both ways of saying so must agree. */
  async chosen() {
    return this.page.evaluate(() => {
      const { shadowRoot } = [...document.querySelectorAll('achei-search')].find((one) => one.shadowRoot.querySelector('dialog'));
      const options = [...shadowRoot.querySelectorAll('[role=option]')];
      const marked = options.findIndex((option) => option.getAttribute('aria-selected') === 'true');
      const id = shadowRoot.querySelector('[role=combobox]').getAttribute('aria-activedescendant');
      const named = options.findIndex((option) => option.id === id);
      if (marked !== named) throw new Error(`aria-selected says ${marked}, aria-activedescendant ${named}`);
      return marked;
    });
  }
}
