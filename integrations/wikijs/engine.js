// The search engine module for Wiki.js 2: asks Achei over HTTP, and tells it when pages change.
//
// Wiki.js awaits the hooks before it has written the file, and without a net: one that throws or hangs breaks a save.
// So hooks start a timer and return; nothing here throws, and every request has a time limit.
// It needs Node.js 18 or newer (fetch) and nothing else.

const PING_DELAY_MS = 1500 // the file appears on disk shortly after the hook
const PING_TIMEOUT_MS = 2500
const SUGGEST_TIMEOUT_MS = 800 // results never wait long for suggestions
const MAX_ANSWER_BYTES = 8 * 1024 * 1024
const MAX_QUERY_BYTES = 512
const MAX_SUGGESTIONS = 5
const SAME_WARNING_MS = 60000

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#039': "'" }

let timer = null
let sending = false
let pending = null // null, 'compare' or 'rebuild': what the next ping asks for
const warned = new Map()

// What we say of an answer ourselves. Messages of others may quote the token or the words, and never reach the log.
class Complaint extends Error {}

const engine = {
  async activate () {},

  async deactivate () {
    clearTimeout(timer)
    timer = pending = null
  },

  async init () {
    // Not awaited: a wiki must start without its search.
    probe(settings(this))
  },

  async query (q, opts) {
    try {
      return await search(settings(this), q, opts)
    } catch (err) {
      warn('a search was answered as empty', err)
      return { results: [], suggestions: [], totalHits: 0 }
    }
  },

  async created () { announce(this, 'compare') },
  async updated () { announce(this, 'compare') },
  async deleted () { announce(this, 'compare') },
  async renamed () { announce(this, 'compare') },
  async rebuild () { announce(this, 'rebuild') }
}

module.exports = engine

async function search (config, q, opts) {
  const words = cut(typeof q === 'string' ? q : '')
  const asked = { q: words, limit: config.limit, snippet_chars: config.snippetChars }
  const [answer, suggested] = await Promise.all([
    request(config, 'search', { body: asked, timeout: config.timeoutMs }),
    config.suggestions && words.trim()
      ? request(config, `suggest?limit=${MAX_SUGGESTIONS}&q=${encodeURIComponent(words)}`, {
        timeout: Math.min(SUGGEST_TIMEOUT_MS, config.timeoutMs)
      }).catch(() => null)
      : null
  ])
  if (!answer || !Array.isArray(answer.hits)) throw new Complaint('the answer is not one of Achei')
  const results = answer.hits.map(toResult).filter(result => result && wanted(result, opts)).slice(0, config.limit)
  const suggestions = config.suggestions
    ? [answer.did_you_mean, ...list(suggested && suggested.suggestions).map(one => one && one.text)]
    : []
  return {
    results,
    suggestions: [...new Set(suggestions.filter(text => typeof text === 'string' && text !== ''))].slice(0, MAX_SUGGESTIONS),
    // Wiki.js takes its page count from this, and all pages from this one answer.
    totalHits: results.length
  }
}

// A hit as Wiki.js wants it: five strings, and tags, which its page rules are checked against.
function toResult (hit) {
  if (!hit || typeof hit.path !== 'string') return null
  const { path, locale } = place(hit)
  if (path === '') return null
  return {
    id: hit.path,
    title: typeof hit.title === 'string' && hit.title !== '' ? hit.title : path,
    description: plain(hit.snippet),
    path,
    locale,
    tags: list(hit.tags).filter(tag => typeof tag === 'string').map(tag => ({ tag }))
  }
}

// The wiki's own name of a page: its file without extension and, where there is one, without locale folder. A first
// folder is a locale only if the wiki or Achei knows it as one: `TI/` is not.
function place (hit) {
  const { code, namespaces } = wikiLocales()
  const segments = hit.path.normalize('NFC').replace(/\.(md|markdown)$/i, '').split('/')
  const first = segments[0].toLowerCase()
  const known = [code, ...namespaces, hit.lang].find(one => typeof one === 'string' && one.toLowerCase() === first)
  if (known === undefined || segments.length < 2) return { path: segments.join('/'), locale: code }
  return { path: segments.slice(1).join('/'), locale: known }
}

function wikiLocales () {
  const lang = (typeof WIKI === 'object' && WIKI && WIKI.config && WIKI.config.lang) || {}
  const code = typeof lang.code === 'string' && lang.code !== '' ? lang.code : 'en'
  return { code, namespaces: list(lang.namespaces) }
}

