// Searches as you type on the search page, which does without. It asks for the server's own page of what is typed and puts
// its results in place of those shown: one page, made in one place. That page comes as a parsed document, in which no
// script runs; nothing here turns text into HTML.

const DEBOUNCE_MS = 150;
const WAITING_MS = 250;
const ANNOUNCE_MS = 500;
const TIMEOUT_MS = 15000;

const form = document.querySelector('.box');
const input = form.elements.q;
const said = document.querySelector('.said');
let main = document.querySelector('main');
/** The address of what is shown, and of what is asked for. */
let shown = location.href;
let asked = shown;
/** Whether what is shown may be left by Back: a page that was opened, or Enter. Then the next search begins an entry. */
let settled = true;
/** Enter came before the answer. */
let settles = false;
let request;
const timers = {};

function after(name, delay, action) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(() => {
    timers[name] = 0;
    action();
  }, delay);
}

/** Where the form leads. */
function address() {
  const values = [...new FormData(form)].filter(([name, value]) => name !== 'q' || value.trim());
  const url = new URL(form.action);
  url.search = new URLSearchParams(values);
  return url.href;
}

/** Asks for a page. Of several the last one counts. */
function ask(wanted, recorded) {
  if (wanted === asked && request) return;
  request?.abort();
  asked = wanted;
  request = null;
  if (wanted === shown) return rest();
  const mine = (request = new XMLHttpRequest());
  const failed = () => mine === request && fail();
  mine.open('GET', wanted);
  mine.setRequestHeader('Accept', 'text/html');
  mine.responseType = 'document';
  mine.timeout = TIMEOUT_MS;
  mine.onload = () => mine === request && (mine.response?.querySelector('main') ? show(mine.response, wanted, recorded) : fail());
  mine.onerror = failed;
  mine.ontimeout = failed;
  mine.send();
  after('waiting', WAITING_MS, () => {
    form.classList.add('waiting');
    main.setAttribute('aria-busy', 'true');
  });
}

/** Nothing is under way any more. */
function rest() {
  request = null;
  clearTimeout(timers.waiting);
  form.classList.remove('waiting');
  main.removeAttribute('aria-busy');
  said.classList.remove('failed');
}

function fail() {
  rest();
  asked = '';
  clearTimeout(timers.announce);
  said.classList.add('failed');
  said.textContent = said.dataset.unreachable;
}

function show(page, wanted, recorded) {
  rest();
  const next = document.importNode(page.querySelector('main'), true);
  main.replaceWith(next);
  main = next;
  document.title = page.title;
  document.body.className = page.body.className;
  // The filters are the page's own; the box, its caret and what is being typed stay.
  for (const hidden of form.querySelectorAll('input[type=hidden]')) hidden.remove();
  for (const hidden of page.querySelectorAll('.box input[type=hidden]')) form.append(document.importNode(hidden));
  shown = wanted;
  if (recorded && wanted !== location.href) {
    history[settled ? 'pushState' : 'replaceState'](null, '', wanted);
    settled = false;
  }
  settled ||= settles;
  settles = false;
  said.textContent = '';
  after('announce', ANNOUNCE_MS, () => { said.textContent = main.querySelector('h1.count, .empty h1')?.textContent ?? ''; });
}

/** A dead key that waits for its letter. */
const unfinished = (event) => event.isComposing && /[´`^~¨'"]$/.test(input.value);

function typed(event) {
  if (unfinished(event)) return;
  settles = false;
  // At once after a pause, then when typing rests.
  const first = !timers.type;
  if (first) ask(address(), true);
  after('type', DEBOUNCE_MS, () => ask(address(), true));
}

input.addEventListener('input', typed);
input.addEventListener('compositionend', typed);

form.addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(timers.type);
  timers.type = 0;
  ask(address(), true);
  if (request) settles = true;
  else settled = true;
  // The on-screen keyboard makes room for what was found.
  if (matchMedia('(hover: none)').matches) input.blur();
});

addEventListener('popstate', () => {
  // A jump within the page is none of ours.
  const here = location.href.split('#')[0];
  if (here === shown) return;
  input.value = new URL(here).searchParams.get('q') ?? '';
  settled = true;
  ask(here, false);
});

/** Where clicks are counted, hits have a `ping`. Some browsers send none, so it is sent here, once. */
for (const kind of ['click', 'auxclick']) {
  addEventListener(kind, ({ target, button }) => {
    const link = button < 2 && target.closest?.('a[ping]');
    if (link && navigator.sendBeacon(link.getAttribute('ping'))) link.removeAttribute('ping');
  });
}

addEventListener('keydown', (event) => {
  const { key, target } = event;
  const held = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
  if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || held) return;
  const hits = [...main.querySelectorAll('.hit h2 a')];
  const at = hits.indexOf(target);
  const step = { ArrowDown: 1, ArrowUp: -1 }[key];
  if (key === '/' && target !== input) input.select();
  else if (key === 'Escape' && at >= 0) input.select();
  else if (step && target === input && step > 0 && hits.length) hits[0].focus();
  else if (step && at >= 0) (hits[at + step] ?? (step < 0 ? input : target)).focus();
  else return;
  event.preventDefault();
});
