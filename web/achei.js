/**
 * <achei-search>: a button that opens a search dialog over a wiki, for any page.
 *
 *   <script type="module" src="https://search.example.org/achei.js"></script>
 *   <achei-search></achei-search>
 *
 * One module without dependencies. What pages and people say only ever becomes text nodes, styles are constructed
 * sheets: the strictest Content-Security-Policy and Trusted Types have nothing to object to.
 */

const MAC = /Mac|iP/.test(navigator.userAgentData?.platform || navigator.platform);
const DEBOUNCE_MS = 150;
const BUSY_MS = 250; // faster answers show no sign of waiting
const SLOW_MS = 4000;
const TIMEOUT_MS = 15000;
const ANNOUNCE_MS = 500; // after the last change, so that typing is not talked over
const FRESH_MS = 30000;
const CACHED = 50;
const RECENT = 7;
const MAX_QUERY_BYTES = 512; // the server refuses more

const TEXTS = {
  pt: {
    button: 'Buscar', label: 'Buscar na wiki', placeholder: 'O que você procura?', clear: 'Limpar', close: 'Fechar',
    results: 'Resultados', filters: 'Filtros', recent: 'Buscas recentes', forget: 'Apagar buscas recentes',
    newest: 'Atualizadas há pouco', start: 'Digite uma palavra, um código ou parte deles.',
    loading: 'Buscando…', slow: 'Ainda buscando. A conexão está lenta.',
    'count-one': '{n} página encontrada', 'count-other': '{n} páginas encontradas', all: 'Ver todas',
    none: 'Nada encontrado para “{q}”', tip: 'Confira a escrita, tente outras palavras ou menos delas.',
    everywhere: 'Buscar em toda a wiki', mean: 'Você quis dizer',
    relaxed: 'Nenhuma página tem todas as palavras; estas têm algumas delas.',
    error: 'A busca não respondeu.', busy: 'A busca está ocupada. Tente de novo em instantes.',
    offline: 'Você está sem conexão.', retry: 'Tentar de novo', move: 'escolher', open: 'abrir', tab: 'nova aba',
  },
  en: {
    button: 'Search', label: 'Search the wiki', placeholder: 'What are you looking for?', clear: 'Clear', close: 'Close',
    results: 'Results', filters: 'Filters', recent: 'Recent searches', forget: 'Clear recent searches',
    newest: 'Recently updated', start: 'Type a word, a code or a part of one.',
    loading: 'Searching…', slow: 'Still searching. The connection is slow.',
    'count-one': '{n} page found', 'count-other': '{n} pages found', all: 'See all',
    none: 'Nothing found for “{q}”', tip: 'Check the spelling, or try other words, or fewer of them.',
    everywhere: 'Search the whole wiki', mean: 'Did you mean',
    relaxed: 'No page has all the words; these have some of them.',
    error: 'The search did not answer.', busy: 'The search is busy. Try again in a moment.',
    offline: 'You are offline.', retry: 'Try again', move: 'choose', open: 'open', tab: 'new tab',
  },
  es: {
    button: 'Buscar', label: 'Buscar en la wiki', placeholder: '¿Qué buscas?', clear: 'Borrar', close: 'Cerrar',
    results: 'Resultados', filters: 'Filtros', recent: 'Búsquedas recientes', forget: 'Borrar búsquedas recientes',
    newest: 'Actualizadas hace poco', start: 'Escribe una palabra, un código o parte de ellos.',
    loading: 'Buscando…', slow: 'Todavía buscando. La conexión es lenta.',
    'count-one': '{n} página encontrada', 'count-other': '{n} páginas encontradas', all: 'Ver todas',
    none: 'No se encontró nada para “{q}”', tip: 'Revisa la escritura, prueba otras palabras o menos.',
    everywhere: 'Buscar en toda la wiki', mean: 'Quizás quisiste decir',
    relaxed: 'Ninguna página tiene todas las palabras; estas tienen algunas.',
    error: 'La búsqueda no respondió.', busy: 'La búsqueda está ocupada. Inténtalo en un momento.',
    offline: 'No tienes conexión.', retry: 'Reintentar', move: 'elegir', open: 'abrir', tab: 'pestaña nueva',
  },
};