// What a caller of the GraphQL API may ask for beside the words; the search box of Wiki.js sends neither.
function wanted (result, opts) {
  const { locale, path } = opts || {}
  if (typeof locale === 'string' && locale !== '' && result.locale.toLowerCase() !== locale.toLowerCase()) return false
  return typeof path !== 'string' || result.path.startsWith(path.normalize('NFC').replace(/^\/+/, ''))
}

// Snippets are escaped HTML with <mark> as the only tag; Wiki.js prints descriptions as they are.
function plain (snippet) {
  if (typeof snippet !== 'string') return ''
  return snippet.replace(/<\/?mark>|&(amp|lt|gt|quot|#039);/g, (_, name) => name ? ENTITIES[name] : '')
}

// Announces a change. Changes that come together become one request; one that comes while it is sent becomes the next.
function announce (self, what) {
  try {
    if (settings(self).token === '') return // Achei watches the files by itself
    pending = pending === 'rebuild' ? pending : what
    if (!timer && !sending) start(self)
  } catch (err) {
    warn('a change was not announced', err)
  }
}

function start (self) {
  timer = setTimeout(() => ping(self), PING_DELAY_MS)
  timer.unref()
}

async function ping (self) {
  timer = null
  const rebuild = pending === 'rebuild'
  pending = null
  sending = true
  try {
    await request(settings(self), 'reindex', { body: rebuild ? { rebuild: true } : {}, admin: true, timeout: PING_TIMEOUT_MS })
  } catch (err) {
    warn('a change was not announced (Achei finds it by watching)', err)
  } finally {
    sending = false
    if (pending) start(self)
  }
}

async function probe (config) {
  try {
    const status = await request(config, 'status', { admin: config.token !== '', timeout: PING_TIMEOUT_MS })
    log('info', `Achei ${status && status.version}: ${status && status.pages} pages, ${status && status.state}`)
  } catch (err) {
    warn('the service does not answer as it should', err)
  }
}

async function request (config, path, { body, admin, timeout }) {
  const headers = { accept: 'application/json' }
  if (body) headers['content-type'] = 'application/json'
  if (admin) headers.authorization = `Bearer ${config.token}`
  const answer = await fetch(new URL(path, config.address), {
    method: body ? 'POST' : 'GET',
    headers,
    body: body && JSON.stringify(body),
    redirect: 'error',
    signal: AbortSignal.timeout(timeout)
  })
  if (!answer.ok) {
    await answer.body?.cancel().catch(() => {})
    throw new Complaint(`status ${answer.status}`)
  }
  const chunks = []
  let size = 0
  for await (const chunk of answer.body ?? []) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) throw new Complaint('the answer is too large')
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}

// The settings of the admin page, each with what stands in for a bad one.
function settings (self) {
  const given = (self && self.config) || engine.config || {}
  const address = typeof given.address === 'string' && given.address.trim() !== '' ? given.address.trim() : 'http://127.0.0.1:7370'
  return {
    address: address.replace(/\/*$/, '/'),
    token: typeof given.token === 'string' ? given.token.trim() : '',
    limit: within(given.limit, 1, 100, 100),
    snippetChars: within(given.snippetChars, 40, 1000, 200),
    timeoutMs: within(given.timeoutMs, 100, 10000, 2500),
    suggestions: given.suggestions !== false
  }
}

function within (value, least, most, otherwise) {
  const number = Math.trunc(Number(value))
  return value === null || value === '' || !Number.isFinite(number) ? otherwise : Math.min(Math.max(number, least), most)
}

// Cut to what Achei takes, at a whole character. Half a surrogate pair, which no URL can hold, becomes U+FFFD.
function cut (text) {
  const bytes = Buffer.from(text, 'utf8')
  return bytes.length <= MAX_QUERY_BYTES ? bytes.toString('utf8') : bytes.subarray(0, MAX_QUERY_BYTES).toString('utf8').replace(/\uFFFD+$/, '')
}

function list (value) {
  return Array.isArray(value) ? value : []
}

// One line a minute and kind. Neither the words searched for nor the token are in it.
function warn (what, err) {
  const why = reason(err)
  const now = Date.now()
  if (now - (warned.get(what) || 0) < SAME_WARNING_MS) return
  warned.set(what, now)
  log('warn', `${what}: ${why}`)
}

function reason (err) {
  if (err instanceof Complaint) return err.message
  if (err instanceof SyntaxError) return 'the answer is no JSON'
  if (err && err.name === 'TimeoutError') return 'no answer in time'
  return (err && ((err.cause && err.cause.code) || err.code || err.name)) || 'unknown'
}

function log (level, text) {
  try {
    WIKI.logger[level](`(SEARCH/ACHEI) ${text}`)
  } catch {
    // Without a logger there is nobody to tell.
  }
}
