// What the tests share: a stub of Wiki.js around a fresh copy of the module, the real daemon, and services that misbehave.

const { spawn } = require('node:child_process')
const fs = require('node:fs')
const http = require('node:http')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')

const TOKEN = 'a-token-of-the-tests'
const HOOKS = ['created', 'updated', 'deleted', 'renamed', 'rebuild']
const PAGE = {
  path: 'Financeiro/Boleto', localeCode: 'pt-br', title: 'Boleto', description: '', content: '# Boleto', render: '<h1>Boleto</h1>',
  safeContent: 'Boleto', isPublished: true, tags: [], hash: 'abc', destinationPath: 'Financeiro/Boletos', destinationLocaleCode: 'pt-br'
}

/** The module as a freshly started Wiki.js holds it, with what it logs. */
function wikiWith (config, lang = { code: 'pt-br', namespacing: true, namespaces: ['pt-br', 'en'] }) {
  const logged = []
  const keep = level => text => logged.push(`${level}: ${text}`)
  global.WIKI = { config: { lang }, logger: { info: keep('info'), warn: keep('warn'), error: keep('error') } }
  const file = require.resolve('../engine.js')
  delete require.cache[file]
  const engine = require(file)
  engine.config = config
  return { engine, logged }
}

/** A service of the given behaviour; `requests` holds what it was asked. */
async function service (behave) {
  const requests = []
  const waiting = []
  const server = http.createServer((request, response) => {
    let body = ''
    request.on('data', chunk => { body += chunk })
    request.on('end', () => {
      requests.push({ method: request.method, url: request.url, authorization: request.headers.authorization, body, at: Date.now() })
      for (const wake of waiting.splice(0)) wake()
      behave(request, response)
    })
  })
  const address = await listening(server)
  return {
    address,
    requests,
    /** Waits until so many requests to `reindex` came. */
    async pings (count) {
      const sent = () => requests.filter(({ url }) => url.endsWith('/reindex'))
      while (sent().length < count) await new Promise(resolve => waiting.push(resolve))
      return sent()
    },
    close () {
      server.closeAllConnections()
      return new Promise(resolve => server.close(resolve))
    }
  }
}

/** A socket that takes connections and says `greeting`, else not a word. */
async function silence (greeting = '') {
  const sockets = []
  const server = net.createServer(socket => {
    sockets.push(socket.on('error', () => {}))
    socket.write(greeting)
  })
  const address = await listening(server)
  return {
    address,
    close () {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(resolve))
    }
  }
}

/** An address where nobody listens. */
async function nowhere () {
  const server = net.createServer()
  const address = await listening(server)
  await new Promise(resolve => server.close(resolve))
  return address
}

function listening (server) {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`))
  })
}

/** The real daemon over `pages`, a map of paths to texts. */
async function daemon (pages) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'achei-wikijs-'))
  const content = path.join(root, 'content')
  const write = (name, text) => {
    const file = path.join(content, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
  }
  for (const [name, text] of Object.entries(pages)) write(name, text)
  const env = {
    ...process.env, ACHEI_ADMIN_TOKEN: TOKEN, ACHEI_WATCH__MODE: 'off', ACHEI_WATCH__RESCAN_INTERVAL_S: '86400', ACHEI_LOG__FORMAT: 'json'
  }
  const child = spawn(process.env.ACHEI_BIN, ['serve', '--content', content, '--index', path.join(root, 'index'), '--listen', '127.0.0.1:0'],
    { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise(resolve => child.once('exit', resolve))
  let log = ''
  const address = await new Promise((resolve, reject) => {
    const read = chunk => {
      log += chunk
      const found = /127\.0\.0\.1:([1-9]\d*)/.exec(log)
      if (found) resolve(`http://${found[0]}`)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', reject)
    exited.then(code => reject(new Error(`the daemon ended with ${code}: ${log}`)))
  })
  const get = async where => (await fetch(address + where)).status
  await until(async () => await get('/readyz').catch(() => 0) === 200)
  return {
    address,
    write,
    get,
    async close () {
      child.kill('SIGTERM')
      await exited
      fs.rmSync(root, { recursive: true, force: true })
    }
  }
}

/** Asks until it holds. The test runner's own limit ends what never does. */
async function until (holds) {
  while (!await holds()) await new Promise(resolve => setTimeout(resolve, 20))
}

module.exports = { HOOKS, PAGE, TOKEN, daemon, nowhere, service, silence, until, wikiWith }