// light-dark() follows color-scheme, so that one list of names serves both themes.
const STYLE = `
:host { all: initial; display: inline-block; vertical-align: middle; }
:host([hidden]) { display: none; }
*, ::before { box-sizing: border-box; }
.button, .dialog {
  --_bg: var(--achei-bg, light-dark(#fff, #151d1c));
  --_soft: var(--achei-soft, light-dark(#f4f7f6, #1e2927));
  --_text: var(--achei-text, light-dark(#16211f, #e8efec));
  --_muted: var(--achei-muted, light-dark(#52605a, #a3b4ad));
  --_line: var(--achei-line, light-dark(#dde4e1, #2c3937));
  --_accent: var(--achei-accent, light-dark(#0f766e, #2dd4bf));
  --_active: color-mix(in srgb, var(--_accent) 11%, var(--_bg));
  --_r: var(--achei-radius, 16px);
  color-scheme: light dark;
  color: var(--_text);
  font: 400 1em/1.5 var(--achei-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif);
  -webkit-text-size-adjust: 100%;
  -webkit-tap-highlight-color: transparent;
}
.light { color-scheme: light; }
.dark { color-scheme: dark; }
button { margin: 0; padding: 0; border: 0; background: none; color: inherit; font: inherit; cursor: pointer; }
svg { flex: none; width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
:focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px; }
[hidden] { display: none !important; }
kbd { display: inline-block; min-width: 1.7em; padding: 0 .4em; border: 1px solid var(--_line); border-radius: 6px; background: var(--_soft); color: var(--_muted); font: 500 .75rem/1.6 inherit; font-family: inherit; text-align: center; white-space: nowrap; }

.button { display: inline-flex; align-items: center; gap: 10px; min-height: 40px; padding: 0 12px; border: 1px solid var(--_line); border-radius: min(var(--_r), 12px); background: var(--_bg); font-size: .9375rem; white-space: nowrap; }
.button:hover { border-color: var(--_accent); }
.button svg { width: 18px; height: 18px; color: var(--_muted); }
.button .label { flex: 1; text-align: start; }
.button kbd { margin-inline-start: 14px; }
@media (hover: none) { kbd { display: none; } }

.dialog { position: fixed; inset: 0; width: 100%; height: 100%; max-width: none; max-height: none; margin: 0; padding: 0; border: 0; background: none; overflow: hidden; overscroll-behavior: contain; }
.dialog::backdrop { background: rgb(8 18 16 / 48%); backdrop-filter: blur(3px); }
.panel { display: flex; flex-direction: column; width: min(var(--achei-width, 680px), 100% - 32px); max-height: min(640px, 82vh); margin: min(11vh, 96px) auto 0; border: 1px solid var(--_line); border-radius: var(--_r); background: var(--_bg); box-shadow: 0 2px 6px rgb(0 0 0 / 8%), 0 24px 64px rgb(0 0 0 / 28%); overflow: hidden; }
.bar { display: flex; align-items: center; gap: 12px; flex: none; padding: 0 12px 0 18px; border-bottom: 1px solid var(--_line); }
.bar:dir(rtl) { padding: 0 18px 0 12px; }
.bar > svg { color: var(--_accent); }
.input { flex: 1; min-width: 0; height: 60px; padding: 0; border: 0; outline: 0; background: none; color: inherit; font: inherit; font-size: 1.125rem; text-overflow: ellipsis; appearance: none; }
.input::placeholder { color: var(--_muted); opacity: 1; }
.input::-webkit-search-cancel-button { display: none; }
.bar:has(.input:focus-visible) { box-shadow: inset 0 -2px var(--_accent); }
.clear { padding: 4px 8px; border-radius: 8px; color: var(--_muted); font-size: .875rem; }
.close { display: grid; place-items: center; width: 36px; height: 36px; border-radius: 10px; color: var(--_muted); }
.clear:hover, .close:hover { background: var(--_soft); color: var(--_text); }
.spin { width: 20px; height: 20px; flex: none; border: 2.5px solid var(--_line); border-top-color: var(--_accent); border-radius: 50%; }

.chips { display: flex; flex: none; gap: 8px; padding: 10px 18px; overflow-x: auto; overscroll-behavior: contain; scrollbar-width: none; border-bottom: 1px solid var(--_line); }
.chip { flex: none; display: inline-flex; align-items: center; gap: 6px; min-height: 30px; padding: 0 12px; border: 1px solid var(--_line); border-radius: 99px; background: var(--_bg); font-size: .8125rem; }
.chip:hover { border-color: var(--_accent); }
.chip:focus-visible { outline-offset: 1px; }
.chip[aria-pressed=true] { border-color: var(--_accent); background: var(--_active); font-weight: 600; }
.chip svg { width: 13px; height: 13px; stroke-width: 2.6; }
.chip .number { color: var(--_muted); }

.body { flex: 1 1 auto; min-height: 0; padding: 8px; overflow: auto; overscroll-behavior: contain; scrollbar-gutter: stable; scrollbar-width: thin; scrollbar-color: var(--_line) transparent; }
.notice { margin: 4px 4px 10px; padding: 8px 12px; border-radius: 10px; background: var(--_soft); font-size: .875rem; }
.group + .group { margin-top: 2px; }
.name { padding: 10px 12px 4px; color: var(--_muted); font-size: .8125rem; font-weight: 600; }
.option { position: relative; display: flex; gap: 12px; padding: 9px 12px; border-radius: min(var(--_r), 12px); color: inherit; text-decoration: none; cursor: pointer; scroll-margin: 8px; }
.option svg { margin-top: 2px; color: var(--_muted); }
.option[aria-selected=true] { background: var(--_active); outline: 2px solid transparent; outline-offset: -2px; }
.option[aria-selected=true]::before { content: ""; position: absolute; inset-block: 10px; inset-inline-start: 0; width: 3px; border-radius: 3px; background: var(--_accent); }
.option[aria-selected=true] svg { color: var(--_accent); }
.option:focus-visible { outline-color: var(--_accent); }
.text { flex: 1; min-width: 0; overflow-wrap: anywhere; }
.text > span { display: block; }
.crumbs { color: var(--_muted); font-size: .8125rem; line-height: 1.4; }
.title { font-weight: 600; line-height: 1.4; }
.heading { font-size: .9375rem; font-weight: 500; line-height: 1.45; }
.title + .heading { margin-top: 2px; color: light-dark(color-mix(in srgb, var(--_accent) 88%, #000), var(--_accent)); font-size: .875rem; }
.text > .snippet { display: -webkit-box; margin-top: 2px; overflow: hidden; color: var(--_muted); font-size: .875rem; line-height: 1.45; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
.section { margin-inline-start: 32px; padding-block: 6px; }
.section svg { width: 16px; height: 16px; margin-top: 3px; }
.section .snippet { font-size: .8125rem; -webkit-line-clamp: 1; }
.mark { padding: 0 .1em; border-radius: 4px; background: var(--achei-mark, light-dark(#fde68a, #5f4a0c)); color: var(--achei-mark-text, light-dark(#3b2a00, #ffe9a8)); }
.message { padding: 36px 20px 40px; text-align: center; }
.message svg { width: 32px; height: 32px; margin-bottom: 8px; color: var(--_muted); stroke-width: 1.6; }
.message p { margin: 0 0 6px; overflow-wrap: anywhere; }
.message .headline { font-weight: 600; }
.message .tip { color: var(--_muted); font-size: .9375rem; }
.action { margin: 8px 4px 0; padding: 7px 16px; border: 1px solid var(--_accent); border-radius: 99px; font-size: .9375rem; font-weight: 600; overflow-wrap: anywhere; }
.action:hover { background: var(--_active); }
.notice .action { margin: 0 4px; padding: 1px 12px; font-size: .875rem; }

.footer { display: flex; flex: none; flex-wrap: wrap; align-items: center; gap: 4px 16px; min-height: 46px; padding: 8px 18px; border-top: 1px solid var(--_line); background: var(--_soft); color: var(--_muted); font-size: .8125rem; }
.link { color: var(--_text); font-weight: 600; text-decoration: underline; text-underline-offset: 3px; text-decoration-color: var(--_accent); border-radius: 4px; }
.hints { display: flex; gap: 14px; margin-inline-start: auto; }
.hints kbd { background: var(--_bg); }
@media (hover: none) { .hints { display: none; } }
.live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

@media (max-width: 640px) {
  /* Fonts of at least 16px keep iOS from zooming; the height is that of what the keyboard leaves. */
  .panel { width: 100%; height: var(--_h, 100dvh); max-height: none; margin: var(--_y, 0) 0 0; padding: env(safe-area-inset-top) env(safe-area-inset-right) 0 env(safe-area-inset-left); border: 0; border-radius: 0; }
  .input { font-size: max(16px, 1.0625rem); }
  .close, .clear { min-width: 44px; min-height: 44px; }
  .chips { padding-inline: 14px; }
  .chip { min-height: 36px; }
  .section { margin-inline-start: 20px; }
  .hints { display: none; }
  .footer { padding-bottom: max(8px, env(safe-area-inset-bottom)); }
}
@media (prefers-reduced-motion: no-preference) {
  .spin { animation: spin .8s linear infinite; }
  .dialog[open] .panel { animation: rise .14s ease-out; }
  .dialog[open]::backdrop { animation: fade .14s; }
}
@keyframes spin { to { transform: rotate(1turn); } }
@keyframes rise { from { opacity: 0; transform: translateY(-6px); } }
@keyframes fade { from { opacity: 0; } }
@media (forced-colors: active) {
  .option[aria-selected=true], .chip[aria-pressed=true] { outline: 2px solid Highlight; }
  .option[aria-selected=true]::before { background: Highlight; }
  .spin { border-top-color: Highlight; }
}`;

