// <achei-search>: a button and the search dialog it opens (docs/widget.md). What pages and people say only ever becomes
// text nodes, styles are a constructed sheet: strict Content-Security-Policies and Trusted Types hold.
// Lines that hold a comment alone are not served, so they may explain as much as they like.

const MAC = /Mac|iP/.test(navigator.userAgentData?.platform || navigator.platform);
const DEBOUNCE_MS = 150;
const WAIT_MS = { loading: 250, slow: 4000 };
const TIMEOUT_MS = 15000;
const ANNOUNCE_MS = 500;
const FRESH_MS = 30000;
const CACHED = 50;
const RECENT = 7;
const MAX_QUERY_BYTES = 512;

const TEXTS = {
  pt: {
    button: 'Buscar', label: 'Buscar na wiki', placeholder: 'O que você procura?', clear: 'Limpar', close: 'Fechar',
    results: 'Resultados', filters: 'Filtros', recent: 'Buscas recentes', forget: 'Apagar buscas recentes',
    newest: 'Atualizadas há pouco',
    loading: 'Buscando…', slow: 'Ainda buscando. A conexão está lenta.',
    'count-one': '{n} página encontrada', 'count-other': '{n} páginas encontradas', all: 'Ver todas',
    none: 'Nada encontrado para “{q}”', tip: 'Confira a escrita ou tente menos palavras.',
    everywhere: 'Buscar em toda a wiki', mean: 'Você quis dizer',
    relaxed: 'Nenhuma página tem todas as palavras; estas têm algumas delas.',
    error: 'A busca não respondeu. Tente de novo em instantes.',
    offline: 'Você está sem conexão.', retry: 'Tentar de novo', move: 'escolher', open: 'abrir', tab: 'nova aba',
    found: 'Encontrou?', yes: 'Sim', no: 'Não',
  },
  en: {
    button: 'Search', label: 'Search the wiki', placeholder: 'What are you looking for?', clear: 'Clear', close: 'Close',
    results: 'Results', filters: 'Filters', recent: 'Recent searches', forget: 'Clear recent searches',
    newest: 'Recently updated',
    loading: 'Searching…', slow: 'Still searching. The connection is slow.',
    'count-one': '{n} page found', 'count-other': '{n} pages found', all: 'See all',
    none: 'Nothing found for “{q}”', tip: 'Check the spelling, or try fewer words.',
    everywhere: 'Search the whole wiki', mean: 'Did you mean',
    relaxed: 'No page has all the words; these have some of them.',
    error: 'The search did not answer. Try again in a moment.',
    offline: 'You are offline.', retry: 'Try again', move: 'choose', open: 'open', tab: 'new tab',
    found: 'Found it?', yes: 'Yes', no: 'No',
  },
  es: {
    button: 'Buscar', label: 'Buscar en la wiki', placeholder: '¿Qué buscas?', clear: 'Borrar', close: 'Cerrar',
    results: 'Resultados', filters: 'Filtros', recent: 'Búsquedas recientes', forget: 'Borrar búsquedas recientes',
    newest: 'Actualizadas hace poco',
    loading: 'Buscando…', slow: 'Todavía buscando. La conexión es lenta.',
    'count-one': '{n} página encontrada', 'count-other': '{n} páginas encontradas', all: 'Ver todas',
    none: 'No se encontró nada para “{q}”', tip: 'Revisa la escritura o prueba menos palabras.',
    everywhere: 'Buscar en toda la wiki', mean: 'Quizás quisiste decir',
    relaxed: 'Ninguna página tiene todas las palabras; estas tienen algunas.',
    error: 'La búsqueda no respondió. Inténtalo en un momento.',
    offline: 'No tienes conexión.', retry: 'Reintentar', move: 'elegir', open: 'abrir', tab: 'pestaña nueva',
    found: '¿Encontraste?', yes: 'Sí', no: 'No',
  },
};

