// The front ends of others, as their packages ship them, on pages of a host of another origin than the daemon's.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { startServer } from './server.js';

const MODULES = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), '..');

/** Scripts of each front end, below node_modules. */
export const SCRIPTS = {
  docsearch3: ['@docsearch/js-3/dist/umd/index.js'],
  docsearch4: ['@docsearch/js-4/dist/umd/index.js'],
  docsearch5: ['@docsearch/js-5/dist/umd/index.js'],
  instantsearch: ['algoliasearch/dist/lite/builds/browser.umd.js', 'instantsearch.js/dist/instantsearch.production.min.js'],
};

export const sourceOf = (script) => readFile(join(MODULES, script), 'utf8');

/** Theirs, of 1 and 2 s, are short for a busy machine, and are what the library has, not what Achei has. */
const TIMEOUTS = JSON.stringify({ connect: 60_000, read: 60_000, write: 60_000 });

/** What pages of DocSearch say, in the documented way: the host is put in place of Algolia's. */
export const docsearchLine = (daemon, version, options = {}) => `docsearch({
  container: '#search', appId: 'achei', apiKey: 'any',
  ...${JSON.stringify(version < 5 ? { indexName: 'wiki', ...options } : { indices: [{ name: 'wiki', ...options }] })},
  // As Docusaurus and VitePress do: throws where an address is not absolute.
  transformItems: (items) => items.map((item) => ({ ...item, url: new URL(item.url).href })),
  transformSearchClient(client) {
    client.transporter.hosts.splice(0, Infinity, { url: '${new URL(daemon).host}', accept: 'readWrite', protocol: 'http' });
    Object.assign(client.transporter.timeouts, ${TIMEOUTS});
    return client;
  },
});`;

/** What pages of InstantSearch say: its widgets, one of a kind. */
export const instantsearchLine = (daemon) => `
  const { liteClient } = window['algoliasearch/lite'] ?? window;
  const searchClient = liteClient('achei', 'any', { hosts: [{ url: '${new URL(daemon).host}', accept: 'readWrite', protocol: 'http' }], timeouts: ${TIMEOUTS} });
  const search = instantsearch({ indexName: 'wiki', searchClient });
  const { searchBox, stats, hits, refinementList, menu, pagination, configure, clearRefinements } = instantsearch.widgets;
  search.addWidgets([
    configure({ hitsPerPage: 5 }),
    searchBox({ container: '#box' }), stats({ container: '#stats' }), clearRefinements({ container: '#clear' }),
    refinementList({ container: '#tags', attribute: 'tag', searchable: true, limit: 20 }),
    refinementList({ container: '#areas', attribute: 'category' }), menu({ container: '#langs', attribute: 'lang' }),
    hits({ container: '#hits', templates: { item: (hit, { html, components }) => html\`<a href="\${hit.url}">
      <b>\${components.Highlight({ hit, attribute: 'hierarchy.lvl1' })}</b> <i>\${components.Snippet({ hit, attribute: 'content' })}</i></a>\` } }),
    pagination({ container: '#pages' }),
  ]);
  search.start();`;

export const INSTANTSEARCH_BODY = ['box', 'stats', 'clear', 'tags', 'areas', 'langs', 'hits', 'pages'].map((id) => `<div id="${id}"></div>`).join('');

const page = (body, more = '') => `<!doctype html><html lang="pt-BR"><head><meta charset="utf-8"><title>host</title>${more}</head><body>${body}</body></html>`;
const scripts = (name) => SCRIPTS[name].map((script) => `<script src="/pkg/${script}"></script>`).join('');

/** Starts the host: `/docsearch3` and so on, each a page with one front end; every other path is an empty page. */
export async function startClients(daemon) {
  const pagefind = `${daemon}/pagefind/`;
  const pages = {
    '/instantsearch': page(`${INSTANTSEARCH_BODY}${scripts('instantsearch')}<script>${instantsearchLine(daemon)}</script>`),
    '/pagefind-components': page(`<pagefind-config bundle-path="${pagefind}"></pagefind-config><pagefind-modal-trigger></pagefind-modal-trigger>
      <pagefind-modal></pagefind-modal><div id="plain"><pagefind-input></pagefind-input><pagefind-summary></pagefind-summary>
      <pagefind-filter-pane></pagefind-filter-pane><pagefind-results></pagefind-results></div>
      <script type="module" src="/pkg/@pagefind/component-ui/npm_dist/mjs/component-ui.mjs"></script>`),
    '/pagefind-default': page(`<div id="search"></div><script type="module">
      import { PagefindUI } from '/pkg/@pagefind/default-ui/npm_dist/mjs/ui-core.mjs';
      new PagefindUI({ element: '#search', bundlePath: '${pagefind}', showSubResults: true, showImages: false, openFilters: ['lang', 'tag', 'category'] });
    </script>`),
  };
  const server = await startServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://host');
    if (pathname.startsWith('/pkg/')) {
      try {
        const source = await sourceOf(pathname.slice(5));
        response.writeHead(200, { 'content-type': pathname.endsWith('.css') ? 'text/css' : 'text/javascript; charset=utf-8' });
        return response.end(source);
      } catch {
        response.writeHead(404);
        return response.end();
      }
    }
    const version = /^\/docsearch(\d)$/.exec(pathname)?.[1];
    const options = JSON.parse(searchParams.get('options') ?? '{}');
    const html = version
      ? page(`<div id="search"></div>${scripts(`docsearch${version}`)}<script>${docsearchLine(daemon, version, options)}</script>`,
        '<link rel="stylesheet" href="/pkg/@docsearch/css-5/dist/style.css">')
      : (pages[pathname] ?? page('<p>outra página</p>'));
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(html);
  });
  return server;
}