const ICONS = {
  lens: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13m5-1.5 5 5',
  close: 'm6 6 12 12M18 6 6 18',
  page: 'M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zm0 0v5h5M9 13h6m-6 4h4',
  section: 'M9.5 4 7.5 20m9-16-2 16M4.5 9h15.5M4 15h15.5',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18m0-14v5l3 2',
  alert: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18m0-13.5v5m0 3.5v.01',
};

let sheet;

/** A shadow root with our style. */
function shadow(element) {
  const root = element.attachShadow({ mode: 'open' });
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
  }
  root.adoptedStyleSheets = [sheet];
  return root;
}

/** Makes an element: `h('a.option', { href, click }, …children)`. Its class is also its part, for the host's styles. */
function h(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split('.');
  const element = document.createElement(tag);
  if (classes.length) {
    element.className = classes.join(' ');
    element.setAttribute('part', element.className);
  }
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (value != null) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function icon(name) {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS(namespace, 'path'));
  svg.firstChild.setAttribute('d', ICONS[name]);
  return svg;
}

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#039': "'", '#39': "'" };

/** Nodes of a text in which `<mark>` is the only markup. Whatever else looks like a tag stays text. */
function marked(html) {
  let inside = false;
  const nodes = [];
  for (const piece of String(html ?? '').split(/(<\/?mark>)/)) {
    if (piece === '<mark>' || piece === '</mark>') {
      inside = piece === '<mark>';
    } else if (piece) {
      const text = piece.replace(/&(amp|lt|gt|quot|#0?39);/g, (_, name) => ENTITIES[name]);
      nodes.push(inside ? h('mark.mark', {}, text) : text);
    }
  }
  return nodes;
}

/** An address that may be followed, else undefined: never `javascript:` or the like. */
function safe(address) {
  try {
    const url = new URL(address, document.baseURI);
    return /^https?:$/.test(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Cut to what the server accepts. */
function clip(query) {
  const encoder = new TextEncoder();
  while (encoder.encode(query).length > MAX_QUERY_BYTES) query = query.slice(0, -1).trimEnd();
  return query;
}

/** Folders as people read them. */
const readable = (folder) => folder.split('/').pop().replaceAll('_', ' ');

/** Searches from which something was opened, newest first. Storage may be full, or forbidden: then there are none. */
const recent = {
  key: (host) => `achei-recent:${host.server}`,
  read(host) {
    try {
      const list = host.getAttribute('recent') === 'off' ? [] : JSON.parse(localStorage.getItem(recent.key(host)));
      return Array.isArray(list) ? list.filter((query) => typeof query === 'string').slice(0, RECENT) : [];
    } catch {
      return [];
    }
  },
  add(host, query) {
    if (!query || host.getAttribute('recent') === 'off') return;
    const others = recent.read(host).filter((other) => other.toLowerCase() !== query.toLowerCase());
    recent.write(host, [query, ...others].slice(0, RECENT));
  },
  write(host, list) {
    try {
      if (list.length) localStorage.setItem(recent.key(host), JSON.stringify(list));
      else localStorage.removeItem(recent.key(host));
    } catch { /* then the searches are forgotten */ }
  },
};

const MODIFIERS = ['ctrl', 'meta', 'alt', 'shift'];

/** `mod+k /` as a list of keys with their modifiers; `mod` is Command on a Mac, else Control. */
function shortcuts(host) {
  return (host.getAttribute('shortcut') ?? 'mod+k /').toLowerCase().split(/\s+/).filter(Boolean).map((text) => {
    const words = text.replace('mod', MAC ? 'meta' : 'ctrl').split('+');
    return { key: words.pop(), held: MODIFIERS.filter((modifier) => words.includes(modifier)) };
  });
}

function pressed(event, { key, held }) {
  const typed = event.key.toLowerCase();
  // On layouts of other scripts the letter is where it would be on a Latin one.
  const same = typed === key || (typed > '\x7f' && event.code === `Key${key.toUpperCase()}`);
  // Signs may need Shift to be typed at all, as / on German layouts.
  const sign = !/^[a-z0-9]$|../.test(key);
  return same && MODIFIERS.every((m) => event[`${m}Key`] === held.includes(m) || (m === 'shift' && sign));
}

/** As people read it (Ctrl K, ⌘K), or as `aria-keyshortcuts` wants it (Control+K). */
function spoken({ key, held }, aria) {
  const names = aria || !MAC
    ? { ctrl: aria ? 'Control' : 'Ctrl', meta: 'Meta', alt: 'Alt', shift: 'Shift' }
    : { ctrl: '⌃', meta: '⌘', alt: '⌥', shift: '⇧' };
  return [...held.map((modifier) => names[modifier]), key.toUpperCase()].join(aria ? '+' : MAC ? '' : ' ');
}

/** Whether what is pressed would be typed into something. */
function editing(event) {
  const target = event.composedPath()[0];
  return target instanceof Element && (target.matches('input, textarea, select, [role=textbox]') || target.isContentEditable
    // An element that hides its inside may well have a text field there.
    || (target.localName.includes('-') && !target.shadowRoot));
}

const composing = (event) => event.isComposing || event.keyCode === 229;

const DARK = '.dark, .theme--dark, [data-theme=dark], [data-bs-theme=dark], [data-md-color-scheme=slate]';
const LIGHT = '.light, .theme--light, [data-theme=light], [data-bs-theme=light], [data-md-color-scheme=default]';

/** `light`, `dark`, or empty for the system's: what is asked for, else what the host page says of itself. */
function themeOf(host) {
  const asked = host.getAttribute('theme');
  if (asked === 'light' || asked === 'dark') return asked;
  const any = `${DARK}, ${LIGHT}`;
  const hook = host.closest(any) ?? document.body.closest(any);
  if (hook) return hook.matches(DARK) ? 'dark' : 'light';
  const scheme = getComputedStyle(host.parentElement ?? document.body).colorScheme;
  const dark = scheme.includes('dark');
  return dark === scheme.includes('light') ? '' : dark ? 'dark' : 'light';
}

/** The words of an element in its language; each can be overridden by an attribute `text-…`. */
function wordsOf(host) {
  const asked = host.closest('[lang]')?.lang || document.documentElement.lang || navigator.language || 'en';
  const texts = TEXTS[asked.toLowerCase().split('-')[0]] ?? TEXTS.en;
  const locale = Intl.getCanonicalLocales(/^[a-z]{2,3}(-[a-z0-9]+)*$/i.test(asked) ? asked : 'en')[0];
  const say = (key, values = {}) => (host.getAttribute(`text-${key}`) ?? texts[key])
    ?.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
  return {
    locale,
    say,
    count(n) {
      const values = { n: new Intl.NumberFormat(locale).format(n) };
      return say(`count-${new Intl.PluralRules(locale).select(n)}`, values) ?? say('count-other', values);
    },
    /** Falls back to the code itself: a wiki may use any. */
    language(code) {
      try {
        const name = new Intl.DisplayNames([locale], { type: 'language' }).of(code);
        return name[0].toLocaleUpperCase(locale) + name.slice(1);
      } catch {
        return code;
      }
    },
  };
}

/** The one dialog of a page. It moves into the shadow root of the element that opens it, and is made anew each time. */
class Dialog {
  node = h('dialog.dialog', {
    click: (event) => event.target === this.node && this.pressedOutside && this.node.close(),
    // A selection dragged out of the input must not close.
    pointerdown: (event) => (this.pressedOutside = event.target === this.node),
    keydown: (event) => this.#key(event),
    cancel: (event) => event.target === this.node && this.composing && event.preventDefault(),
    close: () => this.#closed(),
  });
  host = null;
  query = '';
  /** Filters that were chosen: a folder and a language. */
  category = '';
  lang = '';
  composing = false;
  #cache = new Map();
  #timers = {};
  #asked = '';
  #shown = '';
  #request = null;
  #options = [];
  #active = -1;
  /** Enter came before the answer: open its first hit, `{ tab }` in a new tab. */
  #eager = null;
  #failed = false;

  constructor() {
    for (const type of ['keyup', 'keypress']) this.node.addEventListener(type, (event) => event.stopPropagation());
    for (const type of ['wheel', 'touchmove']) {
      this.node.addEventListener(type, (event) => this.#hold(event), { passive: false });
    }
    addEventListener('online', () => this.node.open && this.#failed && this.#ask());
  }

  /** Opens for an element; with the query given, else the last one, which typing replaces. */
  open(host, query) {
    if (this.node.open) return;
    if (this.host !== host) this.category = this.lang = this.query = '';
    this.host = host;
    this.query = query ?? this.query;
    this.words = wordsOf(host);
    this.#build();
    this.dress();
    home(host).append(this.node);
    this.node.showModal();
    this.input.select();
    visualViewport?.addEventListener('resize', this.#fit);
    visualViewport?.addEventListener('scroll', this.#fit);
    this.#fit();
    // What changed while it was closed is to be seen.
    this.#cache.clear();
    this.#shown = this.#asked = '';
    host.tell('open');
    this.#ask();
  }

  dress() {
    this.node.className = `dialog ${themeOf(this.host)}`;
  }

  #closed() {
    this.#request?.abort();
    this.#request = this.#eager = null;
    Object.values(this.#timers).forEach(clearTimeout);
    this.#timers = {};
    visualViewport?.removeEventListener('resize', this.#fit);
    visualViewport?.removeEventListener('scroll', this.#fit);
    this.host.tell('close');
  }

  #after(name, delay, action) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(() => {
      delete this.#timers[name];
      action();
    }, delay);
  }

  #build() {
    const { say, locale } = this.words;
    const input = (this.input = h('input.input', {
      type: 'text', role: 'combobox', 'aria-label': say('label'), 'aria-expanded': 'false', 'aria-controls': 'list',
      'aria-autocomplete': 'list', autocomplete: 'off', autocapitalize: 'off', autocorrect: 'off', spellcheck: 'false',
      enterkeyhint: 'search', inputmode: 'search', dir: 'auto', placeholder: say('placeholder'),
      input: (event) => this.#typed(event),
      compositionstart: () => (this.composing = true),
      compositionend: (event) => {
        this.composing = false;
        this.#typed(event);
      },
    }));
    input.value = this.query;
    this.lens = icon('lens');
    this.spin = h('span.spin', { hidden: '' });
    this.clear = h('button.clear', { type: 'button', click: () => this.search('') }, say('clear'));
    this.chips = h('div.chips', { role: 'group', 'aria-label': say('filters'), hidden: '' });
    this.notice = h('div.notice', { hidden: '' });
    this.list = h('div.list', {
      id: 'list', role: 'listbox', 'aria-label': say('results'), hidden: '',
      // Moves, not enters: scrolling under a resting pointer must not choose.
      pointermove: (event) => this.#choose(this.#options.indexOf(event.target.closest('.option')), false),
      click: (event) => this.#clicked(event),
      auxclick: (event) => event.button === 1 && event.target.closest('a') && this.#remember(),
    });
    this.message = h('div.message', { hidden: '' });
    this.body = h('div.body', {}, this.notice, this.list, this.message);
    this.status = h('span.status');
    this.all = h('a.link', { hidden: '', click: () => this.#remember() }, say('all'));
    this.forget = h('button.link', { type: 'button', hidden: '', click: () => {
      recent.write(this.host, []);
      this.#shown = this.#asked = '';
      this.#ask();
      input.focus();
    } }, say('forget'));
    const hint = (keys, text) => h('span', {}, ...keys.flatMap((key) => [h('kbd', {}, key), ' ']), say(text));
    const hints = h('span.hints', { 'aria-hidden': 'true' }, hint(['↑', '↓'], 'move'), hint(['↵'], 'open'),
      hint([MAC ? '⌘↵' : 'Ctrl ↵'], 'tab'));
    // Two regions take turns, so that the same words twice are spoken twice.
    this.live = [0, 1].map(() => h('div.live', { role: 'status', 'aria-live': 'polite' }));
    this.node.setAttribute('aria-label', say('label'));
    this.node.lang = locale;
    this.node.replaceChildren(h('div.panel', {},
      h('div.bar', {}, this.lens, this.spin, input, this.clear,
        h('button.close', { type: 'button', 'aria-label': say('close'), click: () => this.node.close() }, icon('close'))),
      this.chips, this.body, h('div.footer', {}, this.status, this.all, this.forget, hints), ...this.live));
    this.clear.hidden = !this.query;
  }

  /** Keeps the panel within what the on-screen keyboard leaves; not while zoomed, when the reader is in charge. */
  #fit = () => {
    const { height, offsetTop, scale } = visualViewport ?? { scale: 0 };
    this.node.style.setProperty('--_h', scale === 1 ? `${height}px` : '');
    this.node.style.setProperty('--_y', scale === 1 ? `${offsetTop}px` : '');
  };

  /** The page behind stays where it is, and its styles are not touched for that. Zooming goes on. */
  #hold(event) {
    if (event.ctrlKey || event.touches?.length > 1) return;
    const path = event.composedPath();
    const scrolls = path.includes(this.body) ? this.body.scrollHeight > this.body.clientHeight
      : path.includes(this.input) || (path.includes(this.chips) && this.chips.scrollWidth > this.chips.clientWidth);
    if (!scrolls && event.cancelable) event.preventDefault();
  }

  #key(event) {
    event.stopPropagation(); // the page's own shortcuts are not meant
    if (composing(event)) return;
    const { key } = event;
    const typing = event.target === this.input;
    const plain = !event.altKey && !event.shiftKey && !event.ctrlKey && !event.metaKey;
    if (shortcuts(this.host).some((shortcut) => shortcut.held.length && pressed(event, shortcut))) this.node.close();
    else if (key === 'Escape' && plain) this.query ? this.search('') : this.node.close();
    else if (typing && plain && (key === 'ArrowDown' || key === 'ArrowUp')) this.#move(key === 'ArrowDown' ? 1 : -1);
    else if (typing && key === 'Enter' && !event.altKey && !event.shiftKey) this.#enter(event.ctrlKey || event.metaKey);
    else return;
    event.preventDefault();
  }

  #typed(event) {
    // A dead key that waits for its letter.
    if (event.isComposing && /[´`^~¨'"]$/.test(this.input.value)) return;
    const query = clip(this.input.value.trim());
    this.clear.hidden = !this.input.value;
    if (query === this.query) return;
    this.query = query;
    this.#eager = null;
    this.#choose(-1);
    // At once after a pause, then when typing rests.
    if (!this.#timers.type) this.#ask();
    this.#after('type', DEBOUNCE_MS, () => this.#ask());
  }

  /** Searches for another text, as if it had been typed. */
  search(query) {
    this.input.value = this.query = query;
    this.clear.hidden = !query;
    this.#eager = null;
    this.#choose(-1);
    this.input.focus();
    this.#ask();
  }

  #filter(filters) {
    Object.assign(this, filters);
    const within = this.chips.contains(this.host.shadowRoot.activeElement);
    this.#ask().then(() => {
      if (!within || !this.node.open) return;
      (this.chips.querySelector('[aria-pressed=true]') ?? this.chips.querySelector('button') ?? this.input).focus();
    });
  }

  #address(path = 'search') {
    const url = new URL(path, this.host.server);
    const values = {
      q: this.query,
      category: this.category || this.host.getAttribute('category'),
      lang: this.lang,
      ...(path && { limit: this.query ? this.host.limit : 6, facets: 'category,lang', snippet_chars: 160 }),
    };
    for (const [key, value] of Object.entries(values)) if (value) url.searchParams.set(key, value);
    return url.href;
  }

  /** Asks for what is now wanted, unless that is shown or under way. Of several answers the last asked counts. */
  async #ask() {
    const address = this.#address();
    if (address === this.#asked) return;
    this.#request?.abort();
    this.#asked = address;
    const request = (this.#request = new AbortController());
    const kept = this.#cache.get(address);
    if (kept && performance.now() - kept.at < FRESH_MS) return this.#show(address, kept.answer);
    this.#after('busy', BUSY_MS, () => this.#wait('loading'));
    this.#after('slow', SLOW_MS, () => this.#wait('slow'));
    this.#after('timeout', TIMEOUT_MS, () => request.abort());
    try {
      const response = await fetch(address, { signal: request.signal, headers: { accept: 'application/json' } });
      if (!response.ok) throw Object.assign(new Error(), { status: response.status });
      const answer = await response.json();
      if (request !== this.#request) return;
      if (!Array.isArray(answer.hits)) throw new Error();
      this.#cache.set(address, { answer, at: performance.now() });
      if (this.#cache.size > CACHED) this.#cache.delete(this.#cache.keys().next().value);
      this.#show(address, answer);
    } catch (error) {
      if (request === this.#request) this.#fail(error);
    }
  }

  /** Says that there is nothing yet. Old results stay meanwhile. */
  #wait(text) {
    this.list.setAttribute('aria-busy', 'true');
    this.lens.style.display = 'none';
    this.spin.hidden = false;
    this.status.textContent = this.words.say(text);
    if (this.list.hidden) this.#tell(null, this.words.say(text));
    this.#announce(this.words.say(text));
  }

  #rest() {
    for (const name of ['busy', 'slow', 'timeout']) clearTimeout(this.#timers[name]);
    this.list.setAttribute('aria-busy', 'false');
    this.lens.style.display = '';
    this.spin.hidden = true;
    this.message.hidden = this.notice.hidden = this.all.hidden = this.forget.hidden = true;
    this.message.removeAttribute('role');
    this.status.textContent = '';
    this.#failed = false;
  }

  #fail(error) {
    const { say } = this.words;
    this.#rest();
    this.#asked = this.#shown = '';
    this.#eager = null;
    this.#failed = true;
    this.#list([]);
    const text = navigator.onLine === false ? 'offline' : error.status === 503 || error.status === 429 ? 'busy' : 'error';
    this.message.setAttribute('role', 'alert');
    clearTimeout(this.#timers.announce);
    this.#tell('alert', say(text), '', [say('retry'), () => {
      this.input.focus();
      this.#ask();
    }]);
  }

  #show(address, answer) {
    const { say, count } = this.words;
    this.#rest();
    this.#shown = address;
    this.#filters(answer.facets ?? {});
    if (this.query) this.#results(answer);
    else this.#start(answer);
    this.body.scrollTop = 0;
    const some = answer.hits.length > 0;
    if (this.query) {
      const text = some ? count(answer.total) : say('none', { q: this.query });
      if (some) this.status.textContent = text;
      this.#announce(some && answer.relaxed ? `${text}. ${say('relaxed')}` : text);
      this.host.tell('search', { query: this.query, total: answer.total });
    }
    const eager = this.#eager;
    this.#eager = null;
    if (eager && this.#options.length) this.#follow(this.#options[0], eager.tab);
  }

  /** Before anything is typed: what was searched for, and what is new. */
  #start({ hits }) {
    const { say } = this.words;
    const queries = this.category || this.lang ? [] : recent.read(this.host);
    const named = (id, options) => options.length
      ? [h('div.group', { role: 'group', 'aria-labelledby': id }, h('div.name', { id }, say(id)), ...options)] : [];
    this.#list([
      ...named('recent', queries.map((query) => {
        const option = this.#option('div.option', 'clock', {}, h('span', {}, query));
        option.query = query;
        return option;
      })),
      ...named('newest', hits.map((hit) => this.#page(hit))),
    ]);
    this.forget.hidden = !queries.length;
    if (!this.#options.length) this.#tell('lens', say('start'));
  }

  #results(answer) {
    const { say } = this.words;
    const mean = typeof answer.did_you_mean === 'string' && answer.did_you_mean;
    this.#list(answer.hits.map((hit, index) => {
      // The first link leads to the best section; the others follow in the page's order.
      const others = (hit.sections ?? []).filter((section) => section.url !== hit.url).slice(0, 2);
      return h('div.group', { role: 'group', 'aria-labelledby': `title-${index}` }, this.#page(hit, `title-${index}`),
        ...others.map((section) => this.#option('a.option.section', 'section', { href: safe(section.url) },
          h('span.heading', {}, section.heading || hit.title), h('span.snippet', {}, ...marked(section.snippet)))));
    }));
    if (!answer.hits.length) {
      const filtered = this.category || this.lang;
      this.#tell('lens', say('none', { q: this.query }), say('tip'),
        mean && [`${say('mean')}: ${mean}`, () => this.search(mean)],
        filtered && [say('everywhere'), () => {
          this.input.focus();
          this.#filter({ category: '', lang: '' });
        }]);
      return;
    }
    if (answer.relaxed || mean) {
      this.notice.replaceChildren(...(answer.relaxed ? [h('span', {}, `${say('relaxed')} `)] : []),
        ...(mean ? [`${say('mean')} `, h('button.action', { type: 'button', click: () => this.search(mean) }, mean)] : []));
      this.notice.hidden = false;
    }
    if (answer.total > answer.hits.length) {
      this.all.href = this.#address('');
      this.all.hidden = false;
    }
  }

  #page(hit, id) {
    const line = (name, ...content) => (content.length ? [h(name, {}, ...content)] : []);
    const option = this.#option('a.option', 'page', { href: safe(hit.url), lang: hit.lang },
      ...line('span.crumbs', ...(hit.breadcrumbs?.length ? [hit.breadcrumbs.join(' › ')] : [])),
      h('span.title', { id }, ...marked(hit.title_html ?? hit.title)),
      ...(this.query ? line('span.heading', ...(hit.heading ? [hit.heading] : [])) : []),
      ...(this.query ? line('span.snippet', ...marked(hit.snippet)) : []));
    return option;
  }

  #option(name, picture, attributes, ...content) {
    return h(name, { role: 'option', 'aria-selected': 'false', tabindex: '-1', ...attributes },
      icon(picture), h('span.text', {}, ...content));
  }

  #list(groups) {
    this.list.replaceChildren(...groups);
    this.#options = [...this.list.querySelectorAll('.option')];
    this.#options.forEach((option, index) => (option.id = `option-${index}`));
    this.list.hidden = !this.#options.length;
    this.input.setAttribute('aria-expanded', String(!this.list.hidden));
    this.#active = -1;
    this.input.removeAttribute('aria-activedescendant');
  }

  /** Words in place of results, with what can be done: pairs of a text and an action. */
  #tell(picture, headline, tip, ...actions) {
    this.message.replaceChildren(...(picture ? [icon(picture)] : []), h('p.headline', {}, headline),
      ...(tip ? [h('p.tip', {}, tip)] : []),
      ...actions.filter(Boolean).map(([text, click]) => h('button.action', { type: 'button', click }, text)));
    this.message.hidden = false;
  }

  /** Areas and languages: the one that is chosen, which a press takes back, and those it can be narrowed to. */
  #filters({ category = [], lang = [] }) {
    const base = (this.category || this.host.getAttribute('category') || '').replace(/^\/+|\/+$/g, '');
    const depth = base ? base.split('/').length : 0;
    const chip = (label, number, on, filters) => h('button.chip', {
      type: 'button', 'aria-pressed': String(on), click: () => this.#filter(filters),
    }, label, on ? icon('close') : h('span.number', {}, number));
    const areas = category.filter(({ value }) => value.split('/').length === depth + 1).slice(0, 8);
    const chips = [];
    if (this.category) chips.push(chip(readable(this.category), '', true, { category: '' }));
    if (this.lang) chips.push(chip(this.words.language(this.lang), '', true, { lang: '' }));
    if (areas.length > 1 || (areas.length && this.category)) {
      chips.push(...areas.map(({ value, count }) => chip(readable(value), count, false, { category: value })));
    }
    if (lang.length > 1) {
      chips.push(...lang.map(({ value, count }) => chip(this.words.language(value), count, false, { lang: value })));
    }
    this.chips.replaceChildren(...chips);
    this.chips.hidden = !chips.length;
  }

  #announce(text) {
    this.#after('announce', ANNOUNCE_MS, () => {
      this.live.reverse();
      this.live[0].textContent = text;
      this.live[1].textContent = '';
    });
  }

  /** Around the ends, with the input itself as a stop between last and first. */
  #move(step) {
    const stops = this.#options.length + 1;
    this.#choose(((this.#active + 1 + step + stops) % stops) - 1);
  }

  #choose(index, scroll = true) {
    if (index === this.#active || (index < 0 && !scroll)) return;
    this.#options[this.#active]?.setAttribute('aria-selected', 'false');
    this.#active = index;
    const option = this.#options[index];
    if (!option) return this.input.removeAttribute('aria-activedescendant');
    option.setAttribute('aria-selected', 'true');
    this.input.setAttribute('aria-activedescendant', option.id);
    if (!scroll) return;
    if (index) option.scrollIntoView({ block: 'nearest' });
    else this.body.scrollTop = 0; // with the name of the group and the notice above
  }

  /** Opens what is chosen, else the first hit: of this query, never of the one before. */
  #enter(tab) {
    const chosen = this.#options[this.#active];
    if (chosen) return this.#follow(chosen, tab);
    if (!this.query) return;
    clearTimeout(this.#timers.type);
    delete this.#timers.type;
    if (this.#shown === this.#address()) return this.#options[0] && this.#follow(this.#options[0], tab);
    this.#eager = { tab };
    this.#ask();
  }

  #follow(option, tab) {
    // A click on the link itself, so that routers of the page see it and the browser does what it does with links.
    if (tab && option.href) option.target = '_blank';
    option.rel = 'noopener';
    option.click();
    option.removeAttribute('target');
  }

  #clicked(event) {
    const option = event.target.closest('.option');
    if (!option) return;
    if (option.query) return this.search(option.query);
    this.#remember();
    const detail = { query: this.query, url: option.href, position: this.#options.indexOf(option) + 1 };
    if (!this.host.tell('select', detail, true)) event.preventDefault();
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || option.target;
    if (!elsewhere) this.node.close();
  }

  #remember() {
    recent.add(this.host, this.query);
  }
}

/** Elements of this page, in the order they came. */
const elements = new Set();
let dialog;

const rendered = (element) => element.checkVisibility?.() ?? element.getClientRects().length > 0;

/** Where the dialog can be seen: inside an element that is not rendered (a folded menu) it would only block the page. */
function home(host) {
  if (rendered(host)) return host.shadowRoot;
  home.spare ??= shadow(document.createElement('div'));
  document.body.append(home.spare.host);
  return home.spare;
}

function onKey(event) {
  if (event.defaultPrevented || event.repeat || composing(event) || !event.key || dialog.node.open || editing(event)) return;
  const called = [...elements].filter((element) => shortcuts(element).some((shortcut) => pressed(event, shortcut)));
  if (!called.length) return;
  event.preventDefault();
  (called.find(rendered) ?? called[0]).open();
}

class AcheiSearch extends HTMLElement {
  static observedAttributes = ['lang', 'theme', 'shortcut', 'text-button'];

  #button = h('button.button', { type: 'button', 'aria-haspopup': 'dialog', click: () => this.open() });
  // The host page may change its theme at any time.
  #watch = new MutationObserver(() => this.#dress());

  constructor() {
    super();
    shadow(this).append(this.#button);
  }

  connectedCallback() {
    dialog ??= new Dialog();
    if (!elements.size) {
      addEventListener('keydown', onKey);
      this.shadowRoot.append(dialog.node);
    }
    elements.add(this);
    for (let element = this; element; element = element.parentElement) {
      this.#watch.observe(element, { attributeFilter: ['class', 'lang', ...DARK.match(/data-[a-z-]+/g)] });
    }
    this.#dress();
  }

  disconnectedCallback() {
    elements.delete(this);
    this.#watch.disconnect();
    if (dialog.host === this && dialog.node.open) dialog.node.close();
    if (!elements.size) removeEventListener('keydown', onKey);
    else if (this.shadowRoot.contains(dialog.node)) [...elements][0].shadowRoot.append(dialog.node);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#dress();
  }

  #dress() {
    const text = wordsOf(this).say('button');
    const keys = shortcuts(this);
    this.#button.className = `button ${themeOf(this)}`;
    this.#button.toggleAttribute('aria-keyshortcuts', keys.length);
    if (keys.length) this.#button.setAttribute('aria-keyshortcuts', keys.map((key) => spoken(key, true)).join(' '));
    this.#button.replaceChildren(icon('lens'), h('span.label', {}, text),
      ...keys.slice(0, 1).map((key) => h('kbd.shortcut', { 'aria-hidden': 'true' }, spoken(key))));
    if (dialog?.host === this) dialog.dress();
  }

  /** Where Achei answers, with a slash at its end: the attribute, else where this module came from. */
  get server() {
    const asked = this.getAttribute('server');
    return new URL('.', asked ? new URL(asked.replace(/\/*$/, '/'), document.baseURI) : import.meta.url).href;
  }

  /** Pages shown at once, 1 to 100. */
  get limit() {
    return Math.min(Math.max(Math.trunc(this.getAttribute('limit')) || 8, 1), 100);
  }

  /** Opens the dialog, with a query if one is given. */
  open(query) {
    dialog?.open(this, query);
  }

  close() {
    if (dialog?.host === this) dialog.node.close();
  }

  /** Sends `achei-…`; false if that was to be prevented and was. */
  tell(name, detail, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(`achei-${name}`, { bubbles: true, composed: true, cancelable, detail }));
  }
}

// A page may well load the module twice, under two addresses.
if (!customElements.get('achei-search')) customElements.define('achei-search', AcheiSearch);