const STYLE = `
:host { all: initial; display: inline-block; }
[hidden], :host([hidden]) { display: none !important; }
* { box-sizing: border-box; }
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
  font: 1em/1.5 var(--achei-font, system-ui, sans-serif);
}
.light { color-scheme: light; }
.dark { color-scheme: dark; }
button { margin: 0; padding: 0; border: 0; background: none; color: inherit; font: inherit; cursor: pointer; }
svg { flex: none; width: 20px; height: 20px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
:focus-visible { outline: 2px solid var(--_accent); outline-offset: 1px; }
kbd { display: inline-block; min-width: 1.7em; padding: 0 .4em; border-radius: 6px; background: var(--_bg); font: inherit; font-size: .875em; text-align: center; }

.button, .bar, .chip, .footer { display: flex; flex: none; align-items: center; gap: 10px; }
.button, .chip, .panel, kbd { border: 1px solid var(--_line); }
.button { min-height: 40px; padding: 0 12px; border-radius: min(var(--_r), 12px); background: var(--_bg); font-size: .9375em; white-space: nowrap; }
.button:hover, .chip:hover { border-color: var(--_accent); }
.button kbd { margin-inline-start: 12px; background: var(--_soft); }

.dialog { position: fixed; inset: 0; width: 100%; height: 100%; max-width: none; max-height: none; margin: 0; padding: 0; border: 0; background: none; overflow: hidden; }
.dialog::backdrop { background: rgb(8 18 16 / 48%); backdrop-filter: blur(3px); }
.panel { display: flex; flex-direction: column; width: min(var(--achei-width, 680px), 100% - 32px); max-height: min(640px, 82vh); margin: min(11vh, 96px) auto; border-radius: var(--_r); background: var(--_bg); box-shadow: 0 24px 64px rgb(0 0 0 / 28%); overflow: hidden; }
.bar { padding-inline: 18px 12px; border-bottom: 1px solid var(--_line); }
.bar:has(.input:focus-visible) { box-shadow: inset 0 -2px var(--_accent); }
.bar > svg { color: var(--_accent); }
.input { flex: 1; min-width: 0; height: 60px; padding: 0; border: 0; outline: 0; background: none; color: inherit; font: inherit; font-size: max(16px, 1.125em); touch-action: pan-x; }
.input::placeholder { color: var(--_muted); opacity: 1; }
.clear, .close { display: grid; place-items: center; min-width: 36px; min-height: 36px; padding: 0 8px; border-radius: 10px; font-size: .875em; }
.clear:hover, .close:hover, .action:hover { background: var(--_soft); }
.spin { width: 20px; height: 20px; flex: none; border: 2.5px solid var(--_line); border-top-color: var(--_accent); border-radius: 50%; }

.chips { display: flex; flex: none; gap: 8px; padding: 10px 18px; border-bottom: 1px solid var(--_line); overflow-x: auto; overscroll-behavior: contain; touch-action: pan-x; scrollbar-width: none; }
.chip { gap: 6px; min-height: 30px; padding: 0 12px; border-radius: 99px; }
.chip[aria-pressed=true] { border-color: var(--_accent); background: var(--_active); font-weight: 600; }
.chip svg { width: 14px; height: 14px; }

.body { min-height: 0; flex: 1 1 auto; padding: 8px; overflow: auto; overscroll-behavior: contain; scrollbar-gutter: stable; scrollbar-width: thin; overflow-wrap: anywhere; }
.notice { margin: 4px 4px 10px; padding: 8px 12px; border-radius: 10px; background: var(--_soft); font-size: .875em; }
.tip, .number, .crumbs, .name, .footer, .snippet, .clear, .close, kbd, svg { color: var(--_muted); }
.chip, .crumbs, .name, .footer { font-size: .8125em; }
.name { padding: 10px 12px 4px; font-weight: 600; }
.option { position: relative; display: flex; gap: 12px; margin-bottom: 2px; padding: 9px 12px; border-radius: min(var(--_r), 12px); color: inherit; text-decoration: none; cursor: pointer; }
.option svg { margin-top: 2px; }
.option[aria-selected=true] { background: var(--_active); }
.option[aria-selected=true]::before { content: ""; position: absolute; inset-block: 10px; inset-inline-start: 0; width: 3px; border-radius: 3px; background: var(--_accent); }
.option[aria-selected=true] svg { color: var(--_accent); }
.text { flex: 1; min-width: 0; }
.text > span { display: block; }
.title, .headline { font-weight: 600; line-height: 1.4; }
.title + .heading { color: color-mix(in srgb, var(--_accent) 84%, var(--_text)); font-size: .875em; }
.text > .snippet { display: -webkit-box; overflow: hidden; font-size: .875em; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
.section { margin-inline-start: 32px; padding-block: 6px; }
.section .snippet { font-size: .8125em; -webkit-line-clamp: 1; }
.mark { padding: 0 .1em; border-radius: 4px; background: var(--achei-mark, light-dark(#fde68a, #5f4a0c)); color: var(--achei-mark-text, light-dark(#3b2a00, #ffe9a8)); }
.message { padding: 36px 20px 40px; text-align: center; }
.message p { margin: 6px 0 0; }
.action { margin: 14px 4px 0; padding: 6px 16px; border: 1px solid var(--_accent); border-radius: 99px; font-weight: 600; }
.notice .action { margin: 0; padding: 0 12px; }

.footer { flex-wrap: wrap; gap: 4px 16px; min-height: 46px; padding: 8px 18px; border-top: 1px solid var(--_line); background: var(--_soft); }
.status:empty { display: none; }
.link { color: var(--_text); font-weight: 600; text-decoration: underline; }
.hints { display: flex; gap: 14px; margin-inline-start: auto; }
.live { position: absolute; clip-path: inset(50%); }

@media (hover: none) { kbd, .hints { display: none; } }
@media (max-width: 640px) {
  .panel { width: 100%; height: var(--_h, 100dvh); max-height: none; margin: var(--_y, 0) 0 0; padding-block: env(safe-area-inset-top) env(safe-area-inset-bottom); border: 0; border-radius: 0; }
  .close, .clear { min-width: 44px; min-height: 44px; }
  .chip { min-height: 36px; }
  .section { margin-inline-start: 20px; }
  .hints { display: none; }
}
@media (prefers-reduced-motion: no-preference) {
  .spin { animation: spin .8s linear infinite; }
}
@keyframes spin { to { transform: rotate(1turn); } }
@media (forced-colors: active) {
  [aria-selected=true], [aria-pressed=true] { outline: 2px solid Highlight; }
}`;

