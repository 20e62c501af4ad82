// The module that Pagefind's interfaces load, over Achei's /search: no index files and no WebAssembly. Snippets are safe
// HTML already, as these interfaces expect: escaped, matches in <mark>. Filters: lang, tag and category.

const BASE = new URL('../', import.meta.url);
const FACETS = ['lang', 'tag', 'category'];
const PAGE = 20;
const MAX_RESULTS = 10000;
const MAX_QUERY_BYTES = 512;
// A word of Portuguese with its blank; and what Achei takes.
const CHARS_A_WORD = 7;
const SNIPPET_CHARS = { least: 40, usual: 200, most: 1000 };
const DEBOUNCE_MS = 300;
const ENTITIES = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#039;': "'" };

/** A snippet as plain text. */
const plain = (html) => html.replace(/<\/?mark>/g, '').replace(/&(?:amp|lt|gt|quot|#039);/g, (entity) => ENTITIES[entity]);

/** As much of a query as Achei reads, by whole characters. */
function cut(query) {
  const encoder = new TextEncoder();
  let text = '';
  let bytes = 0;
  for (const letter of query) {
    bytes += encoder.encode(letter).length;
    if (bytes > MAX_QUERY_BYTES) break;
    text += letter;
  }
  return text;
}

// Pagefind's default interface writes the values of filters into the page as HTML, others as text: what could begin a tag
// is hidden from the one, and everything else stays as it is for the others.
const shown = (value) => value.replaceAll('<', '&lt;');
const meant = (value) => value.replaceAll('&lt;', '<');

/** The values of a filter: a text, a list, or `{any: […]}`, `{all: […]}`. */
function wanted(filter) {
  if (Array.isArray(filter)) return filter.flatMap(wanted);
  if (filter && typeof filter === 'object') return wanted([filter.all ?? [], filter.any ?? []]);
  return filter === undefined || filter === null || filter === '' ? [] : [meant(String(filter))];
}

/** What to ask Achei. Of languages and folders it takes one at a time: the first counts. */
function parameters(term, { filters, sort } = {}, excerptLength = 0) {
  const chars = excerptLength * CHARS_A_WORD || SNIPPET_CHARS.usual;
  const asked = new URLSearchParams({
    q: cut(String(term ?? '')),
    facets: FACETS.join(),
    snippet_chars: Math.round(Math.min(Math.max(chars, SNIPPET_CHARS.least), SNIPPET_CHARS.most)),
  });
  for (const value of wanted(filters?.tag)) asked.append('tag', value);
  const [lang] = wanted(filters?.lang ?? filters?.language);
  const [category] = wanted(filters?.category);
  if (lang) asked.set('lang', lang);
  if (category) asked.set('category', category);
  if (sort && 'title' in sort) asked.set('sort', 'title');
  if (sort && ('date' in sort || 'updated' in sort)) asked.set('sort', 'updated');
  return asked;
}

async function ask(asked, offset, limit) {
  const response = await fetch(new URL(`search?${asked}&offset=${offset}&limit=${limit}`, BASE));
  if (!response.ok) throw new Error(`Achei answered ${response.status}`);
  return response.json();
}

/** Counts as Pagefind names them: `{tag: {vpn: 3}}`. */
const counts = (facets) => Object.fromEntries(FACETS.map((facet) => [
  facet, Object.fromEntries((facets[facet] ?? []).map(({ value, count }) => [shown(value), count])),
]));

/** A section as Pagefind knows it. */
const subResult = (title) => ({ heading, anchor, url, snippet }) => ({
  title: heading || title,
  url,
  excerpt: snippet,
  plain_excerpt: plain(snippet),
  anchor: anchor ? { element: 'h2', id: anchor, text: heading, location: 0 } : undefined,
  locations: [0],
  weighted_locations: [{ weight: 1, balanced_score: 1, location: 0 }],
});

function fragment(hit) {
  // A page that opens at a heading needs no link to its top: interfaces would show its title twice.
  const sections = hit.sections.filter(({ anchor }) => anchor || !hit.anchor).map(subResult(hit.title));
  const content = plain(hit.snippet);
  return {
    url: hit.url,
    raw_url: hit.url,
    meta: { title: hit.title },
    excerpt: hit.snippet,
    plain_excerpt: content,
    content,
    raw_content: content,
    word_count: content.split(/\s+/).filter(Boolean).length,
    filters: { lang: [shown(hit.lang)], tag: hit.tags.map(shown) },
    anchors: sections.flatMap(({ anchor }) => anchor ?? []),
    sub_results: sections,
    locations: [0],
    weighted_locations: [{ weight: 1, balanced_score: hit.score, location: 0 }],
  };
}

class Pagefind {
  #options = {};
  #total;
  #latest = 0;

  async options(options) {
    Object.assign(this.#options, options);
  }

  async init() {}

  async destroy() {
    this.#options = {};
    this.#total = undefined;
  }

  /** Achei is one index: there is nothing to merge. */
  async mergeIndex() {}

  /** The counts over all pages; asked once, and again after a failure. */
  async filters() {
    this.#total ??= ask(parameters(''), 0, 1);
    try {
      return counts((await this.#total).facets);
    } catch (error) {
      this.#total = undefined;
      throw error;
    }
  }

  async preload() {}

  /** Every result has its place at once; what stands in it is loaded by the page, as interfaces come to show it. */
  async search(term, given = {}) {
    const started = performance.now();
    const asked = parameters(term, given, this.#options.excerptLength);
    const load = (offset) => ask(asked, offset, PAGE);
    const [first, totalFilters] = await Promise.all([load(0), this.filters()]);
    const pages = new Map([[0, first]]);
    const data = async (place) => {
      const offset = place - (place % PAGE);
      if (!pages.has(offset)) pages.set(offset, load(offset));
      const hit = (await pages.get(offset)).hits[place - offset];
      if (!hit) throw new Error('Achei has fewer results by now');
      return fragment(hit);
    };
    const results = Array.from({ length: Math.min(first.total, MAX_RESULTS) }, (_, place) => ({
      id: first.hits[place]?.path ?? `result-${place}`,
      score: first.hits[place]?.score ?? 0,
      words: [],
      data: () => data(place),
    }));
    const taken = performance.now() - started;
    return {
      results,
      filters: counts(first.facets),
      totalFilters,
      unfilteredResultCount: first.total,
      unfilteredTotalCount: first.total,
      timings: { preload: 0, search: taken, total: taken },
    };
  }

  /** As `search`, or null where a later call came first. */
  async debouncedSearch(term, options, debounce = DEBOUNCE_MS) {
    const turn = ++this.#latest;
    await new Promise((resolve) => { setTimeout(resolve, debounce); });
    if (turn !== this.#latest) return null;
    const found = await this.search(term, options);
    return turn === this.#latest ? found : null;
  }
}

/** For interfaces that keep several instances on a page. */
export function createInstance(options) {
  const instance = new Pagefind();
  instance.options(options);
  return instance;
}

const shared = new Pagefind();

export const options = (given) => shared.options(given);
export const init = () => shared.init();
export const destroy = () => shared.destroy();
export const mergeIndex = () => shared.mergeIndex();
export const filters = () => shared.filters();
export const preload = () => shared.preload();
export const search = (term, given) => shared.search(term, given);
export const debouncedSearch = (term, given, debounce) => shared.debouncedSearch(term, given, debounce);