const ICONS = {
  lens: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13m5-1.5 5 5',
  close: 'm6 6 12 12M18 6 6 18',
  page: 'M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zm0 0v5h5M9 13h6m-6 4h4',
  section: 'M9.5 4 7.5 20m9-16-2 16M4.5 9h15.5M4 15h15.5',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18m0-14v5l3 2',
};

let sheet;

function shadow(element) {
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(STYLE);
  const root = element.attachShadow({ mode: 'open' });
  root.adoptedStyleSheets = [sheet];
  return root;
}

/** Makes an element: `h('a.option', { href, click }, …children)`. Its class is also its part. */
function h(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split('.');
  const element = document.createElement(tag);
  if (classes.length) element.setAttribute('part', (element.className = classes.join(' ')));
  if (tag === 'button') element.type = tag;
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (value != null) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function icon(name) {
  const make = (tag) => document.createElementNS('http://www.w3.org/2000/svg', tag);
  const [svg, path] = [make('svg'), make('path')];
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

const attempt = (make, otherwise) => {
  try {
    return make();
  } catch {
    return otherwise;
  }
};

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#039': "'" };

/** Nodes of a text in which `<mark>` is the only markup: whatever else looks like a tag stays text. */
function marked(html = '') {
  let inside;
  return html.split(/(<\/?mark>)/).flatMap((piece) => {
    if (/^<\/?mark>$/.test(piece)) {
      inside = piece === '<mark>';
      return [];
    }
    const text = piece.replace(/&(amp|lt|gt|quot|#039);/g, (_, name) => ENTITIES[name]);
    return inside ? h('mark.mark', {}, text) : text || [];
  });
}

/** Never `javascript:` or the like. */
const safe = (address) => attempt(() => {
  const { protocol, href } = new URL(address, document.baseURI);
  return /^https?:$/.test(protocol) ? href : null;
});

/** Recent searches, after storing a list if given. Storage may be forbidden, full or garbled: then none. */
const recent = (host, list) => host.getAttribute('recent') === 'off' ? [] : attempt(() => {
  const key = `achei-recent:${host.server}`;
  if (list) localStorage.setItem(key, JSON.stringify(list));
  return JSON.parse(localStorage.getItem(key)).filter((query) => typeof query === 'string').slice(0, RECENT);
}, []);

const MODIFIERS = { ctrl: '⌃', meta: '⌘', alt: '⌥', shift: '⇧' };

const shortcuts = (host) => (host.getAttribute('shortcut') ?? 'mod+k /').toLowerCase().split(/\s+/).filter(Boolean).map((text) => {
  const held = text.replace('mod', MAC ? 'meta' : 'ctrl').split('+');
  return { key: held.pop(), held };
});

function pressed(event, { key, held }) {
  // Signs may need Shift to be typed at all, as / on German layouts.
  const sign = !/^[a-z0-9]$|../.test(key);
  return event.key.toLowerCase() === key && Object.keys(MODIFIERS).every((name) =>
    event[`${name}Key`] === held.includes(name) || (sign && name === 'shift'));
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
const labelOf = ({ key, held }) =>
  [...held.map(MAC ? (name) => MODIFIERS[name] : capital), capital(key)].join(MAC ? '' : ' ');
const ariaOf = ({ key, held }) => [...held, key].map(capital).join('+').replace('Ctrl', 'Control');

const composing = (event) => event.isComposing || event.keyCode === 229;

function editing(event) {
  const [target] = event.composedPath();
  return target.isContentEditable || target.matches?.('input, textarea, select')
    // An element that hides its inside may well have a text field there.
    || (target.localName?.includes('-') && !target.shadowRoot);
}

const DARK = '.dark, .theme--dark, [data-theme=dark], [data-bs-theme=dark], [data-md-color-scheme=slate]';
const EITHER = `${DARK}, ${DARK.replaceAll('dark', 'light').replace('slate', 'default')}`;

/** What is asked for, else what the host page says of itself, else empty: the system's. */
function themeOf(host) {
  const asked = host.getAttribute('theme');
  if (/^(light|dark)$/.test(asked)) return asked;
  const hook = host.closest(EITHER) ?? document.body.closest(EITHER);
  if (hook) return hook.matches(DARK) ? 'dark' : 'light';
  const scheme = getComputedStyle(host.parentElement ?? document.body).colorScheme;
  return scheme.match(/light|dark/g)?.length === 1 ? scheme.match(/light|dark/)[0] : '';
}

function wordsOf(host) {
  const asked = host.closest('[lang]')?.lang || document.documentElement.lang || navigator.language;
  const texts = TEXTS[asked.toLowerCase().split('-')[0]] ?? TEXTS.en;
  const locale = attempt(() => new Intl.Locale(asked).toString(), 'en');
  const say = (key, values) => (host.getAttribute(`text-${key}`) ?? texts[key])?.replace(/\{(\w)\}/g, (_, name) => values?.[name]);
  return {
    locale,
    say,
    count(total) {
      const n = total.toLocaleString(locale);
      return say(`count-${new Intl.PluralRules(locale).select(total)}`, { n }) ?? say('count-other', { n });
    },
    language: (code) => attempt(() => capital(new Intl.DisplayNames(locale, { type: 'language' }).of(code)), code),
  };
}

/** The one dialog of a page. It moves into the shadow root of the element that opens it. */
class Dialog {
  node = h('dialog.dialog', {
    // A selection dragged out of the input must not close.
    pointerdown: (event) => (this.outside = event.target === this.node),
    click: (event) => this.outside && event.target === this.node && this.node.close(),
    keydown: (event) => this.#key(event),
    close: () => this.#closed(),
  });
  query = '';
  category = '';
  lang = '';
  #cache = new Map();
  #timers = {};
  /** What is shown or under way, and its request until it is answered. */
  #asked;
  #request;
  #options = [];
  #active = -1;
  /** Enter came before the answer. */
  #eager;

  constructor() {
    // The page's own shortcuts are not meant.
    for (const type of ['keyup', 'keypress']) this.node.addEventListener(type, (event) => event.stopPropagation());
    for (const type of ['wheel', 'touchmove']) this.node.addEventListener(type, (event) => this.#hold(event), { passive: false });
    for (const type of ['resize', 'scroll']) visualViewport?.addEventListener(type, () => this.#fit());
    addEventListener('online', () => this.node.open && this.message.role && this.#ask());
  }

  open(host, query) {
    // Not rendered, it would only block the page.
    if (this.node.open || !host.checkVisibility()) return;
    if (this.host !== host) this.category = this.lang = this.query = '';
    this.host = host;
    this.query = query ?? this.query;
    this.words = wordsOf(host);
    this.#build();
    this.dress();
    host.shadowRoot.append(this.node);
    this.node.showModal();
    this.#fit();
    this.input.select();
    this.#cache.clear();
    this.#asked = '';
    host.tell('open');
    this.#ask();
  }

  dress() {
    this.node.className = `dialog ${themeOf(this.host)}`;
  }

  #closed() {
    if (this.node.open) return; // the event comes late, it may be open again
    this.#request?.abort();
    this.#request = this.#eager = null;
    Object.values(this.#timers).forEach(clearTimeout);
    this.#timers = {};
    this.host.tell('close');
  }

  #after(name, delay, action) {
    clearTimeout(this.#timers[name]);
    this.#timers[name] = setTimeout(() => {
      this.#timers[name] = 0;
      action();
    }, delay);
  }

  #build() {
    const { say, locale } = this.words;
    this.input = h('input.input', {
      role: 'combobox', 'aria-label': say('label'), 'aria-expanded': false, 'aria-controls': 'list',
      'aria-autocomplete': 'list', autocomplete: 'off', autocapitalize: 'off', spellcheck: false,
      enterkeyhint: 'search', dir: 'auto', placeholder: say('placeholder'),
      input: (event) => this.#typed(event),
    });
    this.input.value = this.query;
    this.lens = icon('lens');
    this.spin = h('span.spin');
    this.clear = h('button.clear', { click: () => this.search('') }, say('clear'));
    this.chips = h('div.chips', { role: 'group', 'aria-label': say('filters') });
    this.notice = h('div.notice');
    this.list = h('div.list', {
      id: 'list', role: 'listbox', 'aria-label': say('results'),
      // Scrolling under a resting pointer must not choose.
      pointermove: (event) => this.#choose(this.#options.indexOf(event.target.closest('.option'))),
      click: (event) => this.#clicked(event),
      auxclick: (event) => event.button === 1 && this.#remember(),
    });
    this.message = h('div.message');
    this.body = h('div.body', {}, this.notice, this.list, this.message);
    this.status = h('span.status');
    this.all = h('a.link', { click: () => this.#remember() }, say('all'));
    this.forget = h('button.link', { click: () => {
      recent(this.host, []);
      this.#asked = '';
      this.search('');
    } }, say('forget'));
    // Two regions take turns, so that the same words twice are spoken twice.
    this.live = [1, 2].map(() => h('div.live', { role: 'status', 'aria-live': 'polite' }));
    const hints = Object.entries({ '↑ ↓': 'move', '↵': 'open', [MAC ? '⌘ ↵' : 'Ctrl ↵']: 'tab' })
      .map(([keys, text]) => h('span', {}, h('kbd', {}, keys), ' ', say(text)));
    this.node.lang = locale;
    this.node.setAttribute('aria-label', say('label'));
    this.node.replaceChildren(h('div.panel', {},
      h('div.bar', {}, this.lens, this.spin, this.input, this.clear,
        h('button.close', { 'aria-label': say('close'), click: () => this.node.close() }, icon('close'))),
      this.chips, this.body,
      h('div.footer', {}, this.status, this.all, this.forget,
        h('span.hints', { 'aria-hidden': true }, ...hints)),
      ...this.live));
    this.#list([]);
    this.#rest();
    this.clear.hidden = !this.query;
    this.chips.hidden = true;
  }

  /** Keeps within what the on-screen keyboard leaves; not while zoomed. */
  #fit() {
    const { height, offsetTop, scale } = window.visualViewport ?? {};
    this.node.style.setProperty('--_h', scale === 1 ? `${height}px` : '');
    this.node.style.setProperty('--_y', scale === 1 ? `${offsetTop}px` : '');
  }

  /** The page behind stays where it is, its styles as they are. */
  #hold(event) {
    const inside = (element) => event.composedPath().includes(element);
    const scrolls = inside(this.body) ? this.body.scrollHeight > this.body.clientHeight : !event.deltaY && (inside(this.input) || inside(this.chips));
    if (!scrolls && !event.ctrlKey && !(event.touches?.length > 1) && event.cancelable) event.preventDefault();
  }

  #key(event) {
    event.stopPropagation();
    const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
    const typing = event.target === this.input && !altKey && !shiftKey;
    const plain = !ctrlKey && !metaKey;
    // The input method's own; only that Escape must not also close.
    if (composing(event)) return key === 'Escape' && event.preventDefault();
    if (shortcuts(this.host).some((shortcut) => shortcut.held.length && pressed(event, shortcut))) this.node.close();
    else if (key === 'Escape') this.query ? this.search('') : this.node.close();
    else if (typing && plain && key === 'ArrowDown') this.#move(1);
    else if (typing && plain && key === 'ArrowUp') this.#move(-1);
    else if (typing && key === 'Enter') this.#enter(!plain);
    else return;
    event.preventDefault();
  }

  #typed(event) {
    const { value } = this.input;
    // A dead key that waits for its letter.
    if (event.isComposing && /[´`^~¨'"]$/.test(value)) return;
    let query = value.trim();
    while (new TextEncoder().encode(query).length > MAX_QUERY_BYTES) query = query.slice(0, -1).trim();
    if (!this.#set(query)) return;
    // At once after a pause, then when typing rests.
    const first = !this.#timers.type;
    if (first) this.#ask();
    this.#after('type', DEBOUNCE_MS, () => first || this.#ask());
  }

  #set(query) {
    this.clear.hidden = !this.input.value;
    if (query === this.query) return false;
    this.query = query;
    this.#eager = null;
    this.#choose(-1);
    return true;
  }

  search(query) {
    this.input.value = query;
    this.#set(query);
    this.input.focus();
    this.#ask();
  }

  async #filter(filters) {
    Object.assign(this, filters);
    await this.#ask();
    // The pressed chip is gone, and the focus must not be.
    if (this.node.open && !this.node.getRootNode().activeElement?.closest('.panel')) {
      (this.chips.querySelector('[aria-pressed=true], button') ?? this.input).focus();
    }
  }

  #address(path, more) {
    const url = new URL(path, this.host.server);
    const values = { q: this.query, category: this.category || this.host.getAttribute('category'), lang: this.lang, ...more };
    for (const [key, value] of Object.entries(values)) if (value) url.searchParams.set(key, value);
    return url.href;
  }

  /** Asks for what is now wanted. Of several questions the last one counts. */
  async #ask() {
    const address = this.#address('search', { limit: this.query ? this.host.limit : 6, facets: 'category,lang', snippet_chars: 160 });
    if (address === this.#asked) return;
    this.#request?.abort();
    this.#asked = address;
    const request = (this.#request = new AbortController());
    const [kept, since] = this.#cache.get(address) ?? [];
    if (performance.now() - since < FRESH_MS) return this.#show(kept);
    for (const [text, delay] of Object.entries(WAIT_MS)) this.#after(text, delay, () => this.#wait(text));
    this.#after('timeout', TIMEOUT_MS, () => request.abort());
    try {
      const response = await fetch(address, { signal: request.signal });
      if (!response.ok) throw response;
      const answer = await response.json();
      answer.id = response.headers.get('x-achei-search');
      if (request !== this.#request) return;
      if (this.#cache.size >= CACHED) this.#cache.clear();
      this.#show(answer);
      this.#cache.set(address, [answer, performance.now()]);
    } catch {
      if (request === this.#request) this.#fail();
    }
  }

  #wait(key) {
    const text = this.words.say(key);
    this.list.setAttribute('aria-busy', true);
    this.spin.hidden = false;
    this.lens.style.display = 'none';
    this.status.textContent = text;
    if (this.list.hidden) this.#tell('', text);
    this.#announce(text);
  }

  #rest() {
    for (const name of ['loading', 'slow', 'timeout']) clearTimeout(this.#timers[name]);
    this.#request = null;
    this.list.setAttribute('aria-busy', false);
    this.lens.style.display = '';
    for (const one of [this.spin, this.message, this.notice, this.all, this.forget]) one.hidden = true;
    this.message.role = null;
    this.status.textContent = '';
  }

  #fail() {
    const { say } = this.words;
    this.#rest();
    this.#list([]);
    this.#asked = this.#eager = null;
    clearTimeout(this.#timers.announce);
    this.message.role = 'alert';
    this.#tell('', say(navigator.onLine ? 'error' : 'offline'), '', [say('retry'), () => this.search(this.query)]);
  }

  #show(answer) {
    const { say, count } = this.words;
    const { hits, total, relaxed, facets } = answer;
    if (this.query) this.#results(answer);
    else this.#start(hits);
    this.#filters(facets ?? {});
    this.body.scrollTop = 0;
    if (!this.query) return;
    const text = hits.length ? count(total) : say('none', { q: this.query });
    if (hits.length) this.status.textContent = text;
    this.#announce(hits.length && relaxed ? `${text}. ${say('relaxed')}` : text);
    this.host.tell('search', { query: this.query, total });
    const eager = this.#eager;
    this.#eager = null;
    if (eager) this.#follow(this.#options[0], eager.tab);
  }

  #start(hits) {
    const { say } = this.words;
    const queries = this.category || this.lang ? [] : recent(this.host);
    const group = (id, options) => options.length
      ? [h('div.group', { role: 'group', 'aria-labelledby': id }, h('div.name', { id }, say(id)), ...options)] : [];
    const groups = [
      ...group('recent', queries.map((query) => Object.assign(this.#option('div.option', 'clock', {}, query), { query }))),
      ...group('newest', hits.map((hit) => this.#page(hit))),
    ];
    this.#rest();
    this.#list(groups);
    this.forget.hidden = !queries.length;
    if (!groups.length) this.#tell('lens', say('placeholder'));
  }

  #results({ hits, total, relaxed, id, did_you_mean: mean }) {
    const { say } = this.words;
    const groups = hits.map((hit, index) => {
      const id = `title-${index}`;
      // The first link leads to the best section.
      const others = (hit.sections ?? []).filter(({ url }) => url !== hit.url).slice(0, 2);
      return h('div.group', { role: 'group', 'aria-labelledby': id }, this.#page(hit, id),
        ...others.map(({ url, heading, snippet }) => this.#option('a.option.section', 'section', { href: safe(url), lang: hit.lang },
          h('span.heading', {}, heading || hit.title), h('span.snippet', {}, ...marked(snippet)))));
    });
    this.#rest();
    this.#list(groups);
    this.id = id;
    if (!hits.length) {
      this.#tell('lens', say('none', { q: this.query }), say('tip'), mean && [`${say('mean')}: ${mean}`, () => this.search(mean)],
        (this.category || this.lang) && [say('everywhere'), () => this.#filter({ category: '', lang: '' })]);
    } else if (relaxed || mean) {
      this.notice.replaceChildren(relaxed ? `${say('relaxed')} ` : '',
        ...(mean ? [`${say('mean')} `, h('button.action', { click: () => this.search(mean) }, mean)] : []));
      this.notice.hidden = false;
    }
    if (hits.length && id && this.host.hasAttribute('feedback')) {
      this.#tell('', say('found'), '', ...['yes', 'no'].map((key) => [say(key), () => {
        this.#beacon(`found=${key}`);
        this.message.hidden = true;
        this.input.focus();
      }]));
    }
    this.all.href = this.#address('');
    this.all.hidden = total <= hits.length;
  }

  #page(hit, id) {
    const line = (name, ...content) => (content[0] ? [h(name, {}, ...content)] : []);
    return this.#option('a.option', 'page', { href: safe(hit.url), lang: hit.lang },
      ...line('span.crumbs', hit.breadcrumbs?.join(' › ')),
      h('span.title', { id }, ...marked(hit.title_html ?? hit.title)),
      ...(this.query ? [...line('span.heading', hit.heading), ...line('span.snippet', ...marked(hit.snippet))] : []));
  }

  #option(name, picture, attributes, ...content) {
    return h(name, { role: 'option', 'aria-selected': false, tabindex: -1, ...attributes }, icon(picture), h('span.text', {}, ...content));
  }

  #list(groups) {
    this.#choose(-1);
    this.list.replaceChildren(...groups);
    this.#options = [...this.list.querySelectorAll('.option')];
    this.#options.forEach((option, index) => (option.id = `option-${index}`));
    this.list.hidden = !groups.length;
    this.input.setAttribute('aria-expanded', !this.list.hidden);
  }

  /** Words in place of results, with pairs of a text and an action. */
  #tell(picture, headline, tip, ...actions) {
    this.message.replaceChildren(picture && icon(picture), h('p.headline', {}, headline), tip ? h('p.tip', {}, tip) : '',
      ...actions.filter(Boolean).map(([text, click]) => h('button.action', { click }, text)));
    this.message.hidden = false;
  }

  #filters({ category = [], lang = [] }) {
    const within = this.category || this.host.getAttribute('category') || '';
    const depth = within.split('/').filter(Boolean).length + 1;
    const areas = category.filter(({ value }) => value.split('/').length === depth).slice(0, 8);
    const named = { category: (folder) => folder.split('/').pop().replaceAll('_', ' '), lang: this.words.language };
    const chip = (key, value, on, more) => h('button.chip', { 'aria-pressed': on, click: () => this.#filter({ [key]: on ? '' : value }) },
      named[key](value), more);
    const chips = Object.keys(named).flatMap((key) => (this[key] ? chip(key, this[key], true, icon('close')) : []));
    for (const [key, values] of Object.entries({ category: areas, lang })) {
      if (values.length > 1) chips.push(...values.map(({ value, count }) => chip(key, value, false, h('span.number', {}, count))));
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

  /** The input is a stop between last and first. */
  #move(step) {
    const stops = this.#options.length + 1;
    this.#choose(((this.#active + 1 + step + stops) % stops) - 1);
    if (this.#active > 0) this.#options[this.#active].scrollIntoView({ block: 'nearest' });
    else this.body.scrollTop = 0;
  }

  #choose(index) {
    this.#options[this.#active]?.setAttribute('aria-selected', false);
    this.#options[index]?.setAttribute('aria-selected', true);
    this.#active = index;
    if (index < 0) this.input.removeAttribute('aria-activedescendant');
    else this.input.setAttribute('aria-activedescendant', `option-${index}`);
  }

  /** Opens what is chosen, else the first hit: of this query, never of the one before. */
  #enter(tab) {
    const chosen = this.#options[this.#active];
    if (!chosen && !this.query) return;
    this.#ask();
    if (chosen || !this.#request) this.#follow(chosen ?? this.#options[0], tab);
    else this.#eager = { tab };
  }

  /** By a click on the link, so that routers of the page see it. */
  #follow(option, tab) {
    if (!option) return;
    if (tab) option.target = '_blank';
    option.rel = 'noopener';
    option.click();
    option.target = '';
  }

  #clicked(event) {
    const option = event.target.closest('.option');
    if (!option) return;
    if (option.query) return this.search(option.query);
    this.#remember();
    if (this.query) {
      // Who opens a hit, be it in a new tab, is not asked any more.
      this.message.hidden = true;
      this.#beacon(`n=${[...this.list.children].indexOf(option.parentElement) + 1}`);
    }
    const detail = { query: this.query, url: option.href, position: this.#options.indexOf(option) + 1 };
    if (!this.host.tell('select', detail)) event.preventDefault();
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey && !option.target) this.node.close();
  }

  #beacon(what) {
    if (this.id) navigator.sendBeacon(`${this.host.server}click?id=${this.id}&${what}`);
  }

  #remember() {
    const { query } = this;
    const others = recent(this.host).filter((other) => other.toLowerCase() !== query.toLowerCase());
    if (query) recent(this.host, [query, ...others].slice(0, RECENT));
  }
}

const elements = new Set();
let dialog;

function onKey(event) {
  if (event.defaultPrevented || event.repeat || composing(event) || !event.key || dialog.node.open || editing(event)) return;
  const called = [...elements].find((element) =>
    element.checkVisibility() && shortcuts(element).some((shortcut) => pressed(event, shortcut)));
  if (!called) return;
  event.preventDefault();
  called.open();
}

class AcheiSearch extends HTMLElement {
  static observedAttributes = ['lang', 'theme', 'shortcut', 'text-button'];

  #button = h('button.button', { 'aria-haspopup': 'dialog', click: () => this.open() });
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
    if (dialog.host === this) dialog.node.close();
    if (!elements.size) removeEventListener('keydown', onKey);
    else if (this.shadowRoot.contains(dialog.node)) [...elements][0].shadowRoot.append(dialog.node);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#dress();
  }

  #dress() {
    const keys = shortcuts(this);
    this.#button.className = `button ${themeOf(this)}`;
    this.#button.ariaKeyShortcuts = keys.map(ariaOf).join(' ') || null;
    this.#button.replaceChildren(icon('lens'), h('span.label', {}, wordsOf(this).say('button')),
      ...keys.slice(0, 1).map((key) => h('kbd.shortcut', { 'aria-hidden': true }, labelOf(key))));
    if (dialog?.host === this) dialog.dress();
  }

  /** Where Achei answers, with a slash at its end: the attribute, else where this module came from. */
  get server() {
    const asked = this.getAttribute('server');
    return (asked ? new URL(asked.replace(/\/*$/, '/'), document.baseURI) : new URL('.', import.meta.url)).href;
  }

  get limit() {
    return Math.min(Math.max(Math.trunc(this.getAttribute('limit')) || 8, 1), 100);
  }

  open(query) {
    dialog?.open(this, query);
  }

  close() {
    if (dialog?.host === this) dialog.node.close();
  }

  /** Sends `achei-…`; false if the page prevented what follows. */
  tell(name, detail) {
    return this.dispatchEvent(new CustomEvent(`achei-${name}`, { bubbles: true, composed: true, cancelable: name === 'select', detail }));
  }
}

// A page may well load the module twice, under two addresses.
if (!customElements.get('achei-search')) customElements.define('achei-search', AcheiSearch);
